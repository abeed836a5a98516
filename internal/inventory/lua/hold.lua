-- Holds, many at once. Each call is one MessagePack list, for an argument costs more than a piece of one, and a pattern
-- costs more than both: {tag, showtime, hold, user, owner, trailer, seats, places, ms between holds, burst}, as in
-- taking.lua. The caller knows the hall, so it says where in the map the seats are.
local INTERVAL, BURST = 9, 10
local calls, users_of, answers, replies = {}, {}, {}, {}

for i = 1, tonumber(ARGV[1]) do
  local one = cmsgpack.unpack(ARGV[i + 1])
  calls[i] = one
  local show = show_of(one[TAG], one[SHOWTIME])
  if show then
    local users = users_of[show]
    if users then users[#users + 1] = one[USER] else users_of[show] = {one[USER]} end
  end
end

-- What is known of all these buyers, in one question for each showtime.
for show, users in pairs(users_of) do
  for at, value in ipairs(call('HMGET', show.buyers, unpack(users))) do buyer(show, users[at], value) end
end
read(calls)
for i, one in ipairs(calls) do
  local show = shows[one[SHOWTIME]]
  replies[i] = refused(show, one[USER], one[INTERVAL], one[BURST], #one[SEATS]) or reserve(show, one) or ''
end
for show in pairs(users_of) do take(show, answers) end
for i, one in ipairs(calls) do replies[i] = answers[one] or replies[i] end
commit()
return replies
