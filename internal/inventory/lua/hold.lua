-- Holds, many at once. Each call is one text, for an argument costs more than a piece of one:
-- tag|showtime|hold|user|ms between holds|burst|seat,seat|places|trailer
-- The caller knows the layout, so it says where in the map the seats are: `first-last`, or `#index,#index`.
local FORM = '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|(%d+)|(%d+)|([^|]*)|([^|]*)|(.*)$'
local PAIR = '^([^,]+),([^,]+)$'
local calls, asking, replies = {}, {}, {}

for i = 1, tonumber(ARGV[1]) do
  local tag, showtime, hold, user, interval, burst, names, places, trailer = match(ARGV[i + 1], FORM)
  calls[i] = {tag, showtime, hold, user, interval, burst, names, places, trailer}
  local show = show_of(tag, showtime)
  if show then
    local users = asking[show]
    if users then users[#users + 1] = user else asking[show] = {user} end
  end
end

-- What is known of all these buyers, in one question for each showtime.
for show, users in pairs(asking) do
  for at, value in ipairs(call('HMGET', show.buyers, unpack(users))) do buyer(show, users[at], value) end
end

for i, asked in ipairs(calls) do
  local tag, showtime, hold, user, interval, burst, names, places, trailer = unpack(asked)
  local seats = {names}
  if string.find(names, ',', 1, true) then
    -- Two seats are what most ask for, and a pattern for two takes a fifth of the time of an iterator.
    seats = {match(names, PAIR)}
    if #seats ~= 2 then
      for seat in string.gmatch(names, '[^,]+') do seats[#seats + 1] = seat end
    end
  end
  local show = show_of(tag, showtime)
  replies[i] = refused(show, user, tonumber(interval), tonumber(burst), #seats)
    or take(show, tag, showtime, hold, user, trailer, names, seats, places)
end
commit()
return replies
