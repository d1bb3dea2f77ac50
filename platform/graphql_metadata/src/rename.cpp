#include <algorithm>
#include <memory>

#include <platform/graphql/metadata/parts.hpp>

#include "catalog_diff.hpp"

/// Names of tables and columns stand in many places of the metadata: each has its rule here.
namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::ColumnList;
using graphql::metadata::Node;
using graphql::metadata::Relationship;
using graphql::metadata::Source;
using graphql::metadata::Table;
using graphql::metadata::TableName;

void rename_in(std::vector<std::string>& names, const std::string& from, const std::string& to) {
  std::ranges::replace(names, from, to);
}

template <class Value>
void rename_key(std::map<std::string, Value>& entries, const std::string& from, const std::string& to) {
  auto entry = entries.extract(from);
  if (entry.empty()) return;
  entry.key() = to;
  entries.insert(std::move(entry));
}

/// Where a relationship of a table leads.
std::optional<TableName> target_of(const Relationship& relationship, const TableName& of,
                                   const graphql::Catalog& catalog) {
  if (relationship.kind != Relationship::Using::kOwnForeignKey) return relationship.remote_table;
  const auto* known = catalog.find(of.schema, of.name);
  if (known == nullptr) return std::nullopt;
  for (const auto& key : known->foreign_keys) {
    const auto is_named = [&](const auto& pair) {
      return std::ranges::find(relationship.columns, pair.first) != relationship.columns.end();
    };
    if (key.columns.size() == relationship.columns.size() && std::ranges::all_of(key.columns, is_named))
      return TableName{key.target_schema, key.target_table};
  }
  return std::nullopt;
}

/// Renames a column in boolean expressions, along the relationships that they follow.
class ColumnRenamer {
 public:
  ColumnRenamer(const Source& source, const graphql::Catalog& catalog, const TableName& table, const std::string& from,
                const std::string& to)
      : source_(source), catalog_(catalog), table_(table), from_(from), to_(to) {}

  void expression(Node& node, const TableName& of) const {
    for (auto& entry : node.entries) {
      const std::string& key = entry.key;
      if (key == "_exists" || key == "$exists") {
        exists(entry.value);
      } else if (key == "_not" || key == "$not") {
        expression(entry.value, of);
      } else if (key == "_and" || key == "$and" || key == "_or" || key == "$or") {
        for (Node& item : entry.value.items) expression(item, of);
      } else if (const auto to = relationship_target(key, of)) {
        expression(entry.value, *to);
      } else {
        operands(entry.value, of);
        if (of == table_ && key == from_) entry.key = to_;
      }
    }
  }

 private:
  void exists(Node& node) const {
    TableName name;
    for (auto& entry : node.entries) {
      if (entry.key == "_table" && !decode(entry.value, name)) return;
    }
    for (auto& entry : node.entries) {
      if (entry.key == "_where") expression(entry.value, name);
    }
  }

  std::optional<TableName> relationship_target(const std::string& key, const TableName& of) const {
    const Table* table = source_.find_table(of);
    if (table == nullptr) return std::nullopt;
    const auto found = std::ranges::find(table->relationships, key, &Relationship::name);
    if (found == table->relationships.end()) return std::nullopt;
    return target_of(*found, of, catalog_);
  }

  /// `{_ceq: column}` compares with another column.
  void operands(Node& node, const TableName& of) const {
    for (auto& entry : node.entries) {
      const bool compares = entry.key.size() >= 4 && entry.key[1] == 'c' && entry.key != "_cast" &&
                            entry.key.find("contain") == std::string::npos;
      if (compares && entry.value.kind == Node::Kind::kText && of == table_ && entry.value.text == from_)
        entry.value.text = to_;
    }
  }

  const Source& source_;
  const graphql::Catalog& catalog_;
  const TableName& table_;
  const std::string& from_;
  const std::string& to_;
};

void rename_own(Table& table, const std::string& from, const std::string& to) {
  const auto in_list = [&](ColumnList& list) { rename_in(list.names, from, to); };
  rename_key(table.configuration.columns, from, to);
  for (auto& permission : table.insert_permissions) {
    if (permission.columns) in_list(*permission.columns);
    rename_key(permission.set, from, to);
  }
  for (auto& permission : table.select_permissions) in_list(permission.columns);
  for (auto& permission : table.update_permissions) {
    in_list(permission.columns);
    rename_key(permission.set, from, to);
  }
  for (auto& trigger : table.event_triggers) {
    for (auto* operation : {&trigger.insert, &trigger.update, &trigger.delete_}) {
      if (!*operation) continue;
      in_list((*operation)->columns);
      if ((*operation)->payload) in_list(*(*operation)->payload);
    }
  }
}

void rename_in_relationships(Table& table, const TableName& of, const std::string& from, const std::string& to) {
  for (Relationship& relationship : table.relationships) {
    const bool holds_key =
        relationship.kind == Relationship::Using::kOwnForeignKey
            ? table.name == of
            : relationship.kind == Relationship::Using::kRemoteForeignKey && relationship.remote_table == of;
    if (holds_key) rename_in(relationship.columns, from, to);
    for (auto& [own, remote] : relationship.mapping) {
      if (table.name == of && own == from) own = to;
      if (relationship.remote_table == of && remote == from) remote = to;
    }
  }
}

template <class Change>
void for_each_expression(Table& table, Change change) {
  for (auto& permission : table.insert_permissions) change(permission.check);
  for (auto& permission : table.select_permissions) change(permission.filter);
  for (auto& permission : table.update_permissions) {
    change(permission.filter);
    if (permission.check) change(*permission.check);
  }
  for (auto& permission : table.delete_permissions) change(permission.filter);
}

void rename_table_in(Node& node, const TableName& from, const TableName& to) {
  for (Node& item : node.items) rename_table_in(item, from, to);
  for (auto& entry : node.entries) {
    TableName name;
    if (entry.key == "_table" && decode(entry.value, name) && name == from)
      entry.value = graphql::metadata::node_of(graphql::metadata::encode(to));
    rename_table_in(entry.value, from, to);
  }
}

}  // namespace

void rename_column(Source& source, const graphql::Catalog& catalog, const TableName& table, const std::string& from,
                   const std::string& to) {
  const Source before = source;  // Relationships are looked up as they were.
  const ColumnRenamer renamer(before, catalog, table, from, to);
  for (auto& shared : source.tables) {
    auto copy = std::make_shared<Table>(*shared);
    if (copy->name == table) rename_own(*copy, from, to);
    rename_in_relationships(*copy, table, from, to);
    for_each_expression(*copy, [&](Node& node) { renamer.expression(node, copy->name); });
    shared = std::move(copy);
  }
}

void rename_table(Source& source, const TableName& from, const TableName& to) {
  for (auto& shared : source.tables) {
    auto copy = std::make_shared<Table>(*shared);
    if (copy->name == from) copy->name = to;
    for (Relationship& relationship : copy->relationships) {
      if (relationship.remote_table == from) relationship.remote_table = to;
    }
    for_each_expression(*copy, [&](Node& node) { rename_table_in(node, from, to); });
    shared = std::move(copy);
  }
}

}  // namespace busflow::graphql_metadata
