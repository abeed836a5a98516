-- The same GET again and again; arguments, if there are any, are headers: a name, then its value.
dofile(debug.getinfo(1, 'S').source:match('@(.*/)') .. 'report.lua')

function init(arguments)
  for at = 1, #arguments, 2 do wrk.headers[arguments[at]] = arguments[at + 1] end
end

function response(status)
  count(status)
end
