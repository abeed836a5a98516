-- GCRA. Each call: key, microseconds between requests, how many may come at once.
-- Answers for each: allowed (1 or 0), how many remain, ms until one is allowed, ms until all are.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local replies, at = {}, 2
for i = 1, tonumber(ARGV[1]) do
  local key, interval, burst = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  at = at + 3
  local due = math.max(tonumber(redis.call('GET', key) or 0), now)
  local room = burst * interval - (due - now)
  if room < interval then
    replies[i] = {0, 0, math.ceil((interval - room) / 1000), math.ceil((due - now) / 1000)}
  else
    due = due + interval
    redis.call('SET', key, string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000) + 1)
    replies[i] = {1, math.floor(room / interval) - 1, 0, math.ceil((due - now) / 1000)}
  end
end
return replies
