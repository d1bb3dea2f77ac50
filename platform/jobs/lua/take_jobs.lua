#!lua flags=allow-oom
-- Takes many jobs, as BullMQ's moveToActive takes one: the same keys, fields and events, but what concerns the queue is
-- done once.
-- KEYS: wait, active, prioritized, events, delayed, meta, pc, marker
-- ARGV: job key prefix, now (ms), lock duration (ms), worker's name, a lock token for each job that may be taken
-- Gives {when the next delayed job is due (ms, as text) or "", id, hash, id, hash, …}, or nothing where the queue has a
-- rate limit: then moveToActive is to take them. allow-oom: see complete_jobs.lua; what is not taken never ends.
local rcall = redis.call
--- @include "includes/getNextDelayedTimestamp"
--- @include "includes/promoteDelayedJobs"

local prefix, now, lock_duration, worker = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local FIRST = 5
local room = #ARGV - FIRST + 1

local meta = rcall("HMGET", KEYS[6], "paused", "concurrency", "max")
if meta[3] then
  return false
end
if meta[2] then
  room = math.min(room, tonumber(meta[2]) - rcall("LLEN", KEYS[2]))
end
local is_closed = meta[1] or room <= 0
promoteDelayedJobs(KEYS[5], KEYS[8], KEYS[1], KEYS[3], KEYS[4], prefix, now, KEYS[7], is_closed)
local taken = { tostring(getNextDelayedTimestamp(KEYS[5]) or "") }
if is_closed then
  return taken
end

-- Ids that begin with "0:" are marks of BullMQ 4, no jobs.
local function next_jobs()
  local ids = {}
  for _, id in ipairs(rcall("RPOP", KEYS[1], room) or {}) do
    if string.sub(id, 1, 2) ~= "0:" then
      ids[#ids + 1] = id
    end
  end
  if #ids < room then
    local popped = rcall("ZPOPMIN", KEYS[3], room - #ids)
    for i = 1, #popped, 2 do
      ids[#ids + 1] = popped[i]
    end
    if #ids < room then
      rcall("DEL", KEYS[7])
    end
  end
  return ids
end

-- The job's fields, with those that change now.
local function take(id, token)
  local key = prefix .. id
  rcall("SET", key .. ":lock", token, "PX", lock_duration)
  rcall("XADD", KEYS[4], "*", "event", "active", "jobId", id, "prev", "waiting")
  rcall("HMSET", key, "processedOn", now, "pb", worker)
  rcall("HINCRBY", key, "ats", "1")
  return rcall("HGETALL", key)
end

local ids = next_jobs()
if #ids == 0 then
  return taken
end
rcall("LPUSH", KEYS[2], unpack(ids))
for i, id in ipairs(ids) do
  taken[#taken + 1] = id
  taken[#taken + 1] = take(id, ARGV[FIRST + i - 1])
end
-- Somebody is to look again: for those that wait, or for when the next delayed one is due.
if rcall("EXISTS", KEYS[1], KEYS[3], KEYS[5]) > 0 then
  rcall("ZADD", KEYS[8], 0, "0")
end
return taken
