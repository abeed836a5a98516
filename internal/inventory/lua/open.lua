-- Opens a showtime with what Postgres knows. KEYS[1]: the outbox.
-- tag, showtime, show record, seats of the layout, map, ms after which all of it may go, then n and n times user and
-- count, then the holds that live on: id, record, seats by comma.
-- Open already: the map in Redis is newer than what was read from Postgres and stays; the show's record is replaced, and
-- of the holds those come back that this Redis lost and whose seats are free.
local tag, showtime = ARGV[1], ARGV[2]
local show_key, ttl = tag .. ':show:' .. showtime, ARGV[6]
local map, version = tag .. ':map:' .. showtime, tag .. ':version:' .. showtime
local layout = tag .. ':layout:' .. string.match(ARGV[3], '^[^|]*')
if call('HLEN', layout) ~= tonumber(ARGV[4]) * 2 then return 'layout' end
local known = call('EXISTS', show_key, map) == 2
call('SET', show_key, ARGV[3], 'PX', ttl)
local at, show = 8 + 2 * tonumber(ARGV[7]), show_of(tag, showtime)
if not known then
  call('SET', map, ARGV[5])
  for i = 8, at - 1, 2 do call('SET', show.buyers .. ARGV[i], ARGV[i + 1] .. '|0', 'PX', show.stay) end
end
-- Microseconds: a showtime never changes a million times a second, so no version that was ever shown comes again, even if
-- this server forgot the last of them.
local time = call('TIME')
call('SET', version, format('%.0f', time[1] * 1000000 + time[2]))
for _, key in ipairs({map, version}) do call('PEXPIRE', key, ttl) end
if call('PTTL', layout) < tonumber(ttl) then call('PEXPIRE', layout, ttl) end
local function is_free(seats)
  local indexes = call('HMGET', layout, unpack(seats))
  for at = 1, #seats do
    if not indexes[at] then return false end
  end
  for _, byte in ipairs(bytes_of(show, indexes)) do
    if byte ~= FREE then return false end
  end
  return true
end
while at <= #ARGV do
  local hold, expires = ARGV[at], tonumber(string.match(ARGV[at + 1], '^%d+'))
  local user, alive = string.match(ARGV[at + 1], '^%d+|%d+|[^|]+|([^|]+)'), expires - now
  local seats = {}
  for seat in string.gmatch(ARGV[at + 2], '[^,]+') do seats[#seats + 1] = seat end
  if alive > 0 and call('EXISTS', tag .. ':hold:' .. hold) == 0 and is_free(seats) then
    call('SET', tag .. ':hold:' .. hold, ARGV[at + 1], 'PX', format('%d', alive + RECORD))
    call('ZADD', tag .. ':expiry', format('%d', expires), hold)
    for _, seat in ipairs(seats) do
      call('SET', tag .. ':seat:' .. showtime .. ':' .. seat, hold, 'PX', format('%d', alive + GRACE))
    end
    buyer_has_fewer(tag, showtime, user, -#seats)
    paint(tag, showtime, seats, 'h')
  end
  at = at + 3
end
return known and 'already' or 'opened'
