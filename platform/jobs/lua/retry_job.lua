-- Puts an active job whose attempt failed back, to run after a delay.
-- KEYS: active, delayed, stalled, marker, events
-- ARGV: job key prefix, id, token, now (ms), delay (ms), reason
-- Gives 0, or the codes of finish_job.lua.
local key = ARGV[1] .. ARGV[2]
if redis.call("EXISTS", key) == 0 then
  return -1
end
local owner = redis.call("GET", key .. ":lock")
if not owner then
  return -2
end
if owner ~= ARGV[3] then
  return -6
end
if redis.call("LREM", KEYS[1], -1, ARGV[2]) == 0 then
  return -3
end
local due = tonumber(ARGV[4]) + tonumber(ARGV[5])
redis.call("DEL", key .. ":lock")
redis.call("SREM", KEYS[3], ARGV[2])
redis.call("HINCRBY", key, "atm", 1)
redis.call("HSET", key, "failedReason", ARGV[6], "delay", ARGV[5])
redis.call("ZADD", KEYS[2], due * 4096, ARGV[2])
redis.call("ZADD", KEYS[4], due, "1")
redis.call("XADD", KEYS[5], "MAXLEN", "~", "10000", "*", "event", "delayed", "jobId", ARGV[2], "delay", string.format("%.0f", due))
return 0
