-- Moves an active job to the completed or the failed ones, and forgets the oldest beyond the number to keep.
-- KEYS: active, completed or failed, stalled, events
-- ARGV: job key prefix, id, token, now (ms), "completed" or "failed", return value or reason, number to keep (-1: all)
-- Gives 0; -1 no such job, -2 no lock, -3 not active, -6 locked by another.
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
redis.call("DEL", key .. ":lock")
redis.call("SREM", KEYS[3], ARGV[2])
redis.call("HINCRBY", key, "atm", 1)
local completed = ARGV[5] == "completed"
redis.call("HSET", key, completed and "returnvalue" or "failedReason", ARGV[6], "finishedOn", ARGV[4])
redis.call("ZADD", KEYS[2], ARGV[4], ARGV[2])
redis.call("XADD", KEYS[4], "MAXLEN", "~", "10000", "*", "event", ARGV[5], "jobId", ARGV[2], completed and "returnvalue" or "failedReason", ARGV[6], "prev", "active")
if not completed then
  redis.call("XADD", KEYS[4], "MAXLEN", "~", "10000", "*", "event", "retries-exhausted", "jobId", ARGV[2], "attemptsMade", redis.call("HGET", key, "atm"))
end
local keep = tonumber(ARGV[7])
if keep >= 0 then
  for _, old in ipairs(redis.call("ZREVRANGE", KEYS[2], keep, -1)) do
    redis.call("DEL", ARGV[1] .. old, ARGV[1] .. old .. ":logs", ARGV[1] .. old .. ":lock")
    redis.call("ZREM", KEYS[2], old)
  end
end
return 0
