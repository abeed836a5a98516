-- The buyer is at the bank's page: a claimed hold lives on at least until then, should its claim be dropped.
-- KEYS[1]: the outbox. tag, hold, order, until, the most ms that it may live from now.
local tag, hold, order = ARGV[1], ARGV[2], ARGV[3]
local record = record_of(tag, hold)
if not record then return 'gone' end
if record.state == 'h' or string.sub(record.state, 3) ~= order then return 'foreign' end
local wanted = math.min(tonumber(ARGV[4]), now + tonumber(ARGV[5]))
if wanted > record.expires then
  record.expires = wanted
  write_record(tag, hold, record)
  tell(tag, 'r', record.showtime, format('%d', wanted), hold, record.user, '', '|')
  commit()
end
return format('ok|%d|%d|%s', record.expires, record.refreshes, table.concat(record.seats, ','))
