-- Lets these holds end at one moment, for no client can make 50,000 of them within a millisecond.
-- tag, the moment, then the holds. What a hold consists of is said in internal/inventory/lua/seats.lua.
local tag, moment = ARGV[1], ARGV[2]
for i = 3, #ARGV do
  local record = redis.call('HGET', tag .. ':holds', ARGV[i])
  redis.call('HSET', tag .. ':holds', ARGV[i], (string.gsub(record, '^%d+', moment)))
  redis.call('ZADD', tag .. ':expiry', moment, ARGV[i])
end
