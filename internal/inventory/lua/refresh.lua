-- More time for a hold, never less: at the bank's page it may have been given more than a refresh gives.
-- KEYS[1]: the outbox. tag, hold, user, trailer.
local tag, hold, user, trailer = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local record = record_of(tag, hold)
if not record then return 'gone' end
if record.user ~= user then return 'foreign' end
if record.state ~= 'h' then return 'claimed' end
if record.expires <= now then return 'gone' end
local show = show_of(tag, record.showtime)
if not show then return 'closed' end
if record.refreshes == 0 then return 'tired' end
for _, seat in ipairs(record.seats) do
  if call('GET', show.locks .. seat) ~= hold then return 'gone' end
end
record.refreshes, record.expires = record.refreshes - 1, math.max(record.expires, now + show.hold_ms)
local alive = format('%d', record.expires - now + GRACE)
for _, seat in ipairs(record.seats) do call('PEXPIRE', show.locks .. seat, alive) end
write_record(tag, hold, record)
look_at(tag, hold, record.expires)
tell(tag, 'r', record.showtime, format('%d', record.expires), hold, user, '', trailer)
commit()
return format('ok|%d|%d|%s', record.expires, record.refreshes, table.concat(record.seats, ','))
