-- Opens a showtime with what Postgres knows. KEYS[1]: the outbox.
-- tag, showtime, show record, seats of the layout, map, ms after which all of it may go, then n and n times user and
-- count, then the holds that live on: id, record, seats by comma.
-- Open already: only the show's record is replaced, for the map in Redis is newer than what was read from Postgres.
local tag, showtime, ttl = ARGV[1], ARGV[2], ARGV[6]
local show_key = tag .. ':show:' .. showtime
local layout = tag .. ':layout:' .. match(ARGV[3], '^[^|]*')
if call('HLEN', layout) ~= tonumber(ARGV[4]) * 2 then return 'layout' end
if call('EXISTS', show_key) == 1 then
  call('SET', show_key, ARGV[3], 'PX', ttl)
  return 'already'
end
call('SET', show_key, ARGV[3], 'PX', ttl)
call('SET', tag .. ':map:' .. showtime, ARGV[5], 'PX', ttl)
call('SET', tag .. ':version:' .. showtime, format('%d', now), 'PX', ttl)
local at, show = 8, show_of(tag, showtime)
call('DEL', show.buyers)
-- A hash is searched from its beginning as long as it is small and none of its values is longer than 64 bytes.
call('HSET', show.buyers, '', string.rep(' ', 65))
for i = 1, tonumber(ARGV[7]) do
  call('HSET', show.buyers, ARGV[at], ARGV[at + 1] .. '|0')
  at = at + 2
end
call('PEXPIRE', show.buyers, ttl)
while at <= #ARGV do
  local hold, expires = ARGV[at], tonumber(match(ARGV[at + 1], '^%d+'))
  local user, alive = match(ARGV[at + 1], '^%d+|%d+|[^|]+|([^|]+)'), expires - now
  if alive > 0 then
    local seats = {}
    for seat in string.gmatch(ARGV[at + 2], '[^,]+') do
      seats[#seats + 1] = seat
      call('SET', show.locks .. seat, hold, 'PX', format('%d', alive + GRACE))
    end
    add(shard_of(tag).records, hold, ARGV[at + 1])
    look_at(tag, hold, expires)
    buyer_has_fewer(tag, showtime, user, -#seats)
    paint(tag, showtime, seats, HELD)
  end
  at = at + 3
end
commit()
return 'opened'
