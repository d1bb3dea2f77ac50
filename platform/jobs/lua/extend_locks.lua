-- Renews the locks of jobs in progress.
-- KEYS: stalled
-- ARGV: job key prefix, lock duration (ms), then token and id of each job
-- Gives the ids whose lock is no longer the worker's.
local lost = {}
for i = 3, #ARGV, 2 do
  local lock = ARGV[1] .. ARGV[i + 1] .. ":lock"
  if redis.call("GET", lock) == ARGV[i] then
    redis.call("SET", lock, ARGV[i], "PX", ARGV[2])
    redis.call("SREM", KEYS[1], ARGV[i + 1])
  else
    table.insert(lost, ARGV[i + 1])
  end
end
return lost
