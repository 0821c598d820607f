-- wrk's script: each request is a new ticket with a key of its own. Arguments: a name for this run, then the doors.
-- The six fields are what the bare POST reads as well.

local doors, run, count = {}, "", 0

function init(arguments)
  run = arguments[1]
  for at = 2, #arguments do
    doors[#doors + 1] = arguments[at]
  end
end

function request()
  count = count + 1
  local key = run .. "-" .. count
  local body = string.format(
    '{"door_code": "%s", "description": "三楼楼道的灯不亮了，晚上老人上下楼看不清台阶 %s", "kind": "help", '
      .. '"category": "lighting", "source": "qr", "anonymous": false}',
    doors[count % #doors + 1],
    key
  )
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json", ["Idempotency-Key"] = key }, body)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.3f, "p50": %.2f, "p99": %.2f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, failed
  ))
end
