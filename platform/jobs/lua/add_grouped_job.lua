-- Stores a job and puts it at the end of its group's list. feed_groups.lua brings it to `wait` when its turn comes, so
-- that any worker of the queue can take it.
-- KEYS: id, meta, events, groups
-- ARGV: job key prefix; msgpack {job id or "", name, timestamp (ms), group}; data (JSON); msgpack options
-- Gives the job's id.
local prefix = ARGV[1]
local arguments = cmsgpack.unpack(ARGV[2])
local id, name, timestamp, group = arguments[1], arguments[2], arguments[3], arguments[4]
local options = cmsgpack.unpack(ARGV[4])

local number = redis.call("INCR", KEYS[1])
local longest = redis.call("HGET", KEYS[2], "opts.maxLenEvents")
if not longest then
  longest = 10000
  redis.call("HSET", KEYS[2], "opts.maxLenEvents", longest)
end
if id == "" then
  id = number .. ""
elseif redis.call("EXISTS", prefix .. id) == 1 then
  redis.call("XADD", KEYS[3], "MAXLEN", "~", longest, "*", "event", "duplicated", "jobId", id)
  return id
end
redis.call("HSET", prefix .. id, "name", name, "data", ARGV[3], "opts", cjson.encode(options), "timestamp", timestamp,
  "delay", 0, "priority", 0)
redis.call("XADD", KEYS[3], "MAXLEN", "~", longest, "*", "event", "added", "jobId", id, "name", name)
if redis.call("LPUSH", KEYS[4] .. ":" .. group, id) == 1 then
  redis.call("LPUSH", KEYS[4], group)
end
return id
