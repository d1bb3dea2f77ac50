#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/graphql/plan.hpp>

namespace busflow::graphql {

/// The operations of an executable document, without asking a schema. kValidationFailed when it cannot be parsed.
Result<std::vector<OperationKind>> operation_kinds(std::string_view query);

/// The variables that the document's operations declare, with their types: "ids" → "[uuid!]!".
Result<std::map<std::string, std::string>> declared_variables(std::string_view query);

}  // namespace busflow::graphql
