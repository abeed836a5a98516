-- The hold stands still while Postgres writes the claim: the sweep asks Postgres before it touches it.
-- KEYS[1]: the outbox. tag, hold, user, showtime, order, ms until somebody looks after it.
local tag, hold, user, showtime, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local record = record_of(tag, hold)
if not record then return 'gone' end
if record.user ~= user or record.showtime ~= showtime then return 'foreign' end
if record.state ~= 'h' then
  if string.sub(record.state, 3) ~= order then return 'claimed' end
  if string.sub(record.state, 1, 2) == 'p:' then  -- Postgres is asked again, so nobody looks after it before that is done
    look_at(tag, hold, now + tonumber(ARGV[6]))
    commit()
  end
  return format('ok|%d|0|%s', record.expires, table.concat(record.seats, ','))
end
if record.expires <= now then return 'gone' end
if not show_of(tag, showtime) then return 'closed' end
local locks = tag .. ':seat:' .. showtime .. ':'
for _, seat in ipairs(record.seats) do
  if call('GET', locks .. seat) ~= hold then return 'gone' end
end
for _, seat in ipairs(record.seats) do call('PERSIST', locks .. seat) end
record.state = 'p:' .. order
write_record(tag, hold, record)
look_at(tag, hold, now + tonumber(ARGV[6]))
commit()
return format('ok|%d|0|%s', record.expires, table.concat(record.seats, ','))
