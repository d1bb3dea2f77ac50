#include <platform/token/minter.hpp>

#include <platform/json/json.hpp>

namespace busflow::token {

Result<Minter> Minter::create(std::string_view keys, std::string issuer, std::chrono::seconds lifetime) {
  BUSFLOW_TRY(auto read, SigningKeys::read(keys));
  return Minter(std::move(read), std::move(issuer), lifetime);
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
  return keys_.sign(json::serialize(payload));
}

}  // namespace busflow::token
