#include <platform/postgres/roles.hpp>

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace busflow::postgres {
namespace {

std::string create_role(std::string_view name, std::string_view attributes) {
  return fmt::format(
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{0}') THEN CREATE ROLE {0} {1}; END IF; "
      "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;\n",
      name, attributes);
}

}  // namespace

Result<void> ensure_roles(Connection& connection, std::span<const std::string> contexts) {
  std::string sql = create_role("busflow_service", "LOGIN NOINHERIT") + create_role("busflow_graphql", "LOGIN");
  for (const auto& context : contexts) {
    if (!std::ranges::all_of(context, [](char c) { return c >= 'a' && c <= 'z'; })) {
      throw std::logic_error("not a context name: " + context);
    }
    const auto role = "busflow_" + context;
    sql += create_role(role, "NOLOGIN");
    sql += fmt::format("GRANT {} TO busflow_service;\n", role);
  }
  BUSFLOW_CHECK(connection.run(sql));
  return {};
}

}  // namespace busflow::postgres
