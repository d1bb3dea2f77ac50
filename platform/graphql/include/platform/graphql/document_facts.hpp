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

/// The names under which the first operation's root fields are answered, in their order.
Result<std::vector<std::string>> root_fields(std::string_view query);

/// The same for documents that differ only in layout, comments and `__typename`.
Result<std::string> normal_form(std::string_view query);

}  // namespace busflow::graphql
