-- Opens a showtime with what Postgres knows. KEYS[1]: the outbox.
-- tag, showtime, show record, seats of the layout, map, ms after which all of it may go, then n and n times user and
-- count, then the holds that live on: id, record, seats by comma.
-- Open already: only the show's record is replaced, for the map in Redis is newer than what was read from Postgres.
local tag, showtime = ARGV[1], ARGV[2]
local show_key, ttl = tag .. ':show:' .. showtime, tonumber(ARGV[6])
local layout = tag .. ':layout:' .. string.match(ARGV[3], '^[^|]*')
if call('HLEN', layout) ~= tonumber(ARGV[4]) * 2 then return 'layout' end
if call('EXISTS', show_key) == 1 then
  call('SET', show_key, ARGV[3], 'PX', ttl)
  return 'already'
end
call('SET', show_key, ARGV[3], 'PX', ttl)
call('SET', tag .. ':map:' .. showtime, ARGV[5], 'PX', ttl)
call('SET', tag .. ':version:' .. showtime, now, 'PX', ttl)
local at, show = 8, show_of(tag, showtime)
for i = 1, tonumber(ARGV[7]) do
  call('SET', show.buyers .. ARGV[at], ARGV[at + 1] .. '|0', 'PX', show.stay)
  at = at + 2
end
while at <= #ARGV do
  local hold, expires = ARGV[at], tonumber(string.match(ARGV[at + 1], '^%d+'))
  local user, alive = string.match(ARGV[at + 1], '^%d+|%d+|[^|]+|([^|]+)'), expires - now
  if alive > 0 then
    call('SET', tag .. ':hold:' .. hold, ARGV[at + 1], 'PX', alive + RECORD)
    call('ZADD', tag .. ':expiry', expires, hold)
    local seats = {}
    for seat in string.gmatch(ARGV[at + 2], '[^,]+') do
      seats[#seats + 1] = seat
      call('SET', tag .. ':seat:' .. showtime .. ':' .. seat, hold, 'PX', alive + GRACE)
    end
    buyer_has_fewer(tag, showtime, user, -#seats)
    paint(tag, showtime, seats, 'h')
  end
  at = at + 3
end
return 'opened'
