#pragma once

#include <string>
#include <string_view>

#include <platform/base/result.hpp>
#include <platform/graphql/metadata/names.hpp>
#include <platform/graphql/metadata/node.hpp>

namespace busflow::graphql::metadata {

/// kInvalidMetadata: "file:line: what", or just "what" for a node without a file.
std::unexpected<Error> invalid(const SourceLocation& location, std::string_view what);

/// Puts a step in front of the error's JSONPath: "$.b" becomes "$.a.b". `step` is ".a" or "[3]".
Error within(Error error, std::string_view step);

/// A scalar's text, or an error saying that `what` must be one.
Result<std::string> scalar_text(const Node& node, std::string_view what);
/// A table: `name`, or `{schema, name}`; the schema is "public" by default.
Result<TableName> table_name(const Node& node);

}  // namespace busflow::graphql::metadata
