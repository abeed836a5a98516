-- Any n seats within these stretches of the map, chosen inside the script, so that nobody starves: beside each other in
-- one stretch if that is to be had, else wherever they are. This serves standing areas, and is the last resort of "best
-- available" after its own choices were snatched away. KEYS[1]: the outbox, for its slot.
-- tag, showtime, hold, user, ms between holds, burst, trailer, n, then first index and length of each stretch.
local tag, showtime, hold, user, trailer = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[7]
local n, show = tonumber(ARGV[8]), show_of(tag, showtime)

local function chosen_from(map)
  local beside, chosen = string.rep(FREE, n), {}
  for at = 9, #ARGV, 2 do
    local first, length = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    local found = string.find(string.sub(map, first + 1, first + length), beside, 1, true)
    if found then
      for s = 1, n do chosen[s] = first + found - 2 + s end
      return chosen
    end
  end
  for at = 9, #ARGV, 2 do
    local first, last = tonumber(ARGV[at]) + 1, tonumber(ARGV[at]) + tonumber(ARGV[at + 1])
    local found = string.find(map, FREE, first, true)
    while found and found <= last and #chosen < n do
      chosen[#chosen + 1] = found - 1
      found = string.find(map, FREE, found + 1, true)
    end
  end
  return chosen
end

local reply = refused(show, user, tonumber(ARGV[5]), tonumber(ARGV[6]), n)
if not reply then
  local chosen = chosen_from(call('GET', show.map))
  if #chosen < n then
    reply = format('few|%d', #chosen)
  else
    local marks = {}
    for at, place in ipairs(chosen) do marks[at] = format('#%d', place) end
    reply = take_one(show, tag, showtime, hold, user, trailer, call('HMGET', show.layout, unpack(marks)), chosen)
  end
end
commit()
return reply
