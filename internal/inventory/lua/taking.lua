-- Taking seats, for one hold or for many at once; joined between seats.lua and the scripts that hold.
--
-- A hold is asked for as {tag, showtime, hold, user, owner, trailer, seats, places}. `owner` is user|showtime|seat,seat,
-- joined by who asks, for here a string costs more than all that it says; `places` are the seats' indexes in the map.
-- `read` what the map says of all of them, `reserve` for each in turn, then `take` what was reserved: so the map, the
-- locks and the records of many holds are one command each.
local TAG, SHOWTIME, HOLD, USER, OWNER, TRAILER, SEATS, PLACES = 1, 2, 3, 4, 5, 6, 7, 8
local A_PIECE = 4000  -- bytes of the map are copied in the time in which BITFIELD reads one of them
local IS_FREE, IS_HELD, TAKEN = string.byte(FREE), string.byte(HELD), -1
local max, byte = math.max, string.byte
-- One command for many locks: Valkey has it since 9.1, Redis since 8.4.
local valkey = rawget(_G, 'server')
local MSETEX = redis.REDIS_VERSION_NUM >= 0x00080400
  or valkey ~= nil and (valkey.VALKEY_VERSION_NUM or 0) >= 0x00090100

-- Whether this buyer may hold so many seats of this showtime now; nil means yes. A refusal for haste costs nothing
-- more; every other try counts (GCRA).
local function refused(show, user, interval, burst, count)
  if not show then return 'closed' end
  if now < show.from then return format('early|%d', show.from) end
  if now >= show.till then return 'over' end
  local owned = buyer_of(show, user)
  local due = max(owned.due, now) + interval
  if due - now > interval * burst then return format('rate|%d', due - now - interval * burst) end
  owned.due = due
  show.changed[user] = true
  if owned.seats + count > show.limit then return format('limit|%d', show.limit) end
  return nil
end

-- What the map says: the whole stretch that is asked for, or each place by itself.
local function read(asked)
  local shown = {}
  for _, one in ipairs(asked) do
    local show = shows[one[SHOWTIME]]
    if show then
      local wanted = shown[show]
      if not wanted then
        wanted = {first = one[PLACES][1], last = 0}
        shown[show] = wanted
      end
      for _, place in ipairs(one[PLACES]) do
        if place < wanted.first then wanted.first = place end
        if place > wanted.last then wanted.last = place end
        wanted[#wanted + 1] = place
      end
    end
  end
  for show, wanted in pairs(shown) do
    show.states = {}
    if wanted.last - wanted.first < A_PIECE * #asked then
      show.base = wanted.first - 1
      show.stretch = call('GETRANGE', show.map, format('%d', wanted.first), format('%d', wanted.last))
    else
      for at, state in ipairs(read_places(show, wanted)) do show.states[wanted[at]] = byte(state) end
    end
  end
end

-- Nobody else in this script gets these seats; or who has some of them already. A held seat whose lock is gone was held
-- by a hold that is over: the sweep is late, and the buyer need not wait for it.
local function reserve(show, one)
  local states, seats, places, taken = show.states, one[SEATS], one[PLACES], nil
  for at = 1, #places do
    local place = places[at]
    local state = states[place] or byte(show.stretch, place - show.base)
    if state == IS_HELD and call('EXISTS', show.locks .. seats[at]) == 0 then
      states[place] = IS_FREE
    elseif state ~= IS_FREE then
      states[place] = TAKEN  -- its lock was seen
      taken = taken and taken .. ',' .. seats[at] or seats[at]
    end
  end
  if taken then return 'taken|' .. taken end
  for at = 1, #places do states[places[at]] = TAKEN end
  local owned, takers = show.owned[one[USER]], show.takers
  owned.seats = owned.seats + #seats
  takers[#takers + 1] = one
  return nil
end

-- The locks of all these holds in one command. False if any of the seats has one, or if this server cannot.
local function lock_together(show, takers)
  local words, n, locks = {'MSETEX', ''}, 2, show.locks
  for t = 1, #takers do
    local hold, seats = takers[t][HOLD], takers[t][SEATS]
    for s = 1, #seats do
      words[n + 1], words[n + 2] = locks .. seats[s], hold
      n = n + 2
    end
  end
  if not MSETEX or n > 7000 then return false end  -- more than `unpack` can take
  words[2] = format('%d', n / 2 - 1)
  words[n + 1], words[n + 2], words[n + 3] = 'NX', 'PX', show.alive
  return call(unpack(words)) == 1
end

-- The locks of one hold, all or none; if none, the seat that is another's though the map says that it is free.
local function lock(show, one)
  for at, seat in ipairs(one[SEATS]) do
    if not call('SET', show.locks .. seat, one[HOLD], 'NX', 'PX', show.alive) then
      for before = 1, at - 1 do call('DEL', show.locks .. one[SEATS][before]) end
      return seat
    end
  end
  return nil
end

-- All that was reserved in a showtime: `ok|expires|version|` and the seats are the hold's; or why not.
local function take(show, answers)
  local takers, places = show.takers, {}
  if #takers == 0 then return end
  show.takers = {}
  local together = lock_together(show, takers)
  local shard = shard_of(takers[1][TAG])
  local version = version_of(shard, takers[1][TAG], takers[1][SHOWTIME])
  local ok, told = 'ok|' .. show.expires .. '|' .. version .. '|', 'c|' .. version .. '|' .. show.expires .. '|'
  local records, due, lines, n = shard.records, shard.due, shard.lines, 0
  for t = 1, #takers do
    local one = takers[t]
    local stranger = not together and lock(show, one)
    if stranger then
      local owned = show.owned[one[USER]]
      owned.seats = owned.seats - #one[SEATS]
      answers[one] = 'taken|' .. stranger
    else
      local hold, owner, own = one[HOLD], one[OWNER], one[PLACES]
      for p = 1, #own do places[n + p] = own[p] end
      n = n + #own
      add(records, hold, show.record .. owner .. made)
      add(due, show.expires, hold)
      lines[#lines + 1] = told .. hold .. '|' .. owner .. '|' .. one[TRAILER]
      answers[one] = ok
    end
  end
  write_places(show, places, HELD)
end

-- The same for one hold, whose seats only this script knows.
local function take_one(show, tag, showtime, hold, user, trailer, seats, places)
  local names, answers = table.concat(seats, ','), {}
  local one = {tag, showtime, hold, user, user .. '|' .. showtime .. '|' .. names, trailer, seats, places}
  read({one})
  local reply = reserve(show, one)
  if reply then return reply end
  take(show, answers)
  return string.sub(answers[one], 1, 3) == 'ok|' and answers[one] .. names or answers[one]
end
