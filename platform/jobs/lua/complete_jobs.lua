#!lua flags=allow-oom
-- Ends many jobs that succeeded, as BullMQ's moveToFinished ends one: the same keys, fields and events, but what
-- concerns the queue is done once, and what concerns all jobs in one command. Jobs that need more than that (of a
-- flow, or with a deduplication id) are left as they are for moveToFinished.
--
-- allow-oom: where Redis is full, jobs must be able to end; that frees memory. It is written in the first line, as Redis
-- 7 has it, because a script without it would be refused, or stopped, depending on which command it begins with.
-- KEYS: wait, active, prioritized, events, stalled, delayed, meta, completed
-- ARGV: job key prefix, now (ms), whether jobs are taken next (then "drained" is theirs to say), and for each job: id,
--       lock token, return value (JSON), most kept (-1: all), oldest kept (s; "": any age), most removed for age
-- Gives a number for each job: 0; -2 lock missing, -3 not active, -6 another's lock; 1: moveToFinished is to see to it.
-- Numbers are given as text where they never change: Lua writes each anew.
local rcall = redis.call
--- @include "includes/removeJobKeys"
--- @include "includes/removeJobsByMaxAge"
--- @include "includes/removeJobsByMaxCount"
--- @include "includes/trimEvents"

local prefix, now = ARGV[1], ARGV[2]
local FIRST, WORDS = 4, 6
local count = (#ARGV - FIRST + 1) / WORDS

local function of_all_jobs(suffix, keys)
  for i = FIRST, #ARGV, WORDS do
    keys[#keys + 1] = prefix .. ARGV[i] .. suffix
  end
  return keys
end

local locks = rcall("MGET", unpack(of_all_jobs(":lock", {})))
local has_children = rcall("EXISTS", unpack(of_all_jobs(":unsuccessful", of_all_jobs(":dependencies", {})))) > 0

-- What hinders the end of a job, as moveToFinished says it.
local function refusal(key, token, lock)
  local fields = rcall("HMGET", key, "name", "parentKey", "parent", "deid")
  if not fields[1] or fields[2] or fields[3] or fields[4] then
    return 1
  end
  if has_children and rcall("EXISTS", key .. ":dependencies", key .. ":unsuccessful") > 0 then
    return 1
  end
  if lock == token then
    return 0
  end
  return lock and -6 or -2
end

local function keep(id, key, value, most, age, limit)
  rcall("ZADD", KEYS[8], now, id)
  rcall("HINCRBY", key, "atm", "1")
  rcall("HSET", key, "returnvalue", value, "finishedOn", now)
  if age ~= "" then
    removeJobsByMaxAge(now, tonumber(age), KEYS[8], prefix, tonumber(limit))
  end
  if most > 0 then
    removeJobsByMaxCount(most, KEYS[8], prefix)
  end
end

-- Before any is written, so that none of these is trimmed.
trimEvents(KEYS[7], KEYS[4])
local codes, freed, ended = {}, {}, {}
for number = 1, count do
  local at = FIRST + (number - 1) * WORDS
  local id, token, value, most = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  local key = prefix .. id
  local code = refusal(key, token, locks[number])
  if code == 0 then
    freed[#freed + 1] = key .. ":lock"
    ended[#ended + 1] = id
    if rcall("LREM", KEYS[2], "-1", id) == 0 then
      code = -3
    else
      if most == 0 then
        for _, suffix in ipairs({ "", ":logs", ":processed", ":failed" }) do
          freed[#freed + 1] = key .. suffix
        end
      else
        keep(id, key, value, most, ARGV[at + 4], ARGV[at + 5])
      end
      rcall("XADD", KEYS[4], "*", "event", "completed", "jobId", id, "returnvalue", value, "prev", "active")
    end
  end
  codes[number] = code
end
if #ended > 0 then
  rcall("DEL", unpack(freed))
  rcall("SREM", KEYS[5], unpack(ended))
end

local function is_drained()
  if rcall("EXISTS", KEYS[1], KEYS[2], KEYS[3]) > 0 then
    return false
  end
  return ARGV[3] == "0" or (rcall("EXISTS", KEYS[6]) == 0 and not rcall("HGET", KEYS[7], "paused"))
end
if #ended > 0 and is_drained() then
  rcall("XADD", KEYS[4], "*", "event", "drained")
end
return codes
