-- Postgres has decided; Redis follows. Doing it twice, or late, does no harm. KEYS[1]: the outbox.
-- tag, showtime, order, hold, user, state, then the seats. State: c claimed, s sold, b blocked, . free, h back to its hold.
local tag, showtime, order, hold, user, state = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local seats, changed = {}, {}
for at = 7, #ARGV do seats[#seats + 1] = ARGV[at] end
local prefix = tag .. ':seat:' .. showtime .. ':'
local show = show_of(tag, showtime)
if not show then return 'closed' end
local record = hold ~= '' and record_of(tag, hold) or nil

-- What became free goes only from whom Postgres took it, never from somebody who holds it since.
local function freed_from(owner)
  local indexes = call('HMGET', show.layout, unpack(seats))
  local freed = {}
  for at, seat in ipairs(seats) do
    local lock = call('GET', prefix .. seat)
    local byte = indexes[at] and bytes_of(show, {indexes[at]})[1]
    if lock == owner or (not lock and (byte == CLAIMED or byte == SOLD or byte == BLOCKED)) then freed[#freed + 1] = seat end
  end
  return freed
end

if state == 'h' and record and (record.state == 'h' or string.sub(record.state, 3) ~= order) then
  return 'ok'  -- done already, or the hold is another order's since
elseif state == 'h' and record and record.expires > now then
  changed = seats
  record.state = 'h'
  for _, seat in ipairs(seats) do call('SET', prefix .. seat, hold, 'PX', record.expires - now + GRACE) end
  write_record(tag, hold, record)
  call('ZADD', tag .. ':expiry', record.expires, hold)
elseif state == 'h' then
  changed = freed_from(order)
  if record then
    for _, seat in ipairs(seats) do
      if call('GET', prefix .. seat) == hold then changed[#changed + 1] = seat end
    end
  end
  for _, seat in ipairs(changed) do call('DEL', prefix .. seat) end
  forget(tag, hold)
  if #changed == 0 then return 'ok' end
  buyer_has_fewer(tag, showtime, user, #changed)
  paint(tag, showtime, changed, '.')
  tell(tag, 'x', showtime, 0, hold, user, table.concat(changed, ','), '|')
  return 'ok'
elseif state == 'c' then
  changed = seats
  local kept = math.max(call('PTTL', tag .. ':show:' .. showtime), 1000)
  for _, seat in ipairs(seats) do call('SET', prefix .. seat, order, 'PX', format('%d', kept)) end
  if record then
    record.state = 'c:' .. order
    write_record(tag, hold, record)
    call('ZREM', tag .. ':expiry', hold)
  end
elseif state == '.' then
  changed = freed_from(order)
  for _, seat in ipairs(changed) do call('DEL', prefix .. seat) end
  buyer_has_fewer(tag, showtime, user, #changed)
  if hold ~= '' then forget(tag, hold) end
else
  changed = seats
  for _, seat in ipairs(seats) do call('DEL', prefix .. seat) end
  if hold ~= '' then forget(tag, hold) end
end
if #changed == 0 then return 'ok' end
paint(tag, showtime, changed, state)
tell(tag, 'p', showtime, 0, state, '', table.concat(changed, ','), '|')
return 'ok'
