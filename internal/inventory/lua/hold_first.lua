-- The first of several groups of seats that is free. KEYS[1]: the outbox, for its slot.
-- tag, showtime, hold, user, ms between holds, burst, trailer, n, then n seats for each group, the best group first.
local tag, showtime, hold, user, trailer = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[7]
local n, show = tonumber(ARGV[8]), show_of(tag, showtime)
local reply = refused(show, user, tonumber(ARGV[5]), tonumber(ARGV[6]), n)
if not reply then
  for first = 9, #ARGV, n do
    local seats = {}
    for s = 1, n do seats[s] = ARGV[first + s - 1] end
    local places, stranger = places_of(show, seats)
    reply = places and take_one(show, tag, showtime, hold, user, trailer, seats, places) or 'unknown|' .. stranger
    if string.sub(reply, 1, 6) ~= 'taken|' then break end
  end
end
commit()
return reply
