-- Holds, many at once. Each call: tag, showtime, hold, user, ms between holds, burst, trailer, n, then n seats.
local replies, at = {}, 2
for i = 1, tonumber(ARGV[1]) do
  local tag, showtime, user, n = ARGV[at], ARGV[at + 1], ARGV[at + 3], tonumber(ARGV[at + 7])
  local show = show_of(tag, showtime)
  local reply, owned, due = refused(show, user, tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5]), n)
  if not reply then
    local seats = {}
    for s = 1, n do seats[s] = ARGV[at + 7 + s] end
    reply = take(show, tag, showtime, ARGV[at + 2], user, ARGV[at + 6], seats, owned, due)
  end
  replies[i] = reply
  at = at + 8 + n
end
return replies
