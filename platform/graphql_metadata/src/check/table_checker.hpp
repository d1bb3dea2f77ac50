#pragma once

#include <set>
#include <vector>

#include <platform/graphql/catalog.hpp>
#include <platform/graphql/metadata.hpp>

#include "check/checker.hpp"

namespace busflow::graphql_metadata {

/// Looks at one tracked table: do its relationships, permissions, computed fields and triggers fit the catalog and the
/// other tables?
class TableChecker {
 public:
  TableChecker(const graphql::metadata::Source& source, const graphql::metadata::Table& table,
               const graphql::Catalog& catalog)
      : source_(source), table_(table), catalog_(catalog) {}

  std::vector<Finding> run();
  /// The other tables whose state went into the findings.
  const std::set<graphql::metadata::TableName>& looked_at() const { return looked_at_; }

 private:
  using Node = graphql::metadata::Node;
  /// A table as an expression sees it.
  struct Scope {
    graphql::metadata::TableName name;
    const graphql::metadata::Table* tracked = nullptr;
    const graphql::CatalogTable* known = nullptr;
  };

  Finding& add(ObjectId::Kind kind, const std::string& name, std::string type);
  ObjectId id(ObjectId::Kind kind, const graphql::metadata::TableName& of, const std::string& name = {}) const;
  Scope scope(const graphql::metadata::TableName& name);
  void relationship(const graphql::metadata::Relationship& relationship);
  void computed_field(const graphql::metadata::ComputedField& field);
  std::string resolve(const graphql::metadata::Relationship& relationship, Finding& finding);
  std::string foreign_key(const graphql::metadata::Relationship& relationship, Finding& finding);
  std::string manual(const graphql::metadata::Relationship& relationship, Finding& finding);
  /// Where a relationship leads; nothing when it does not fit.
  const graphql::CatalogForeignKey* find_key(const graphql::metadata::Relationship& relationship,
                                             const Scope& from) const;
  std::optional<graphql::metadata::TableName> target(const graphql::metadata::Relationship& relationship,
                                                     const Scope& from) const;

  template <class Permission>
  void permission(const Permission& permission, ObjectId::Kind kind, std::string type, const Node* filter,
                  const Node* check, const graphql::metadata::ColumnList* columns,
                  const std::map<std::string, Node>* presets);
  std::string need_columns(const std::vector<std::string>& names, const Scope& of, Finding& finding);
  std::string expression(const Node& node, const Scope& of, Finding& finding);
  std::string entry(const std::string& key, const Node& value, const Scope& of, Finding& finding);
  std::string operators(const Node& value, const Scope& of, Finding& finding);
  void event_trigger(const graphql::metadata::EventTrigger& trigger);

  const graphql::metadata::Source& source_;
  const graphql::metadata::Table& table_;
  const graphql::Catalog& catalog_;
  std::vector<Finding> findings_;
  std::set<graphql::metadata::TableName> looked_at_;
  Scope own_;
};

}  // namespace busflow::graphql_metadata
