-- What several shards have to tell, the oldest first within each. How many entries of each at most, then the tags.
-- Answers with the place of its tag, the number and the text of each entry, one after another.
local answer = {}
for at = 2, #ARGV do
  for _, entry in ipairs(redis.call('XRANGE', ARGV[at] .. ':outbox', '-', '+', 'COUNT', ARGV[1])) do
    answer[#answer + 1] = at - 2
    answer[#answer + 1] = entry[1]
    answer[#answer + 1] = entry[2][2]
  end
end
return answer
