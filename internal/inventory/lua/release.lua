-- A hold, or some of its seats, given back by its owner. KEYS[1]: the outbox. tag, hold, user, trailer, then the seats;
-- no seats means all.
local tag, hold, user, trailer = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local record = record_of(tag, hold)
if not record then return 'gone' end
if record.user ~= user then return 'foreign' end
if record.state ~= 'h' then return 'claimed' end
if record.expires <= now then return 'gone' end
local wanted, leaving, staying = {}, {}, {}
for at = 5, #ARGV do wanted[ARGV[at]] = true end
for _, seat in ipairs(record.seats) do
  local list = (#ARGV < 5 or wanted[seat]) and leaving or staying
  list[#list + 1] = seat
  wanted[seat] = nil
end
local stranger = next(wanted)
if stranger then return 'unknown|' .. stranger end
give_back(tag, {{owner = hold, record = record, seats = leaving}})
if #staying == 0 then
  forget(tag, {hold})
else
  record.seats = staying
  write_record(tag, hold, record)
end
tell(tag, 'l', record.showtime, 0, hold, user, table.concat(leaving, ','), trailer)
commit()
return format('ok|%d|%d|%s', record.expires, record.refreshes, table.concat(staying, ','))
