-- Seats taken off sale, all or none, and only free ones. KEYS[1]: the outbox. tag, showtime, then the seats.
local tag, showtime, seats = ARGV[1], ARGV[2], {}
for at = 3, #ARGV do seats[#seats + 1] = ARGV[at] end
local show = show_of(tag, showtime)
if not show then return 'closed' end
local places, stranger = places_of(show, seats)
if not places then return 'unknown|' .. stranger end
local states, taken = read_places(show, places), {}
for at, seat in ipairs(seats) do
  local state = states[at]
  if state ~= FREE and state ~= BLOCKED then taken[#taken + 1] = seat end
end
if #taken > 0 then return 'taken|' .. table.concat(taken, ',') end
paint(tag, showtime, seats, BLOCKED)
tell(tag, 'p', showtime, 0, BLOCKED, '', table.concat(seats, ','), '|')
commit()
return 'ok'
