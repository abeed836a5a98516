-- Seats taken off sale, all or none, and only free ones. KEYS[1]: the outbox. tag, showtime, then the seats.
local tag, showtime, seats = ARGV[1], ARGV[2], {}
for at = 3, #ARGV do seats[#seats + 1] = ARGV[at] end
local show = show_of(tag, showtime)
if not show then return 'closed' end
local taken = {}
for at, index in ipairs(call('HMGET', show.layout, unpack(seats))) do
  if not index then return 'unknown|' .. seats[at] end
  local byte = bytes_of(show, {index})[1]
  if byte ~= FREE and byte ~= BLOCKED then taken[#taken + 1] = seats[at] end
end
if #taken > 0 then return 'taken|' .. table.concat(taken, ',') end
paint(tag, showtime, seats, 'b')
tell(tag, 'p', showtime, 0, 'b', '', table.concat(seats, ','), '|')
return 'ok'
