-- The same GET again and again.
dofile(debug.getinfo(1, 'S').source:match('@(.*/)') .. 'report.lua')

function response(status)
  count(status)
end
