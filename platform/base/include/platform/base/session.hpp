#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace busflow {

/// Who is asking: the role and the session variables of a verified token.
/// Names are lower case ("x-hasura-tenant-id"), values text, arrays as PostgreSQL literals, as in Hasura.
class Session {
 public:
  Session() = default;
  Session(std::string role, std::map<std::string, std::string, std::less<>> variables)
      : role_(std::move(role)), variables_(std::move(variables)) {}

  const std::string& role() const { return role_; }
  const std::map<std::string, std::string, std::less<>>& variables() const { return variables_; }
  /// Any case. Nothing when the token does not carry it.
  std::optional<std::string_view> variable(std::string_view name) const;

  /// Shorthands; empty text when absent.
  std::string_view tenant_id() const { return variable("x-hasura-tenant-id").value_or(std::string_view{}); }
  /// Whether mutations that are `backend_only` are open: the variable is kept only for callers who may ask for it.
  bool is_backend() const { return variable("x-hasura-use-backend-only-permissions").value_or("") == "true"; }
  std::string_view user_id() const { return variable("x-hasura-user-id").value_or(std::string_view{}); }

 private:
  std::string role_;
  std::map<std::string, std::string, std::less<>> variables_;
};

}  // namespace busflow
