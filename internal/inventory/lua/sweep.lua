-- Frees what is over, many holds at once. KEYS[1]: the outbox. tag, how many at most.
-- Answers: how many were looked at, then the holds whose claim was begun and never settled (Postgres knows about them).
local tag = ARGV[1]
local due = call('ZRANGEBYSCORE', tag .. ':expiry', '-inf', format('%d', now), 'LIMIT', 0, ARGV[2])
local answer, over, gone = {#due}, {}, {}
if #due == 0 then return answer end
for at, text in ipairs(call('HMGET', tag .. ':holds', unpack(due))) do
  local hold, record = due[at], parsed(text)
  if not record then
    gone[#gone + 1] = hold
  elseif record.state ~= 'h' then
    answer[#answer + 1] = hold
    look_at(tag, hold, now + 5000)
  elseif record.expires > now then
    look_at(tag, hold, record.expires)
  else
    over[#over + 1] = {owner = hold, record = record, seats = record.seats}
    gone[#gone + 1] = hold
  end
end
give_back(tag, over)
forget(tag, gone)
for _, hold in ipairs(over) do
  -- Told are the seats that were still this hold's: one that was taken over meanwhile has been told as its new owner's.
  tell(tag, 'x', hold.record.showtime, 0, hold.owner, hold.record.user, table.concat(hold.freed, ','), '|')
end
commit()
return answer
