#pragma once

#include <span>

#include <platform/base/session.hpp>
#include <platform/postgres/statement.hpp>

#include "compile/plan_parts.hpp"

namespace busflow::graphql {

/// The values of the statement's parameters, in order. Errors: a value that does not fit its type, with its path, and
/// kMissingSessionVariable.
Result<postgres::Parameters> bind_parameters(std::span<const schema::ParameterSource> sources,
                                             const json::Object& variables, const Session& session);

}  // namespace busflow::graphql
