-- What all scripts of the inventory share; joined in front of each of them.
--
-- Keys of one shard carry its tag, `{s17}`, so that a script touches one slot of a Redis Cluster:
--   <tag>:show:<showtime>         layout|seats|limit|holdMs|refreshes|onSaleFrom|onSaleUntil; its presence means "open"
--   <tag>:map:<showtime>          one byte for each seat: . free, h held, c claimed, s sold, b blocked
--   <tag>:layout:<hash>           seat id -> #index in the map, and #index -> seat id
--   <tag>:seat:<showtime>:<seat>  the lock: SET NX PX, its value the hold (or the order that claimed it)
--   <tag>:hold:<hold>             expires|refreshes|state|user|showtime|seat,seat; state is h, p:<order> or c:<order>
--   <tag>:buyer:<showtime>:<user> how many seats are theirs, held or bought|when their next hold is due
--   <tag>:expiry                  holds by the moment at which the sweep looks at them
--   <tag>:version:<showtime>      grows with every change, and from one opening to the next
--   <tag>:outbox                  what happened, for the relay: kind|version|expires|hold|user|showtime|seats|trailer
--
-- A number that is handed to a command or joined to a text is printed by Lua as a double, which costs more than many a
-- command; so what many calls share is made text once, and the map is read and written with one BITFIELD for all seats.
-- A buyer has a key and not a field of a hash, because a hash of up to 512 fields is searched from its beginning.
local call, format = redis.call, string.format
local GRACE = 5000          -- ms that a lock outlives its hold: the net under a sweep that is late
local RECORD = 86400000     -- ms that a hold's record outlives it: the net under a sweep that never comes
local BYTE = {['.'] = '46', h = '104', c = '99', s = '115', b = '98'}
local FREE, HELD, CLAIMED, SOLD, BLOCKED = 46, 104, 99, 115, 98

local function now_ms()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local now = now_ms()

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
        layout = tag .. ':layout:' .. layout, map = tag .. ':map:' .. showtime,
        buyers = tag .. ':buyer:' .. showtime .. ':', version = tag .. ':version:' .. showtime,
        locks = tag .. ':seat:' .. showtime .. ':', holds = tag .. ':hold:', expiry = tag .. ':expiry',
        outbox = tag .. ':outbox', limit = tonumber(limit), hold_ms = tonumber(hold_ms),
        from = tonumber(from), till = tonumber(till),
        expires = format('%d', now + hold_ms), alive = format('%d', hold_ms + GRACE),
        kept = format('%d', hold_ms + RECORD), stay = format('%d', math.max(till - now, 0) + RECORD),
      }
      show.record = show.expires .. '|' .. refreshes .. '|h|'
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

local function write_record(tag, hold, record)
  call('SET', tag .. ':hold:' .. hold,
    format('%d|%d|%s|%s|%s|%s', record.expires, record.refreshes, record.state, record.user, record.showtime,
      table.concat(record.seats, ',')),
    'PX', format('%d', math.max(record.expires - now, 0) + RECORD))
end

local function tell(tag, kind, showtime, expires, hold, user, seats, trailer)
  local version = format('%d', call('INCR', tag .. ':version:' .. showtime))
  call('XADD', tag .. ':outbox', '*', 'e', kind .. '|' .. version .. '|' .. expires .. '|' .. hold .. '|' .. user
    .. '|' .. showtime .. '|' .. seats .. '|' .. trailer)
  return version
end

-- The bytes of these places in the map, and one byte for all of them.
local function bytes_of(show, indexes)
  local words = {}
  for _, index in ipairs(indexes) do
    words[#words + 1] = 'GET'
    words[#words + 1] = 'u8'
    words[#words + 1] = index
  end
  return call('BITFIELD', show.map, unpack(words))
end

local function write_bytes(show, indexes, byte)
  local words = {}
  for _, index in ipairs(indexes) do
    words[#words + 1] = 'SET'
    words[#words + 1] = 'u8'
    words[#words + 1] = index
    words[#words + 1] = byte
    if #words == 4000 then  -- Lua hands over fewer than 8000 words at once
      call('BITFIELD', show.map, unpack(words))
      words = {}
    end
  end
  if #words > 0 then call('BITFIELD', show.map, unpack(words)) end
end

-- Writes one state for all these seats into the map. A showtime that is not open has no map to write.
local function paint(tag, showtime, seats, state)
  local show = show_of(tag, showtime)
  if show then write_bytes(show, call('HMGET', show.layout, unpack(seats)), BYTE[state]) end
end

local function buyer_of(show, user)
  local buyer = call('GET', show.buyers .. user)
  if not buyer then return 0, 0 end
  local seats, due = string.match(buyer, '^(-?%d+)|(%d+)$')
  return tonumber(seats), tonumber(due)
end

local function write_buyer(show, user, seats, due)
  if seats <= 0 and due <= now then
    call('DEL', show.buyers .. user)
  else
    call('SET', show.buyers .. user, format('%d|%d', math.max(seats, 0), due), 'PX', show.stay)
  end
end

local function buyer_has_fewer(tag, showtime, user, by)
  local show = show_of(tag, showtime)
  if not show or user == '' or by == 0 then return end
  local seats, due = buyer_of(show, user)
  write_buyer(show, user, seats - by, due)
end

-- Gives back those of the seats whose lock is still this owner's; compare, then delete. Answers with them. A seat that
-- is held in the map and locked by nobody was locked by a hold that is over, and whoever is swept first frees it.
local function give_back(tag, showtime, owner, user, seats)
  local mine, show = {}, show_of(tag, showtime)
  for _, seat in ipairs(seats) do
    local lock = tag .. ':seat:' .. showtime .. ':' .. seat
    local holder = call('GET', lock)
    if holder == owner then
      call('DEL', lock)
      mine[#mine + 1] = seat
    elseif not holder and show and bytes_of(show, {call('HGET', show.layout, seat)})[1] == HELD then
      mine[#mine + 1] = seat
    end
  end
  if #mine > 0 then paint(tag, showtime, mine, '.') end
  buyer_has_fewer(tag, showtime, user, #seats)
  return mine
end

local function forget(tag, hold)
  call('DEL', tag .. ':hold:' .. hold)
  call('ZREM', tag .. ':expiry', hold)
end

-- Whether this buyer may hold so many seats of this showtime now; nil means yes, and then how many are theirs already
-- and when their next hold is due. A refusal for haste costs nothing more; every other try counts (GCRA).
local function refused(show, user, interval, burst, n)
  if not show then return 'closed' end
  if now < show.from then return format('early|%d', show.from) end
  if now >= show.till then return 'over' end
  local seats, due = buyer_of(show, user)
  due = math.max(due, now) + interval
  if due - now > interval * burst then return format('rate|%d', due - now - interval * burst) end
  if seats + n > show.limit then
    write_buyer(show, user, seats, due)
    return format('limit|%d', show.limit)
  end
  return nil, seats, due
end

-- All of these seats for this buyer, or none: `ok|expires|version|seats`, or why not.
local function take(show, showtime, hold, user, trailer, names, seats, indexes, owned, due)
  local locks, taken = show.locks, nil
  for at, byte in ipairs(bytes_of(show, indexes)) do
    -- A held seat whose lock is gone was held by a hold that is over: the sweep is late, the buyer need not wait.
    if byte ~= FREE and not (byte == HELD and call('EXISTS', locks .. seats[at]) == 0) then
      taken = taken and taken .. ',' .. seats[at] or seats[at]
    end
  end
  if not taken then
    for at, seat in ipairs(seats) do
      if not call('SET', locks .. seat, hold, 'NX', 'PX', show.alive) then
        taken = seat
        for before = 1, at - 1 do call('DEL', locks .. seats[before]) end
        break
      end
    end
  end
  if taken then
    write_buyer(show, user, owned, due)
    return 'taken|' .. taken
  end
  write_buyer(show, user, owned + #seats, due)
  write_bytes(show, indexes, BYTE.h)
  call('SET', show.holds .. hold, show.record .. user .. '|' .. showtime .. '|' .. names, 'PX', show.kept)
  call('ZADD', show.expiry, show.expires, hold)
  local version = format('%d', call('INCR', show.version))
  call('XADD', show.outbox, '*', 'e', 'c|' .. version .. '|' .. show.expires .. '|' .. hold .. '|' .. user .. '|'
    .. showtime .. '|' .. names .. '|' .. trailer)
  return 'ok|' .. show.expires .. '|' .. version .. '|' .. names
end

-- The same where only the names are known.
local function take_named(show, showtime, hold, user, trailer, seats, owned, due)
  local indexes = call('HMGET', show.layout, unpack(seats))
  for at, seat in ipairs(seats) do
    if not indexes[at] then
      write_buyer(show, user, owned, due)
      return 'unknown|' .. seat
    end
  end
  return take(show, showtime, hold, user, trailer, table.concat(seats, ','), seats, indexes, owned, due)
end
