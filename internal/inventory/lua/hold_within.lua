-- Any n seats within these stretches of the map, chosen inside the script, so that nobody starves: beside each other in
-- one stretch if that is to be had, else wherever they are. This serves standing areas, and is the last resort of "best
-- available" after its own choices were snatched away. KEYS[1]: the outbox, for its slot.
-- tag, showtime, hold, user, ms between holds, burst, trailer, n, then first index and length of each stretch.
local tag, showtime, hold, user, trailer = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[7]
local n, show = tonumber(ARGV[8]), show_of(tag, showtime)
local reply, owned, due = refused(show, user, tonumber(ARGV[5]), tonumber(ARGV[6]), n)
if reply then return reply end
local map = call('GET', show.map)
local beside, chosen = string.rep('.', n), {}
for at = 9, #ARGV, 2 do
  local first, length = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local found = string.find(string.sub(map, first + 1, first + length), beside, 1, true)
  if found then
    for s = 1, n do chosen[s] = format('#%d', first + found - 2 + s) end
    break
  end
end
for at = 9, #ARGV, 2 do
  if #chosen == n then break end
  local first, last = tonumber(ARGV[at]) + 1, tonumber(ARGV[at]) + tonumber(ARGV[at + 1])
  local found = string.find(map, '.', first, true)
  while found and found <= last and #chosen < n do
    chosen[#chosen + 1] = format('#%d', found - 1)
    found = string.find(map, '.', found + 1, true)
  end
end
if #chosen < n then return 'few|' .. #chosen end
local seats = call('HMGET', show.layout, unpack(chosen))
return take(show, showtime, hold, user, trailer, table.concat(seats, ','), seats, chosen, owned, due)
