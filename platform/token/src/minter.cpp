#include <platform/token/minter.hpp>

#include <cstdlib>
#include <memory>
#include <new>

#include <jwt.h>

#include <fmt/format.h>

#include <platform/json/json.hpp>

namespace busflow::token {
namespace {

struct FreeJwt {
  void operator()(jwt_t* jwt) const { jwt_free(jwt); }
};

}  // namespace

Result<Minter> Minter::create(std::string key, std::string issuer, std::chrono::seconds lifetime) {
  if (key.size() < kShortestKey) {
    return fail(ErrorName::kInvalidSetting,
                fmt::format("auth.jwt_key has {} bytes; it needs at least {}", key.size(), kShortestKey));
  }
  return Minter(std::move(key), std::move(issuer), lifetime);
}

std::string Minter::mint(const AccessTokenRequest& request, WallTime now) const {
  json::Object claims;
  for (const auto& [name, value] : request.variables) claims[name] = value;
  claims["x-hasura-user-id"] = request.subject;
  claims["x-hasura-default-role"] = request.default_role;
  claims["x-hasura-role"] = request.default_role;
  json::Array roles;
  for (const auto& role : request.allowed_roles) roles.emplace_back(role);
  claims["x-hasura-allowed-roles"] = std::move(roles);
  const auto issued = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  const json::Object payload{{"sub", request.subject},
                             {"email", request.email},
                             {"iss", issuer_},
                             {"iat", issued.count()},
                             {"exp", (issued + lifetime_).count()},
                             {kClaimsNamespace, std::move(claims)}};
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0) throw std::bad_alloc();
  const std::unique_ptr<jwt_t, FreeJwt> jwt(raw);
  const auto* key = reinterpret_cast<const unsigned char*>(key_.data());
  if (jwt_add_grants_json(raw, json::serialize(payload).c_str()) != 0 ||
      jwt_set_alg(raw, JWT_ALG_HS256, key, static_cast<int>(key_.size())) != 0) {
    throw std::bad_alloc();
  }
  const std::unique_ptr<char, void (*)(void*)> text(jwt_encode_str(raw), [](void* memory) { std::free(memory); });
  if (!text) throw std::bad_alloc();
  return text.get();
}

}  // namespace busflow::token
