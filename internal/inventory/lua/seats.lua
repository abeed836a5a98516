-- What all scripts of the inventory share; joined in front of each of them.
--
-- Keys of one shard carry its tag, `{s17}`, so that a script touches one slot of a Redis Cluster:
--   <tag>:show:<showtime>         layout|seats|limit|holdMs|refreshes|onSaleFrom|onSaleUntil; its presence means "open"
--   <tag>:map:<showtime>          one byte for each seat: . free, h held, c claimed, s sold, b blocked
--   <tag>:layout:<hash>           seat id -> #index in the map, and #index -> seat id
--   <tag>:seat:<showtime>:<seat>  the lock: SET NX PX, its value the hold (or the order that claimed it)
--   <tag>:holds                   hold -> expires|refreshes|state|user|showtime|seat,seat|made; state is h, p:<order>,
--                                 c:<order>; made is when, for the prices of that moment
--   <tag>:expiry                  holds by the moment at which the sweep looks at them
--   <tag>:buyers:<showtime>       user -> how many seats are theirs, held or bought|when their next hold is due
--   <tag>:words:<showtime>        seat -> the last word of Postgres about it, for what is told late: twice a claim's fence, and one when it is over
--   <tag>:version:<showtime>      grows with every change, and from one opening to the next
--   <tag>:outbox                  what happened, for the relay, a line each:
--                                 kind|version|expires|hold|user|showtime|seats|request|trace
--
-- A command costs ten times what its work does, so a script reads and writes many things with one: what is told, the
-- records, the buyers are gathered and written once, by `commit`, at the end of each script that changes anything.
-- Numbers are made text once, with %d: Lua prints a double otherwise, which costs more than many a command.
local call, format, match = redis.call, string.format, string.match
local GRACE = 5000          -- ms that a lock outlives its hold: the net under a sweep that is late
local FREE, HELD, CLAIMED, SOLD, BLOCKED = '.', 'h', 'c', 's', 'b'

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local made = format('|%d', now)

local shows, shards = {}, {}

local function show_of(tag, showtime)
  local show = shows[showtime]
  if show == nil then
    local record = call('GET', tag .. ':show:' .. showtime)
    show = false
    if record then
      local layout, seats, limit, hold_ms, refreshes, from, till =
        match(record, '^([^|]*)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)')
      show = {
        layout = tag .. ':layout:' .. layout, map = tag .. ':map:' .. showtime, buyers = tag .. ':buyers:' .. showtime,
        locks = tag .. ':seat:' .. showtime .. ':', limit = tonumber(limit), hold_ms = tonumber(hold_ms),
        from = tonumber(from), till = tonumber(till), expires = format('%d', now + hold_ms),
        alive = format('%d', hold_ms + GRACE), owned = {}, changed = {}, states = {}, takers = {},
      }
      show.record = show.expires .. '|' .. refreshes .. '|h|'
    end
    shows[showtime] = show
  end
  return show
end

-- What this script has to write in a shard.
local function shard_of(tag)
  local shard = shards[tag]
  if not shard then
    shard = {lines = {}, records = {}, due = {}, versions = {}}
    shards[tag] = shard
  end
  return shard
end

-- All changes of one script are one version: nobody can see between them.
local function version_of(shard, tag, showtime)
  local version = shard.versions[showtime]
  if not version then
    version = format('%d', call('INCR', tag .. ':version:' .. showtime))
    shard.versions[showtime] = version
  end
  return version
end

local function tell(tag, kind, showtime, expires, hold, user, seats, trailer)
  local shard = shard_of(tag)
  local version = version_of(shard, tag, showtime)
  local lines = shard.lines
  lines[#lines + 1] = kind .. '|' .. version .. '|' .. expires .. '|' .. hold .. '|' .. user .. '|' .. showtime .. '|'
    .. seats .. '|' .. trailer
  return version
end

local function add(list, one, two)
  local n = #list
  list[n + 1], list[n + 2] = one, two
end

-- Each list in pieces that `unpack` can take.
local function in_pieces(list, command, key)
  for first = 1, #list, 4000 do call(command, key, unpack(list, first, math.min(first + 3999, #list))) end
end

local function commit()
  for _, show in pairs(shows) do
    if show then
      local words = {}
      for user in pairs(show.changed) do
        local owned = show.owned[user]
        add(words, user, format('%d|%d', owned.seats, owned.due))
      end
      in_pieces(words, 'HSET', show.buyers)
    end
  end
  for tag, shard in pairs(shards) do
    in_pieces(shard.records, 'HSET', tag .. ':holds')
    in_pieces(shard.due, 'ZADD', tag .. ':expiry')
    if #shard.lines > 0 then call('XADD', tag .. ':outbox', '*', 'e', table.concat(shard.lines, '\n')) end
  end
end

local function parsed(record)
  if not record then return nil end
  local expires, refreshes, state, user, showtime, names, made =
    match(record, '^(%d+)|(%d+)|([^|]+)|([^|]+)|([^|]+)|([^|]*)|(%d+)$')
  local seats = {}
  for seat in string.gmatch(names, '[^,]+') do seats[#seats + 1] = seat end
  return {expires = tonumber(expires), refreshes = tonumber(refreshes), state = state, user = user,
          showtime = showtime, seats = seats, made = made}
end

local function record_of(tag, hold)
  return parsed(call('HGET', tag .. ':holds', hold))
end

local function write_record(tag, hold, record)
  add(shard_of(tag).records, hold, format('%d|%d|%s|%s|%s|%s|%s', record.expires, record.refreshes, record.state,
    record.user, record.showtime, table.concat(record.seats, ','), record.made))
end

local function look_at(tag, hold, moment)
  add(shard_of(tag).due, format('%d', moment), hold)
end

local function forget(tag, holds)
  in_pieces(holds, 'HDEL', tag .. ':holds')
  in_pieces(holds, 'ZREM', tag .. ':expiry')
end

-- The map. Places are indexes; one command reads or writes a thousand, or a run of any length.
local function read_places(show, places)
  local states = {}
  for first = 1, #places, 1000 do
    local words, n = {}, 0
    for at = first, math.min(first + 999, #places) do
      words[n + 1], words[n + 2], words[n + 3] = 'GET', 'u8', format('#%d', places[at])
      n = n + 3
    end
    for _, byte in ipairs(call('BITFIELD', show.map, unpack(words))) do states[#states + 1] = string.char(byte) end
  end
  return states
end

local function write_places(show, places, state)
  local count, byte = #places, format('%d', string.byte(state))
  local run = count > 0 and places[count] - places[1] == count - 1
  for at = 2, run and count or 0 do run = run and places[at] == places[at - 1] + 1 end
  if run then
    call('SETRANGE', show.map, format('%d', places[1]), string.rep(state, count))
    return
  end
  for first = 1, count, 1000 do
    local words, n = {}, 0
    for at = first, math.min(first + 999, count) do
      words[n + 1], words[n + 2], words[n + 3], words[n + 4] = 'SET', 'u8', format('#%d', places[at]), byte
      n = n + 4
    end
    call('BITFIELD', show.map, unpack(words))
  end
end

-- Where these seats are, for scripts that are not told; and the first one that is nowhere.
local function places_of(show, seats)
  local places = call('HMGET', show.layout, unpack(seats))
  for at, seat in ipairs(seats) do
    if not places[at] then return nil, seat end
    places[at] = tonumber(string.sub(places[at], 2))
  end
  return places
end

-- Writes one state for all these seats into the map. A showtime that is not open has no map to write.
local function paint(tag, showtime, seats, state)
  local show = show_of(tag, showtime)
  for first = 1, show and #seats or 0, 1000 do
    local some = {unpack(seats, first, math.min(first + 999, #seats))}
    local places = places_of(show, some)
    if places then write_places(show, places, state) end
  end
end

local function buyer(show, user, value)
  local seats, due = 0, 0
  if value then seats, due = match(value, '^(%d+)|(%d+)$') end
  local owned = {seats = tonumber(seats), due = tonumber(due)}
  show.owned[user] = owned
  return owned
end

local function buyer_of(show, user)
  return show.owned[user] or buyer(show, user, call('HGET', show.buyers, user))
end

local function buyer_has_fewer(tag, showtime, user, by)
  local show = show_of(tag, showtime)
  if not show or user == '' or by == 0 then return end
  local owned = buyer_of(show, user)
  owned.seats = math.max(owned.seats - by, 0)
  show.changed[user] = true
end

-- Gives seats back to the sale, of many holds at once: `owners` is a list of {owner, record, seats}. Only those go whose
-- lock is still the owner's (compare, then delete); each owner learns them as `freed`. A seat that is held in the map
-- and locked by nobody was locked by a hold that is over, and whoever is swept first frees it.
local function give_back(tag, owners)
  local locks, wanted, free, freed, orphans = {}, {}, {}, {}, {}

  local function let_go(owner, seat)
    local showtime = owner.record.showtime
    owner.freed[#owner.freed + 1] = seat
    freed[showtime] = freed[showtime] or {}
    table.insert(freed[showtime], seat)
  end

  for _, owner in ipairs(owners) do
    owner.freed = {}
    local prefix = tag .. ':seat:' .. owner.record.showtime .. ':'
    for _, seat in ipairs(owner.seats) do
      locks[#locks + 1] = prefix .. seat
      wanted[#wanted + 1] = {owner, seat}
    end
    buyer_has_fewer(tag, owner.record.showtime, owner.record.user, #owner.seats)
  end
  for first = 1, #locks, 4000 do
    for at, holder in ipairs(call('MGET', unpack(locks, first, math.min(first + 3999, #locks)))) do
      local owner, seat = unpack(wanted[first + at - 1])
      if holder == owner.owner then
        free[#free + 1] = locks[first + at - 1]
        let_go(owner, seat)
      elseif not holder then
        orphans[locks[first + at - 1]] = {owner, seat}
      end
    end
  end
  for _, orphan in pairs(orphans) do
    local owner, seat = unpack(orphan)
    local show = show_of(tag, owner.record.showtime)
    local places = show and places_of(show, {seat})
    if places and read_places(show, places)[1] == HELD then let_go(owner, seat) end
  end
  for first = 1, #free, 4000 do call('DEL', unpack(free, first, math.min(first + 3999, #free))) end
  for showtime, seats in pairs(freed) do paint(tag, showtime, seats, FREE) end
end
