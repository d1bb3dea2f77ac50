-- Moves jobs from their groups to `wait`: one of each group in turn, while `wait` is short and the group's limits allow.
-- A short `wait` is what makes it fair: a group's thousand jobs stand in its own list, not before everybody else's.
-- KEYS: groups (whose jobs wait, in turn), wait, meta, marker, active, events
-- ARGV: job key prefix, now (ms)
-- Limits stand in the hash groups:limits, for all groups of the queue: depth (of wait), concurrency, max per duration (ms).
-- Gives {jobs moved, ms until a group's rate allows the next one or 0}.
local prefix, now = ARGV[1], tonumber(ARGV[2])
local limits = redis.call("HMGET", KEYS[1] .. ":limits", "depth", "concurrency", "max", "duration")
local depth = tonumber(limits[1]) or 8
local concurrency = tonumber(limits[2])
local most, duration = tonumber(limits[3]), tonumber(limits[4])
local soonest = 0

local function is_at_work(id)
  local key = prefix .. id
  return redis.call("EXISTS", key) == 1 and not redis.call("HGET", key, "finishedOn")
end

-- Whoever finished a job, a worker in any language, need not know of groups: those that are done are dropped here.
local function is_full(group)
  if not concurrency then
    return false
  end
  local taken = KEYS[1] .. ":" .. group .. ":taken"
  for _, id in ipairs(redis.call("SMEMBERS", taken)) do
    if not is_at_work(id) then
      redis.call("SREM", taken, id)
    end
  end
  return redis.call("SCARD", taken) >= concurrency
end

local function is_too_fast(group)
  if not most then
    return false
  end
  local key = KEYS[1] .. ":" .. group .. ":rate"
  if (tonumber(redis.call("GET", key)) or 0) < most then
    return false
  end
  local left = redis.call("PTTL", key)
  if left > 0 and (soonest == 0 or left < soonest) then
    soonest = left
  end
  return left > 0
end

local function count_in(group, id)
  if concurrency then
    redis.call("SADD", KEYS[1] .. ":" .. group .. ":taken", id)
  end
  if most then
    local key = KEYS[1] .. ":" .. group .. ":rate"
    if redis.call("INCR", key) == 1 then
      redis.call("PEXPIRE", key, duration)
    end
  end
end

-- The next job of the group that was not removed meanwhile.
local function next_job(group)
  local id = redis.call("RPOP", KEYS[1] .. ":" .. group)
  while id and redis.call("EXISTS", prefix .. id) == 0 do
    id = redis.call("RPOP", KEYS[1] .. ":" .. group)
  end
  return id
end

local longest = redis.call("HGET", KEYS[3], "opts.maxLenEvents") or 10000
local room = depth - redis.call("LLEN", KEYS[2])
local moved, passed_over = 0, 0
while room > 0 and passed_over < redis.call("LLEN", KEYS[1]) do
  local group = redis.call("RPOP", KEYS[1])
  if is_full(group) or is_too_fast(group) then
    passed_over = passed_over + 1
    redis.call("LPUSH", KEYS[1], group)
  else
    local id = next_job(group)
    if id then
      count_in(group, id)
      redis.call("LPUSH", KEYS[2], id)
      redis.call("XADD", KEYS[6], "MAXLEN", "~", longest, "*", "event", "waiting", "jobId", id)
      room, moved, passed_over = room - 1, moved + 1, 0
    end
    if redis.call("LLEN", KEYS[1] .. ":" .. group) > 0 then
      redis.call("LPUSH", KEYS[1], group)
    end
  end
end

local meta = redis.call("HMGET", KEYS[3], "paused", "concurrency")
local is_maxed = meta[2] and redis.call("LLEN", KEYS[5]) >= tonumber(meta[2])
if moved > 0 and not meta[1] and not is_maxed then
  redis.call("ZADD", KEYS[4], 0, "0")
elseif soonest > 0 then
  redis.call("ZADD", KEYS[4], "LT", now + soonest, "1")
end
return { moved, soonest }
