-- Which shares of a piece of work are this replica's. KEYS: who is alive (sorted set), whose a share is (hash).
-- me, ms until I count as dead, how many shares there are. Answers with the numbers of my shares.
local me, ttl, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ttl, me)
local fair = math.ceil(count / redis.call('ZCARD', KEYS[1]))
local owners, mine, free = redis.call('HMGET', KEYS[2], unpack((function()
  local numbers = {}
  for n = 1, count do numbers[n] = n - 1 end
  return numbers
end)())), {}, {}
for n = 1, count do
  local owner = owners[n]
  if owner == me then
    if #mine < fair then mine[#mine + 1] = n - 1 else redis.call('HDEL', KEYS[2], n - 1) end
  elseif not owner or not redis.call('ZSCORE', KEYS[1], owner) then
    free[#free + 1] = n - 1
  end
end
for _, n in ipairs(free) do
  if #mine >= fair then break end
  redis.call('HSET', KEYS[2], n, me)
  mine[#mine + 1] = n
end
return mine
