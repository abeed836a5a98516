-- What all scripts of the inventory share; joined in front of each of them.
--
-- Keys of one shard carry its tag, `{s17}`, so that a script touches one slot of a Redis Cluster:
--   <tag>:show:<showtime>         layout|seats|limit|holdMs|refreshes|onSaleFrom|onSaleUntil; its presence means "open"
--   <tag>:map:<showtime>          one byte for each seat: . free, h held, c claimed, s sold, b blocked
--   <tag>:layout:<hash>           seat id -> index in the map, and #index -> seat id
--   <tag>:seat:<showtime>:<seat>  the lock: SET NX PX, its value the hold (or the order that claimed it)
--   <tag>:hold:<hold>             expires|refreshes|state|user|showtime|seat,seat; state is h, p:<order> or c:<order>
--   <tag>:buyers:<showtime>       user -> seats that are theirs, held or bought
--   <tag>:expiry                  holds by the moment at which the sweep looks at them
--   <tag>:version:<showtime>      grows with every change, and from one opening to the next
--   <tag>:outbox                  what happened, for the relay: kind|version|expires|hold|user|showtime|seats|trailer
local call = redis.call
local GRACE = 5000          -- ms that a lock outlives its hold: the net under a sweep that is late
local RECORD = 86400000     -- ms that a hold's record outlives it: the net under a sweep that never comes

local function now_ms()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local shows = {}
local function show_of(tag, showtime)
  local show = shows[showtime]
  if show == nil then
    local record = call('GET', tag .. ':show:' .. showtime)
    show = false
    if record then
      local layout, seats, limit, hold_ms, refreshes, from, till =
        string.match(record, '^([^|]*)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)')
      show = {
        layout = tag .. ':layout:' .. layout, map = tag .. ':map:' .. showtime, seats = tonumber(seats),
        limit = tonumber(limit), hold_ms = tonumber(hold_ms), refreshes = refreshes,
        from = tonumber(from), till = tonumber(till),
      }
    end
    shows[showtime] = show
  end
  return show
end

local function record_of(tag, hold)
  local record = call('GET', tag .. ':hold:' .. hold)
  if not record then return nil end
  local expires, refreshes, state, user, showtime, seats =
    string.match(record, '^(%d+)|(%d+)|([^|]+)|([^|]+)|([^|]+)|(.*)$')
  local list = {}
  for seat in string.gmatch(seats, '[^,]+') do list[#list + 1] = seat end
  return {expires = tonumber(expires), refreshes = tonumber(refreshes), state = state, user = user,
          showtime = showtime, seats = list}
end

local function write_record(tag, hold, record, now)
  call('SET', tag .. ':hold:' .. hold,
    record.expires .. '|' .. record.refreshes .. '|' .. record.state .. '|' .. record.user .. '|' .. record.showtime
      .. '|' .. table.concat(record.seats, ','),
    'PX', math.max(record.expires - now, 0) + RECORD)
end

local function tell(tag, kind, showtime, expires, hold, user, seats, trailer)
  local version = call('INCR', tag .. ':version:' .. showtime)
  call('XADD', tag .. ':outbox', '*', 'e', kind .. '|' .. version .. '|' .. expires .. '|' .. hold .. '|' .. user
    .. '|' .. showtime .. '|' .. seats .. '|' .. trailer)
  return version
end

-- Writes one state for all these seats into the map. A showtime that is not open has no map to write.
local function paint(tag, showtime, seats, state)
  local show = show_of(tag, showtime)
  if not show then return end
  for at, index in ipairs(call('HMGET', show.layout, unpack(seats))) do
    if index then call('SETRANGE', show.map, index, state) end
  end
end

-- Gives back those of the seats whose lock is still this owner's; compare, then delete. Answers with them.
local function give_back(tag, showtime, owner, user, seats)
  local mine = {}
  for _, seat in ipairs(seats) do
    local lock = tag .. ':seat:' .. showtime .. ':' .. seat
    if call('GET', lock) == owner then
      call('DEL', lock)
      mine[#mine + 1] = seat
    end
  end
  if #mine > 0 then paint(tag, showtime, mine, '.') end
  local buyers = tag .. ':buyers:' .. showtime
  if #seats > 0 and call('HINCRBY', buyers, user, -#seats) <= 0 then call('HDEL', buyers, user) end
  return mine
end

local function forget(tag, hold)
  call('DEL', tag .. ':hold:' .. hold)
  call('ZREM', tag .. ':expiry', hold)
end

-- Whether this buyer may hold anything of this showtime now; nil means yes.
local function refused(show, tag, user, interval, burst, now)
  if not show then return 'closed' end
  if now < show.from then return 'early|' .. show.from end
  if now >= show.till then return 'over' end
  local key = tag .. ':rate:' .. user
  local due = math.max(tonumber(call('GET', key) or 0), now)
  local wait = due + interval - now - interval * burst
  if wait > 0 then return 'rate|' .. math.ceil(wait) end
  call('SET', key, due + interval, 'PX', math.ceil(due + interval - now) + 1)
  return nil
end

-- All of these seats for this buyer, or none: `ok|expires|version|seats`, or why not.
local function take(show, tag, showtime, hold, user, trailer, seats, now)
  local indexes = call('HMGET', show.layout, unpack(seats))
  local prefix = tag .. ':seat:' .. showtime .. ':'
  local taken = {}
  for at, seat in ipairs(seats) do
    local index = indexes[at]
    if not index then return 'unknown|' .. seat end
    local state = call('GETRANGE', show.map, index, index)
    -- A held seat whose lock is gone was held by a hold that is over: the sweep is late, the buyer need not wait.
    if state ~= '.' and not (state == 'h' and call('EXISTS', prefix .. seat) == 0) then taken[#taken + 1] = seat end
  end
  if #taken > 0 then return 'taken|' .. table.concat(taken, ',') end
  local buyers = tag .. ':buyers:' .. showtime
  if call('HINCRBY', buyers, user, #seats) > show.limit then
    if call('HINCRBY', buyers, user, -#seats) <= 0 then call('HDEL', buyers, user) end
    return 'limit|' .. show.limit
  end
  local alive = show.hold_ms + GRACE
  for at, seat in ipairs(seats) do
    if not call('SET', prefix .. seat, hold, 'NX', 'PX', alive) then taken[#taken + 1] = seat end
  end
  if #taken > 0 then
    give_back(tag, showtime, hold, user, seats)
    return 'taken|' .. table.concat(taken, ',')
  end
  for at, index in ipairs(indexes) do call('SETRANGE', show.map, index, 'h') end
  local expires, names = now + show.hold_ms, table.concat(seats, ',')
  call('SET', tag .. ':hold:' .. hold,
    expires .. '|' .. show.refreshes .. '|h|' .. user .. '|' .. showtime .. '|' .. names,
    'PX', show.hold_ms + RECORD)
  call('ZADD', tag .. ':expiry', expires, hold)
  return 'ok|' .. expires .. '|' .. tell(tag, 'c', showtime, expires, hold, user, names, trailer) .. '|' .. names
end
