-- wrk's requests: chains of refreshes. The file named by BENCH_TOKENS has a refresh token per line; each answer's successor is the next to be used.
local tokens = {}
for line in io.lines(os.getenv("BENCH_TOKENS")) do tokens[#tokens + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function request()
  local token = table.remove(tokens, 1)
  return wrk.format(nil, "/v1/auth/token", nil, '{"refreshToken":"' .. token .. '"}')
end

function response(status, headers, body)
  local token = string.match(body, '"refreshToken":"(%x+)"')
  if status ~= 200 or not token then
    print("WRONG " .. status .. " " .. body)
    os.exit(1)
  end
  tokens[#tokens + 1] = token
end
