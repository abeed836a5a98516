-- Postgres has decided; Redis follows. Doing it twice, or late, does no harm. KEYS[1]: the outbox.
-- tag, showtime, order, hold, user, state, the claim's fence (0: Postgres was just asked), then the seats. State: c claimed, s sold, b blocked, . free, h back to its hold.
local tag, showtime, order, hold, user, state = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local fence = tonumber(ARGV[7])
local show = show_of(tag, showtime)
if not show then
  -- Cancelled, or long over: nothing of it is sold any more, so what is left of the hold goes, and nobody asks again.
  for at = 8, #ARGV do
    local lock = tag .. ':seat:' .. showtime .. ':' .. ARGV[at]
    local owner = call('GET', lock)
    if owner == hold or owner == order then call('DEL', lock) end
  end
  if hold ~= '' then forget(tag, {hold}) end
  return 'closed'
end
local seats, changed = {}, {}
for at = 8, #ARGV do seats[#seats + 1] = ARGV[at] end

-- Who stood still between Postgres and here, or says again what was said long ago, is told late: for each seat the last
-- word of Postgres is remembered, a claim before its own end, and an older one changes nothing.
if fence > 0 then
  local words = tag .. ':words:' .. showtime
  local word = fence * 2 + ((state == HELD or state == FREE) and 1 or 0)
  local last, standing, said = call('HMGET', words, unpack(seats)), {}, {}
  for at, seat in ipairs(seats) do
    if tonumber(last[at] or 0) <= word then
      standing[#standing + 1] = seat
      said[#said + 1] = seat
      said[#said + 1] = format('%d', word)
    end
  end
  if #standing == 0 then return 'ok' end
  call('HSET', words, unpack(said))
  call('PEXPIRE', words, format('%d', math.max(call('PTTL', tag .. ':show:' .. showtime), 1000)))
  seats = standing
end
local places = places_of(show, seats)
if not places then return 'unknown' end
local record = hold ~= '' and record_of(tag, hold) or nil

local function unlock(list)
  for _, seat in ipairs(list) do call('DEL', show.locks .. seat) end
end

-- What became free goes only from whom Postgres took it, never from somebody who holds it since; a blocked seat is no
-- order's to give back.
local function freed_from(owner)
  local states, freed = read_places(show, places), {}
  for at, seat in ipairs(seats) do
    local lock, state_now = call('GET', show.locks .. seat), states[at]
    local its = state_now == CLAIMED or state_now == SOLD or (state_now == BLOCKED and owner == '')
    if lock == owner or (not lock and its) then freed[#freed + 1] = seat end
  end
  return freed
end

local function finish(told)
  if #changed > 0 then
    paint(tag, showtime, changed, told == 'x' and FREE or state)
    tell(tag, told, showtime, 0, told == 'x' and hold or state, told == 'x' and user or '', table.concat(changed, ','), '|')
  end
  commit()
  return 'ok'
end

if state == HELD and record and (record.state == 'h' or string.sub(record.state, 3) ~= order) then
  return 'ok'  -- done already, or the hold is another order's since
elseif state == HELD and record and record.expires > now then
  changed = seats
  record.state = 'h'
  for _, seat in ipairs(seats) do
    call('SET', show.locks .. seat, hold, 'PX', format('%d', record.expires - now + GRACE))
  end
  write_record(tag, hold, record)
  look_at(tag, hold, record.expires)
elseif state == HELD then
  -- The hold's time ran out while it was claimed: what is still its own goes free.
  changed = freed_from(order)
  if record then
    for _, seat in ipairs(seats) do
      if call('GET', show.locks .. seat) == hold then changed[#changed + 1] = seat end
    end
  end
  unlock(changed)
  forget(tag, {hold})
  buyer_has_fewer(tag, showtime, user, #changed)
  return finish('x')
elseif state == CLAIMED then
  changed = seats
  local kept = format('%d', math.max(call('PTTL', tag .. ':show:' .. showtime), 1000))
  for _, seat in ipairs(seats) do call('SET', show.locks .. seat, order, 'PX', kept) end
  if record then
    record.state = 'c:' .. order
    write_record(tag, hold, record)
    call('ZREM', tag .. ':expiry', hold)
  end
elseif state == FREE then
  changed = freed_from(order)
  unlock(changed)
  buyer_has_fewer(tag, showtime, user, #changed)
  if hold ~= '' then forget(tag, {hold}) end
else
  changed = seats
  unlock(seats)
  if hold ~= '' then forget(tag, {hold}) end
end
return finish('p')
