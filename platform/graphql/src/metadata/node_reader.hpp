#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>

namespace busflow::graphql::metadata {

/// kInvalidMetadata "file:line: what".
std::unexpected<Error> invalid(const SourceLocation& location, std::string_view what);

/// Reads fields of a map with errors that name file and line. The node must outlive the reader.
class NodeReader {
 public:
  static Result<NodeReader> from(const Node& node, std::string_view what);

  const Node& node() const { return node_; }
  /// Nothing when absent or null.
  const Node* find(std::string_view key) const;
  Result<const Node*> required(std::string_view key) const;
  Result<std::string> text(std::string_view key) const;
  Result<std::string> optional_text(std::string_view key) const;
  Result<std::vector<std::string>> texts(std::string_view key) const;
  Result<bool> optional_boolean(std::string_view key) const;
  /// Empty list when absent.
  Result<std::vector<const Node*>> list(std::string_view key) const;
  /// An error that names the first key that is not known; `unsupported` are Hasura's that this engine does not serve.
  Result<void> only(std::initializer_list<std::string_view> known,
                    std::initializer_list<std::string_view> unsupported = {}) const;

 private:
  explicit NodeReader(const Node& node) : node_(node) {}
  const Node& node_;
};

/// A scalar's text, or an error saying that `what` must be one.
Result<std::string> scalar_text(const Node& node, std::string_view what);
/// A table: `name`, or `{schema, name}`; the schema is "public" by default.
Result<TableName> table_name(const Node& node);

Result<Table> read_table(const Node& node);
Result<std::vector<Action>> read_actions(const Node& node);

}  // namespace busflow::graphql::metadata
