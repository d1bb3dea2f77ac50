-- Deletes up to 1000 of the jobs that wait for their group's turn.
-- KEYS: groups
-- ARGV: job key prefix
-- Gives 1 when there are more.
local left = 1000
while left > 0 do
  local group = redis.call("LINDEX", KEYS[1], -1)
  if not group then
    return 0
  end
  local id = redis.call("RPOP", KEYS[1] .. ":" .. group)
  if id then
    redis.call("DEL", ARGV[1] .. id, ARGV[1] .. id .. ":logs")
    left = left - 1
  else
    redis.call("RPOP", KEYS[1])
  end
end
return 1
