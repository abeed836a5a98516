-- Opens a showtime with what Postgres knows. KEYS[1]: the outbox.
-- tag, showtime, show record, seats of the layout, map, ms after which all of it may go, then n and n times user and
-- count, then the holds that live on: id, record, seats by comma.
-- Open already: the map in Redis is newer than what was read from Postgres and stays; the show's record is replaced, and
-- of the holds those come back that this Redis lost and whose seats are free; or claimed, if an order has claimed the
-- hold: of such a one there is only the record, which it goes on from if the claim is dropped.
local tag, showtime, ttl = ARGV[1], ARGV[2], ARGV[6]
local show_key, map = tag .. ':show:' .. showtime, tag .. ':map:' .. showtime
local version, layout = tag .. ':version:' .. showtime, tag .. ':layout:' .. match(ARGV[3], '^[^|]*')
if call('HLEN', layout) ~= tonumber(ARGV[4]) * 2 then return 'layout' end
local known = call('EXISTS', show_key, map) == 2
call('SET', show_key, ARGV[3], 'PX', ttl)
local at, show = 8 + 2 * tonumber(ARGV[7]), show_of(tag, showtime)
if not known then
  call('SET', map, ARGV[5])
  call('DEL', show.buyers)
  -- A hash is searched from its beginning as long as it is small and none of its values is longer than 64 bytes.
  call('HSET', show.buyers, '', string.rep(' ', 65))
  for i = 8, at - 1, 2 do call('HSET', show.buyers, ARGV[i], ARGV[i + 1] .. '|0') end
end
-- Microseconds: a showtime never changes a million times a second, so no version that was ever shown comes again, even if
-- this server forgot the last of them.
call('SET', version, format('%.0f', time[1] * 1000000 + time[2]))
for _, key in ipairs({map, version, show.buyers}) do call('PEXPIRE', key, ttl) end
if call('PTTL', layout) < tonumber(ttl) then call('PEXPIRE', layout, ttl) end

while at <= #ARGV do
  local hold, expires, seats = ARGV[at], tonumber(match(ARGV[at + 1], '^%d+')), {}
  local state, user = match(ARGV[at + 1], '^%d+|%d+|([^|]+)|([^|]+)')
  local alive, is_claimed = expires - now, state ~= 'h'
  for seat in string.gmatch(ARGV[at + 2], '[^,]+') do seats[#seats + 1] = seat end
  local places = places_of(show, seats)
  if alive > 0 and places and call('HEXISTS', tag .. ':holds', hold) == 0
    and table.concat(read_places(show, places)) == string.rep(is_claimed and CLAIMED or FREE, #seats) then
    add(shard_of(tag).records, hold, ARGV[at + 1])
    if not is_claimed then
      for _, seat in ipairs(seats) do call('SET', show.locks .. seat, hold, 'PX', format('%d', alive + GRACE)) end
      look_at(tag, hold, expires)
      buyer_has_fewer(tag, showtime, user, -#seats)
      write_places(show, places, HELD)
    end
  end
  at = at + 3
end
commit()
return known and 'already' or 'opened'
