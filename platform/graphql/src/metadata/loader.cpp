#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include <platform/graphql/metadata.hpp>

#include "metadata/node_reader.hpp"

namespace busflow::graphql::metadata {
namespace {

Result<Action> read_action(const Node& node) {
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "an action"));
  BUSFLOW_CHECK(reader.only({"name", "definition", "permissions", "comment"}));
  Action action;
  action.location = node.location;
  BUSFLOW_TRY(action.name, reader.text("name"));
  BUSFLOW_TRY(action.comment, reader.optional_text("comment"));
  if (const Node* definition = reader.find("definition")) {
    BUSFLOW_TRY(const NodeReader settings, NodeReader::from(*definition, "'definition'"));
    BUSFLOW_CHECK(settings.only({"kind", "handler", "timeout", "type"},
                                {"headers", "forward_client_headers", "request_transform", "response_transform"}));
    BUSFLOW_TRY(const std::string kind, settings.optional_text("kind"));
    if (kind == "asynchronous") return invalid(definition->location, "asynchronous actions are not served yet");
    if (!kind.empty() && kind != "synchronous") return invalid(definition->location, "'kind' must be synchronous");
  }
  BUSFLOW_TRY(const auto permissions, reader.list("permissions"));
  for (const Node* item : permissions) {
    BUSFLOW_TRY(const NodeReader permission, NodeReader::from(*item, "a permission"));
    BUSFLOW_CHECK(permission.only({"role", "comment"}));
    BUSFLOW_TRY(std::string role, permission.text("role"));
    action.roles.push_back(std::move(role));
  }
  return action;
}

template <class Items, class Name, class Member>
bool has(const Items& items, const Name& name, Member member) {
  return std::ranges::find(items, name, member) != items.end();
}

/// Adds what a second entry for the same table says; contradictions are errors.
Result<void> merge(Table& table, Table&& addition) {
  const auto again = [&](const SourceLocation& location, std::string_view what, std::string_view name) {
    return invalid(location, fmt::format("{} '{}' of {} is defined twice", what, name, table.name.describe()));
  };
  for (auto& relationship : addition.relationships) {
    if (has(table.relationships, relationship.name, &Relationship::name)) {
      return again(relationship.location, "the relationship", relationship.name);
    }
    table.relationships.push_back(std::move(relationship));
  }
  for (auto& permission : addition.select_permissions) {
    if (has(table.select_permissions, permission.role, &SelectPermission::role)) {
      return again(permission.location, "the select permission of role", permission.role);
    }
    table.select_permissions.push_back(std::move(permission));
  }
  if (!addition.custom_name.empty()) {
    if (!table.custom_name.empty()) return again(addition.location, "the custom name", addition.custom_name);
    table.custom_name = std::move(addition.custom_name);
  }
  if (table.comment.empty()) table.comment = std::move(addition.comment);
  table.custom_root_fields.merge(addition.custom_root_fields);
  table.columns.merge(addition.columns);
  return {};
}

Result<void> add_table(Metadata& metadata, const Node& node) {
  BUSFLOW_TRY(Table entry, read_table(node));
  // Merging into an empty table finds names that one entry gives twice.
  const auto known = std::ranges::find(metadata.tables, entry.name, &Table::name);
  if (known != metadata.tables.end()) return merge(*known, std::move(entry));
  Table table;
  table.name = entry.name;
  table.location = entry.location;
  BUSFLOW_CHECK(merge(table, std::move(entry)));
  metadata.tables.push_back(std::move(table));
  return {};
}

Result<void> add_tables(Metadata& metadata, const EmbeddedFile& file) {
  BUSFLOW_TRY(const Node document, parse_yaml(file));
  if (document.kind != Node::Kind::kList) return add_table(metadata, document);
  for (const Node& item : document.items) {
    BUSFLOW_CHECK(add_table(metadata, item));
  }
  return {};
}

Result<void> add_actions(Metadata& metadata, const EmbeddedFile& file) {
  BUSFLOW_TRY(const Node document, parse_yaml(file));
  if (document.kind == Node::Kind::kNull) return {};
  BUSFLOW_TRY(auto actions, read_actions(document));
  for (auto& action : actions) {
    if (has(metadata.actions, action.name, &Action::name)) {
      return invalid(action.location, fmt::format("the action '{}' is defined twice", action.name));
    }
    metadata.actions.push_back(std::move(action));
  }
  return {};
}

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_table_file(std::string_view path) {
  const bool in_folder = path.starts_with("tables/") || path.find("/tables/") != std::string_view::npos;
  return in_folder && (path.ends_with(".yaml") || path.ends_with(".yml"));
}

}  // namespace

Result<std::vector<Action>> read_actions(const Node& node) {
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "the file"));
  BUSFLOW_CHECK(reader.only({"actions", "custom_types"}));
  std::vector<Action> actions;
  BUSFLOW_TRY(const auto nodes, reader.list("actions"));
  for (const Node* item : nodes) {
    BUSFLOW_TRY(Action action, read_action(*item));
    actions.push_back(std::move(action));
  }
  return actions;
}

Result<Metadata> load(std::span<const EmbeddedFile> files) {
  Metadata metadata;
  for (const EmbeddedFile& file : files) {
    const std::string_view name = base_name(file.path);
    if (is_table_file(file.path)) {
      BUSFLOW_CHECK(add_tables(metadata, file));
    } else if (name == "actions.yaml" || name == "actions.yml") {
      BUSFLOW_CHECK(add_actions(metadata, file));
    } else if (name == "actions.graphql") {
      metadata.type_definitions.push_back(file);
    } else {
      return fail(ErrorName::kInvalidMetadata,
                  fmt::format("{}: not a file of metadata; expected tables/*.yaml, actions.yaml or actions.graphql",
                              file.path));
    }
  }
  return metadata;
}

}  // namespace busflow::graphql::metadata
