-- How many jobs wait for their group's turn, and a part of their ids: group after group in turn, each in its order.
-- They stand after those in `wait`, which are passed over first.
-- KEYS: groups, wait
-- ARGV: ids to pass over, most ids to give
-- Gives {count, id, …}.
local skip, most = math.max(0, tonumber(ARGV[1]) - redis.call("LLEN", KEYS[2])), tonumber(ARGV[2])
local found = { 0 }
for _, group in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local key = KEYS[1] .. ":" .. group
  local length = redis.call("LLEN", key)
  found[1] = found[1] + length
  local wanted = math.min(length - skip, most - #found + 1)
  if wanted > 0 then
    -- The next job stands at the end.
    local ids = redis.call("LRANGE", key, -skip - wanted, -skip - 1)
    for i = #ids, 1, -1 do
      found[#found + 1] = ids[i]
    end
  end
  skip = math.max(0, skip - length)
end
return found
