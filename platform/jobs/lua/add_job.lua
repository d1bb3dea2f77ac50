-- Adds a job, to run at once or after a delay. The keys and fields are BullMQ's.
-- KEYS: id, wait, delayed, marker, meta, events
-- ARGV: job key prefix, custom id or "", name, data, options, now (ms), delay (ms), attempts
-- Gives the id; of the present job when the custom id is taken.
local number = redis.call("INCR", KEYS[1])
local id = ARGV[2]
if id == "" then
  id = tostring(number)
end
local key = ARGV[1] .. id
redis.call("HSETNX", KEYS[5], "opts.maxLenEvents", "10000")
if redis.call("EXISTS", key) == 1 then
  redis.call("XADD", KEYS[6], "MAXLEN", "~", "10000", "*", "event", "duplicated", "jobId", id)
  return id
end
local now, delay = tonumber(ARGV[6]), tonumber(ARGV[7])
redis.call("HSET", key, "name", ARGV[3], "data", ARGV[4], "opts", ARGV[5], "timestamp", ARGV[6], "delay", ARGV[7], "priority", "0")
redis.call("XADD", KEYS[6], "MAXLEN", "~", "10000", "*", "event", "added", "jobId", id, "name", ARGV[3])
if delay > 0 then
  local due = now + delay
  redis.call("ZADD", KEYS[3], due * 4096 + number % 4096, id)
  redis.call("ZADD", KEYS[4], due, "1")
  redis.call("XADD", KEYS[6], "MAXLEN", "~", "10000", "*", "event", "delayed", "jobId", id, "delay", tostring(due))
else
  redis.call("LPUSH", KEYS[2], id)
  redis.call("ZADD", KEYS[4], 0, "0")
  redis.call("XADD", KEYS[6], "MAXLEN", "~", "10000", "*", "event", "waiting", "jobId", id)
end
return id
