-- Frees what is over. KEYS[1]: the outbox. tag, how many at most.
-- Answers: how many were looked at, then the holds whose claim was begun and never settled (Postgres knows about them).
local tag = ARGV[1]
local due = call('ZRANGEBYSCORE', tag .. ':expiry', '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))
local answer = {#due}
for _, hold in ipairs(due) do
  local record = record_of(tag, hold)
  if not record then
    call('ZREM', tag .. ':expiry', hold)
  elseif record.state ~= 'h' then
    answer[#answer + 1] = hold
    call('ZADD', tag .. ':expiry', now + 5000, hold)
  elseif record.expires > now then
    call('ZADD', tag .. ':expiry', record.expires, hold)
  else
    -- Told are the seats that were still this hold's: one that was taken over meanwhile has been told as its new owner's.
    local freed = give_back(tag, record.showtime, hold, record.user, record.seats)
    forget(tag, hold)
    tell(tag, 'x', record.showtime, 0, hold, record.user, table.concat(freed, ','), '|')
  end
end
return answer
