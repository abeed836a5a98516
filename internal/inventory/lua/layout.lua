-- A piece of a layout: seat ids from this index on. KEYS[1]: the layout. first index, then the seats.
-- Answers with how many seats of it are here. Layouts never change, so writing a piece twice does nothing.
local fields, index = {}, tonumber(ARGV[1])
for at = 2, #ARGV do
  fields[#fields + 1] = ARGV[at]
  fields[#fields + 1] = '#' .. index
  fields[#fields + 1] = '#' .. index
  fields[#fields + 1] = ARGV[at]
  index = index + 1
end
if #fields > 0 then redis.call('HSET', KEYS[1], unpack(fields)) end
return redis.call('HLEN', KEYS[1]) / 2
