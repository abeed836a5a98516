-- The states of showtimes, where they are newer than what is known. Each call: show key, map key, version key, version.
-- Answers for each: its version, and, if that is not the one known, the layout's hash and the map; 0 if it is not open.
local replies, at = {}, 2
for i = 1, tonumber(ARGV[1]) do
  local version = redis.call('GET', ARGV[at + 2])
  local show = redis.call('GET', ARGV[at])
  if not version or not show then
    replies[i] = {0}
  elseif version == ARGV[at + 3] then
    replies[i] = {version}
  else
    replies[i] = {version, string.match(show, '^[^|]*'), redis.call('GET', ARGV[at + 1])}
  end
  at = at + 4
end
return replies
