#pragma once

#include <span>
#include <string>

#include <platform/postgres/connection.hpp>

namespace busflow::postgres {

/// Makes sure that the roles of docs/adr/0005-tenancy.md exist: busflow_service (LOGIN, NOINHERIT), busflow_graphql
/// (LOGIN) and one busflow_<context> (NOLOGIN) per context, which busflow_service may take on. Idempotent. The
/// connection's user needs CREATEROLE. Passwords, where they are used, are set by the operator, not here.
Result<void> ensure_roles(Connection& connection, std::span<const std::string> contexts);

}  // namespace busflow::postgres
