#include "metadata/node_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql::metadata {

std::unexpected<Error> invalid(const SourceLocation& location, std::string_view what) {
  return fail(ErrorName::kInvalidMetadata, fmt::format("{}: {}", location.describe(), what));
}

Result<NodeReader> NodeReader::from(const Node& node, std::string_view what) {
  if (node.kind != Node::Kind::kMap) return invalid(node.location, fmt::format("{} must be a map", what));
  return NodeReader(node);
}

const Node* NodeReader::find(std::string_view key) const {
  const Node* found = node_.find(key);
  return found == nullptr || found->kind == Node::Kind::kNull ? nullptr : found;
}

Result<const Node*> NodeReader::required(std::string_view key) const {
  const Node* found = find(key);
  if (found == nullptr) return invalid(node_.location, fmt::format("the key '{}' is missing", key));
  return found;
}

Result<std::string> scalar_text(const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::kList || node.kind == Node::Kind::kMap || node.kind == Node::Kind::kNull) {
    return invalid(node.location, fmt::format("{} must be text", what));
  }
  return node.text;
}

Result<std::string> NodeReader::text(std::string_view key) const {
  BUSFLOW_TRY(const Node* found, required(key));
  return scalar_text(*found, fmt::format("'{}'", key));
}

Result<std::string> NodeReader::optional_text(std::string_view key) const {
  const Node* found = find(key);
  if (found == nullptr) return std::string();
  return scalar_text(*found, fmt::format("'{}'", key));
}

Result<std::vector<std::string>> NodeReader::texts(std::string_view key) const {
  BUSFLOW_TRY(const auto nodes, list(key));
  std::vector<std::string> result;
  for (const Node* item : nodes) {
    BUSFLOW_TRY(std::string text, scalar_text(*item, fmt::format("each item of '{}'", key)));
    result.push_back(std::move(text));
  }
  return result;
}

Result<bool> NodeReader::optional_boolean(std::string_view key) const {
  const Node* found = find(key);
  if (found == nullptr) return false;
  if (found->kind != Node::Kind::kBoolean)
    return invalid(found->location, fmt::format("'{}' must be true or false", key));
  return found->text == "true";
}

Result<std::vector<const Node*>> NodeReader::list(std::string_view key) const {
  std::vector<const Node*> result;
  const Node* found = find(key);
  if (found == nullptr) return result;
  if (found->kind != Node::Kind::kList) return invalid(found->location, fmt::format("'{}' must be a list", key));
  for (const Node& item : found->items) result.push_back(&item);
  return result;
}

Result<void> NodeReader::only(std::initializer_list<std::string_view> known,
                              std::initializer_list<std::string_view> unsupported) const {
  for (const auto& [key, value] : node_.entries) {
    if (std::ranges::find(known, key) != known.end()) continue;
    if (std::ranges::find(unsupported, key) != unsupported.end()) {
      return invalid(value.location, fmt::format("'{}' is not served by this engine yet; take it out", key));
    }
    return invalid(value.location, fmt::format("unknown key '{}'; known here: {}", key, fmt::join(known, ", ")));
  }
  return {};
}

Result<TableName> table_name(const Node& node) {
  if (node.kind == Node::Kind::kText) return TableName{"public", node.text};
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "a table"));
  BUSFLOW_CHECK(reader.only({"schema", "name"}));
  TableName name;
  BUSFLOW_TRY(name.name, reader.text("name"));
  BUSFLOW_TRY(name.schema, reader.optional_text("schema"));
  if (name.schema.empty()) name.schema = "public";
  return name;
}

}  // namespace busflow::graphql::metadata
