-- This server, as it runs now, has all holds: said by the replica whose turn the recovery was, if it still is.
-- KEYS: the mark, whose turn it is. replica, the server's run.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[2])
return 1
