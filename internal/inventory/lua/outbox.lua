-- The oldest entries of several shards' outboxes. Each call: tag, how many at most.
local replies, at = {}, 2
for i = 1, tonumber(ARGV[1]) do
  local list = redis.call('XRANGE', ARGV[at] .. ':outbox', '-', '+', 'COUNT', ARGV[at + 1])
  local entries = {}
  for e, entry in ipairs(list) do
    entries[2 * e - 1] = entry[1]
    entries[2 * e] = entry[2][2]
  end
  replies[i] = entries
  at = at + 2
end
return replies
