-- Gives jobs whose worker died back to the others. Runs once per interval, over all workers: a job that was active at the last
-- run, and has no lock by now, is stalled.
-- KEYS: stalled, wait, active, stalled-check, marker, events
-- ARGV: job key prefix, interval (ms)
-- Gives the ids of the recovered jobs.
if redis.call("EXISTS", KEYS[4]) == 1 then
  return {}
end
redis.call("SET", KEYS[4], "1", "PX", ARGV[2])
local recovered = {}
for _, id in ipairs(redis.call("SMEMBERS", KEYS[1])) do
  local key = ARGV[1] .. id
  if redis.call("EXISTS", key .. ":lock") == 0 and redis.call("LREM", KEYS[3], 1, id) > 0 and redis.call("EXISTS", key) == 1 then
    redis.call("HINCRBY", key, "stc", 1)
    redis.call("RPUSH", KEYS[2], id)
    redis.call("ZADD", KEYS[5], 0, "0")
    redis.call("XADD", KEYS[6], "MAXLEN", "~", "10000", "*", "event", "stalled", "jobId", id)
    redis.call("XADD", KEYS[6], "MAXLEN", "~", "10000", "*", "event", "waiting", "jobId", id, "prev", "active")
    table.insert(recovered, id)
  end
end
redis.call("DEL", KEYS[1])
local active = redis.call("LRANGE", KEYS[3], 0, -1)
for _, id in ipairs(active) do
  redis.call("SADD", KEYS[1], id)
end
return recovered
