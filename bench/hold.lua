-- Asks for seats, each time for the next ones and as the next buyer, and writes down every hold that was answered 201.
-- Arguments: the folder of the plan (tokens, showtimes, seats: one a line), seats of one hold, how many buyers want the
-- same seats, `spread` over the showtimes or `in turn`, and the file for the holds.
dofile(debug.getinfo(1, 'S').source:match('@(.*/)') .. 'report.lua')

local tokens, showtimes, groups, out
local tries, asked, spread = 1, 0, false

local function lines_of(file)
  local lines = {}
  for line in io.lines(file) do lines[#lines + 1] = line end
  return lines
end

function init(arguments)
  local plan, size = arguments[1], tonumber(arguments[2])
  tries, out = tonumber(arguments[3]), io.open(arguments[5], 'w')
  spread = arguments[4] == 'spread'
  tokens, showtimes, groups = lines_of(plan .. '/tokens'), lines_of(plan .. '/showtimes'), {}
  for at, token in ipairs(tokens) do
    tokens[at] = '/holds HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ' .. token
  end
  local seats = lines_of(plan .. '/seats')
  for at = 1, #seats - size + 1, size do
    local body = '{"seatIds":["' .. table.concat(seats, '","', at, at + size - 1) .. '"]}'
    groups[#groups + 1] = '\r\nContent-Length: ' .. #body .. '\r\n\r\n' .. body
  end
end

function request()
  local turn = math.floor(asked / tries)
  local show, group = math.floor(turn / #groups), turn % #groups
  if spread then show, group = turn, math.floor(turn / #showtimes) % #groups end
  local text = 'POST /api/showtimes/' .. showtimes[show % #showtimes + 1] .. tokens[asked % #tokens + 1] .. groups[group + 1]
  asked = asked + 1
  return text
end

function response(status, headers, body)
  count(status)
  if status == 201 then out:write(string.match(body, '"holdId":"([^"]+)"'), '\n') end
end
