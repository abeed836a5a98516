-- Holds, many at once. Each call is one text, for an argument costs more than a piece of one:
-- tag|showtime|hold|user|ms between holds|burst|seat,seat|#index,#index|trailer
-- The caller knows the layout, so it brings each seat's index along.
local FORM = '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|(%d+)|(%d+)|([^|]*)|([^|]*)|(.*)$'
local PAIR = '^([^,]+),([^,]+)$'
local replies = {}
for i = 1, tonumber(ARGV[1]) do
  local tag, showtime, hold, user, interval, burst, names, numbers, trailer = string.match(ARGV[i + 1], FORM)
  local seats, indexes = {names}, {numbers}
  if string.find(names, ',', 1, true) then
    -- Two seats are what most ask for, and a pattern for two takes a fifth of the time of an iterator.
    seats, indexes = {string.match(names, PAIR)}, {string.match(numbers, PAIR)}
    if #seats ~= 2 then
      for seat in string.gmatch(names, '[^,]+') do seats[#seats + 1] = seat end
      for index in string.gmatch(numbers, '[^,]+') do indexes[#indexes + 1] = index end
    end
  end
  local show = show_of(tag, showtime)
  local reply, owned, due = refused(show, user, tonumber(interval), tonumber(burst), #seats)
  replies[i] = reply or take(show, showtime, hold, user, trailer, names, seats, indexes, owned, due)
end
return replies
