-- wrk's requests: a GraphQL query by a random key. The file named by BENCH_REQUEST has the two lines token and query.
-- With BENCH_VERIFY=1 every answer is looked at, which takes the client longer than the request: not while measuring.
local file = assert(io.open(os.getenv("BENCH_REQUEST")))
local token, query = file:read("l"), file:read("l")
file:close()
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. token

local requests = {}
function init()
  for key = 1, 2000 do
    local id = string.format("00000000-0000-8000-8000-%012d", key)
    requests[key] = wrk.format(nil, "/v1/graphql", nil, '{"query":"' .. query .. '","variables":{"id":"' .. id .. '"}}')
  end
end

function request()
  return requests[math.random(1, 2000)]
end

if os.getenv("BENCH_VERIFY") == "1" then
  local wrong = 0
  function response(_, _, body)
    if body:find('"errors"', 1, true) then wrong = wrong + 1 end
    if wrong == 1 then print("WRONG " .. body) end
  end
end
