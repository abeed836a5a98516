-- What both scripts tell at the end: one line that bench/wrk.py reads.
local threads = {}
function setup(thread)
  threads[#threads + 1] = thread
end

statuses = {}
function count(status)
  statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
  local counted = {}
  for _, thread in ipairs(threads) do
    for status, n in pairs(thread:get('statuses')) do counted[status] = (counted[status] or 0) + n end
  end
  local listed = {}
  for status, n in pairs(counted) do listed[#listed + 1] = string.format('"%d":%d', status, n) end
  local e = summary.errors
  io.write(string.format('AISLE-BENCH {"requests":%d,"microseconds":%d,"broken":%d,"p50":%d,"p95":%d,"p99":%d,"statuses":{%s}}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), table.concat(listed, ',')))
end
