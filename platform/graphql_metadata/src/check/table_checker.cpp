#include "check/table_checker.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/graphql/metadata/parts.hpp>

namespace busflow::graphql_metadata {

using graphql::CatalogColumn;
using graphql::CatalogForeignKey;
using graphql::CatalogTable;
using graphql::metadata::Relationship;
using graphql::metadata::TableName;
using Kind = ObjectId::Kind;
using Using = Relationship::Using;

namespace {

bool has_column(const CatalogTable& table, std::string_view name) {
  return std::ranges::find(table.columns, name, &CatalogColumn::name) != table.columns.end();
}

}  // namespace

ObjectId TableChecker::id(Kind kind, const TableName& of, const std::string& name) const {
  return {kind, source_.name, of, name};
}

Finding& TableChecker::add(Kind kind, const std::string& name, std::string type) {
  Finding& finding = findings_.emplace_back();
  finding.id = id(kind, table_.name, name);
  finding.type = std::move(type);
  if (kind != Kind::kTable) finding.needs.insert(id(Kind::kTable, table_.name));
  return finding;
}

TableChecker::Scope TableChecker::scope(const TableName& name) {
  looked_at_.insert(name);
  return {name, source_.find_table(name), catalog_.find(name.schema, name.name)};
}

std::vector<Finding> TableChecker::run() {
  own_ = scope(table_.name);
  Finding& itself = add(Kind::kTable, "", "table");
  if (own_.known == nullptr) {
    itself.reason =
        fmt::format("Inconsistent object: no such table/view exists in source: \"{}\"", table_.name.shortened());
    return std::move(findings_);
  }
  if (table_.is_enum && own_.known->enumeration && !own_.known->enumeration->problem.empty())
    itself.reason = "Inconsistent object: " + own_.known->enumeration->problem;
  for (const auto& relation : table_.relationships) relationship(relation);
  for (const auto& field : table_.computed_fields) computed_field(field);
  for (const auto& entry : table_.insert_permissions) {
    permission(entry, Kind::kInsertPermission, "insert_permission", nullptr, &entry.check,
               entry.columns ? &*entry.columns : nullptr, &entry.set);
  }
  for (const auto& entry : table_.select_permissions) {
    permission(entry, Kind::kSelectPermission, "select_permission", &entry.filter, nullptr, &entry.columns, nullptr);
  }
  for (const auto& entry : table_.update_permissions) {
    permission(entry, Kind::kUpdatePermission, "update_permission", &entry.filter,
               entry.check ? &*entry.check : nullptr, &entry.columns, &entry.set);
  }
  for (const auto& entry : table_.delete_permissions) {
    permission(entry, Kind::kDeletePermission, "delete_permission", &entry.filter, nullptr, nullptr, nullptr);
  }
  for (const auto& trigger : table_.event_triggers) event_trigger(trigger);
  return std::move(findings_);
}

void TableChecker::computed_field(const graphql::metadata::ComputedField& field) {
  Finding& finding = add(Kind::kComputedField, field.name, "computed_field");
  finding.needs.insert(id(Kind::kFunction, field.function));
  if (has_column(*own_.known, field.name)) {
    finding.reason = fmt::format(
        "Inconsistent object: in table \"{}\": in computed field \"{}\": field definition conflicts with postgres "
        "column",
        table_.name.shortened(), field.name);
  }
}

void TableChecker::event_trigger(const graphql::metadata::EventTrigger& trigger) {
  Finding& finding = add(Kind::kEventTrigger, trigger.name, "event_trigger");
  if (trigger.is_internal()) {
    finding.reason =
        fmt::format("the webhook \"{}\" is a function of the program, which has none; it must be an address",
                    trigger.webhook.value_or(""));
    return;
  }
  for (const auto* operation : {&trigger.insert, &trigger.update, &trigger.delete_}) {
    if (!*operation) continue;
    finding.reason = need_columns((*operation)->columns.names, own_, finding);
    if (!finding.reason.empty()) return;
  }
}

std::string TableChecker::need_columns(const std::vector<std::string>& names, const Scope& of, Finding& finding) {
  for (const auto& name : names) {
    if (of.known == nullptr || !has_column(*of.known, name))
      return fmt::format("column \"{}\" does not exist in table \"{}\"", name, of.name.shortened());
    finding.needs.insert(id(Kind::kColumn, of.name, name));
  }
  return {};
}

// ---- Relationships
// ---------------------------------------------------------------------------------------------------

void TableChecker::relationship(const Relationship& relationship) {
  Finding& finding =
      add(Kind::kRelationship, relationship.name, relationship.is_array ? "array_relation" : "object_relation");
  finding.is_relationship_array = relationship.is_array;
  const auto is_taken = [&](const CatalogColumn& column) {
    const auto configured = table_.configuration.columns.find(column.name);
    const bool is_custom = configured != table_.configuration.columns.end() && !configured->second.custom_name.empty();
    const std::string& field = is_custom ? configured->second.custom_name : column.name;
    return field == relationship.name;
  };
  const auto conflict = std::ranges::find_if(own_.known->columns, is_taken);
  if (conflict != own_.known->columns.end()) {
    finding.reason =
        fmt::format("Inconsistent object: field definition conflicts with {} for postgres column \"{}\"",
                    conflict->name == relationship.name ? "postgres column" : "custom field name", conflict->name);
    if (conflict->name == relationship.name) {
      finding.reason = fmt::format("Inconsistent object: field definition conflicts with postgres column");
    }
    return;
  }
  const std::string problem = resolve(relationship, finding);
  if (!problem.empty()) {
    finding.reason = fmt::format("Inconsistent object: in table \"{}\": in relationship \"{}\": {}",
                                 table_.name.shortened(), relationship.name, problem);
  }
}

std::string TableChecker::resolve(const Relationship& relationship, Finding& finding) {
  std::string problem =
      relationship.kind == Using::kManual ? manual(relationship, finding) : foreign_key(relationship, finding);
  if (!problem.empty()) return problem;
  const auto to = target(relationship, own_);
  if (!to) return {};
  const Scope remote = scope(*to);
  if (*to != table_.name) finding.needs.insert(id(Kind::kTable, *to));
  if (remote.tracked == nullptr) return fmt::format("table \"{}\" is not tracked", to->shortened());
  return {};
}

const CatalogForeignKey* TableChecker::find_key(const Relationship& relationship, const Scope& from) const {
  const bool is_own = relationship.kind == Using::kOwnForeignKey;
  const TableName& holder = is_own ? from.name : relationship.remote_table;
  const CatalogTable* table = catalog_.find(holder.schema, holder.name);
  if (table == nullptr) return nullptr;
  const auto fits = [&](const CatalogForeignKey& key) {
    const auto is_named = [&](const auto& pair) {
      return std::ranges::find(relationship.columns, pair.first) != relationship.columns.end();
    };
    const bool leads_here = is_own || (key.target_schema == from.name.schema && key.target_table == from.name.name);
    return leads_here && key.columns.size() == relationship.columns.size() &&
           std::ranges::all_of(key.columns, is_named);
  };
  const auto found = std::ranges::find_if(table->foreign_keys, fits);
  return found == table->foreign_keys.end() ? nullptr : &*found;
}

std::optional<TableName> TableChecker::target(const Relationship& relationship, const Scope& from) const {
  if (relationship.kind != Using::kOwnForeignKey) return relationship.remote_table;
  const CatalogForeignKey* key = find_key(relationship, from);
  if (key == nullptr) return std::nullopt;
  return TableName{key->target_schema, key->target_table};
}

std::string TableChecker::foreign_key(const Relationship& relationship, Finding& finding) {
  const bool is_own = relationship.kind == Using::kOwnForeignKey;
  const Scope holder = is_own ? own_ : scope(relationship.remote_table);
  if (!is_own && holder.known == nullptr) {
    return fmt::format("table \"{}\" does not exist in source: {}", relationship.remote_table.shortened(),
                       source_.name);
  }
  if (const std::string problem = need_columns(relationship.columns, holder, finding); !problem.empty()) return problem;
  if (find_key(relationship, own_) == nullptr) {
    return fmt::format("no foreign constraint exists on the given column(s)");
  }
  return {};
}

std::string TableChecker::manual(const Relationship& relationship, Finding& finding) {
  const Scope remote = scope(relationship.remote_table);
  if (remote.known == nullptr) {
    return fmt::format("table \"{}\" does not exist in source: {}", relationship.remote_table.shortened(),
                       source_.name);
  }
  for (const auto& [own, other] : relationship.mapping) {
    if (const std::string problem = need_columns({own}, own_, finding); !problem.empty()) return problem;
    if (const std::string problem = need_columns({other}, remote, finding); !problem.empty()) return problem;
  }
  return {};
}

// ---- Permissions
// -----------------------------------------------------------------------------------------------------

template <class Permission>
void TableChecker::permission(const Permission& permission, Kind kind, std::string type, const Node* filter,
                              const Node* check, const graphql::metadata::ColumnList* columns,
                              const std::map<std::string, Node>* presets) {
  Finding& finding = add(kind, permission.role, std::move(type));
  std::string problem;
  if (columns != nullptr) problem = need_columns(columns->names, own_, finding);
  if (problem.empty() && presets != nullptr) {
    std::vector<std::string> names;
    for (const auto& [column, value] : *presets) names.push_back(column);
    problem = need_columns(names, own_, finding);
    for (const auto& name : names) finding.compares.insert(id(Kind::kColumn, own_.name, name));
  }
  if (problem.empty() && filter != nullptr) problem = expression(*filter, own_, finding);
  if (problem.empty() && check != nullptr) problem = expression(*check, own_, finding);
  if constexpr (requires { permission.computed_fields; }) {
    for (const auto& name : permission.computed_fields) {
      const auto known = std::ranges::find(table_.computed_fields, name, &graphql::metadata::ComputedField::name);
      if (known == table_.computed_fields.end() && problem.empty())
        problem = fmt::format("computed field \"{}\" does not exist", name);
      finding.needs.insert(id(Kind::kComputedField, table_.name, name));
    }
  }
  if (!problem.empty()) {
    finding.reason = fmt::format("Inconsistent object: in table \"{}\": in permission for role \"{}\": {}",
                                 table_.name.shortened(), permission.role, problem);
  }
}

std::string TableChecker::expression(const Node& node, const Scope& of, Finding& finding) {
  if (node.kind == Node::Kind::kNull) return {};
  if (node.kind != Node::Kind::kMap) return "expecting an object for a boolean expression";
  for (const auto& [key, value] : node.entries) {
    if (std::string problem = entry(key, value, of, finding); !problem.empty()) return problem;
  }
  return {};
}

std::string TableChecker::entry(const std::string& key, const Node& value, const Scope& of, Finding& finding) {
  if (key == "_and" || key == "$and" || key == "_or" || key == "$or") {
    for (const Node& item : value.items) {
      if (std::string problem = expression(item, of, finding); !problem.empty()) return problem;
    }
    return {};
  }
  if (key == "_not" || key == "$not") return expression(value, of, finding);
  if (key == "_exists" || key == "$exists") {
    const Node* table = value.find("_table");
    const Node* where = value.find("_where");
    TableName name;
    if (table == nullptr || where == nullptr || !decode(*table, name)) return "_exists takes {_table, _where}";
    const Scope other = scope(name);
    if (name != table_.name) finding.needs.insert(id(Kind::kTable, name));
    if (other.tracked == nullptr) return fmt::format("table \"{}\" is not tracked", name.shortened());
    return expression(*where, other, finding);
  }
  if (of.known != nullptr && has_column(*of.known, key)) {
    finding.needs.insert(id(Kind::kColumn, of.name, key));
    finding.compares.insert(id(Kind::kColumn, of.name, key));
    return operators(value, of, finding);
  }
  if (of.tracked != nullptr) {
    const auto found = std::ranges::find(of.tracked->relationships, key, &Relationship::name);
    if (found != of.tracked->relationships.end()) {
      finding.needs.insert(id(Kind::kRelationship, of.name, key));
      const auto to = target(*found, of);
      return to ? expression(value, scope(*to), finding) : std::string();
    }
    const auto field = std::ranges::find(of.tracked->computed_fields, key, &graphql::metadata::ComputedField::name);
    if (field != of.tracked->computed_fields.end()) {
      finding.needs.insert(id(Kind::kComputedField, of.name, key));
      return {};
    }
  }
  return fmt::format("\"{}\" does not exist", key);
}

/// Of the operators, only those that compare with another column refer to anything.
std::string TableChecker::operators(const Node& value, const Scope& of, Finding& finding) {
  for (const auto& [key, operand] : value.entries) {
    const bool compares_columns = key.size() == 4 && key[1] == 'c' && (key.ends_with("eq") || key.ends_with("ne"));
    const bool compares_order = key == "_cgt" || key == "_clt" || key == "_cgte" || key == "_clte" || key == "$cgt" ||
                                key == "$clt" || key == "$cgte" || key == "$clte";
    if (!compares_columns && !compares_order) continue;
    const bool of_root = operand.kind == Node::Kind::kList && operand.items.size() == 2;
    const Node& column = of_root ? operand.items[1] : operand;
    if (column.kind != Node::Kind::kText) continue;
    if (std::string problem = need_columns({column.text}, of_root ? own_ : of, finding); !problem.empty())
      return problem;
  }
  return {};
}

}  // namespace busflow::graphql_metadata
