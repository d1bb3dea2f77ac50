-- Promotes delayed jobs that are due, then gives the next job to a worker and locks it.
-- KEYS: wait, active, delayed, prioritized, stalled, marker, meta, events
-- ARGV: job key prefix, now (ms), token, lock duration (ms), worker name
-- Gives {id, job hash as a flat list}, or {"", when the next delayed job is due (ms), "0" for none}.
local prefix, now = ARGV[1], tonumber(ARGV[2])
for _, id in ipairs(redis.call("ZRANGEBYSCORE", KEYS[3], 0, (now + 1) * 4096 - 1, "LIMIT", 0, 1000)) do
  redis.call("ZREM", KEYS[3], id)
  redis.call("HSET", prefix .. id, "delay", "0")
  redis.call("LPUSH", KEYS[1], id)
  redis.call("XADD", KEYS[8], "MAXLEN", "~", "10000", "*", "event", "waiting", "jobId", id, "prev", "delayed")
end

local function next_due()
  local first = redis.call("ZRANGE", KEYS[3], 0, 0, "WITHSCORES")
  if #first == 0 then
    return "0"
  end
  local due = math.floor(tonumber(first[2]) / 4096)
  redis.call("ZADD", KEYS[6], due, "1")
  return string.format("%.0f", due)
end

local function next_id()
  local id = redis.call("RPOPLPUSH", KEYS[1], KEYS[2])
  if id then
    return id
  end
  local popped = redis.call("ZPOPMIN", KEYS[4])
  if #popped > 0 then
    redis.call("LPUSH", KEYS[2], popped[1])
    return popped[1]
  end
  return nil
end

if redis.call("HEXISTS", KEYS[7], "paused") == 1 then
  return { "", next_due() }
end
local id = next_id()
-- What is no job (an old marker, or a job that was removed) is dropped.
while id and redis.call("EXISTS", prefix .. id) == 0 do
  redis.call("LREM", KEYS[2], 1, id)
  id = next_id()
end
if not id then
  return { "", next_due() }
end
local key = prefix .. id
redis.call("SET", key .. ":lock", ARGV[3], "PX", ARGV[4])
redis.call("SREM", KEYS[5], id)
redis.call("HSET", key, "processedOn", ARGV[2], "pb", ARGV[5])
redis.call("HINCRBY", key, "ats", 1)
redis.call("XADD", KEYS[8], "MAXLEN", "~", "10000", "*", "event", "active", "jobId", id, "prev", "waiting")
if redis.call("LLEN", KEYS[1]) > 0 or redis.call("ZCARD", KEYS[4]) > 0 then
  redis.call("ZADD", KEYS[6], 0, "0")
else
  next_due()
end
return { id, redis.call("HGETALL", key) }
