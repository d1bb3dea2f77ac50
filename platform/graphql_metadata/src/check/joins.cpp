#include "check/joins.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/graphql/metadata/parts.hpp>

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::CustomObject;
using graphql::metadata::CustomRelationship;
using graphql::metadata::Inconsistency;
using graphql::metadata::Metadata;
using graphql::metadata::RemoteRelationship;
using graphql::metadata::Source;
using graphql::metadata::Table;
using graphql::metadata::TableName;
using graphql::metadata::TypedName;
using Kind = ObjectId::Kind;
using Mapping = std::vector<std::pair<std::string, std::string>>;

class JoinChecker {
 public:
  JoinChecker(const Metadata& metadata, const Catalogs& catalogs, std::vector<Inconsistency>& inconsistencies)
      : metadata_(metadata), catalogs_(catalogs), inconsistencies_(inconsistencies) {}

  std::vector<Finding> run() {
    for (const auto& source : metadata_.sources) {
      for (const auto& table : source.tables) {
        for (const auto& relationship : table->remote_relationships) of_table(source, *table, relationship);
      }
    }
    for (const auto& type : metadata_.custom_types.objects) {
      for (const auto& relationship : type.relationships) of_type(type, relationship);
    }
    return std::move(findings_);
  }

 private:
  void of_table(const Source& source, const Table& table, const RemoteRelationship& relationship) {
    if (!relationship.target) return;  // Of a remote schema: kept, not served.
    Finding& finding = findings_.emplace_back();
    finding.id = {Kind::kRemoteRelationship, source.name, table.name, relationship.name};
    finding.type = "remote_relationship";
    finding.needs.insert({Kind::kTable, source.name, table.name, ""});
    std::string problem;
    if (const auto* known = find_catalog(source.name, table.name)) {
      for (const auto& [own, other] : relationship.target->field_mapping) {
        finding.needs.insert({Kind::kColumn, source.name, table.name, own});
        if (problem.empty() && !has_column(*known, own)) problem = no_column(own, table.name);
      }
    }
    if (problem.empty())
      problem =
          target(relationship.target->source, relationship.target->table, relationship.target->field_mapping, finding);
    if (problem.empty()) return;
    json::Value definition = graphql::metadata::encode(relationship);
    definition.get_object()["source"] = source.name;
    definition.get_object()["table"] = graphql::metadata::encode(table.name);
    inconsistencies_.push_back(
        {.type = finding.type,
         .name = fmt::format("remote_relationship {} in table {} in source {}", relationship.name,
                             table.name.shortened(), source.name),
         .reason = fmt::format("Inconsistent object: in table \"{}\": in remote relationship \"{}\": {}",
                               table.name.shortened(), relationship.name, problem),
         .definition = std::move(definition),
         .source = source.name,
         .table = table.name,
         .object = relationship.name});
  }

  void of_type(const CustomObject& type, const CustomRelationship& relationship) {
    Finding& finding = findings_.emplace_back();
    finding.id = {Kind::kCustomTypes, "", {"", ""}, type.name + "." + relationship.name};
    finding.type = "custom_types";
    std::string problem;
    for (const auto& [own, other] : relationship.field_mapping) {
      if (problem.empty() && std::ranges::find(type.fields, own, &TypedName::name) == type.fields.end())
        problem = fmt::format("field \"{}\" does not exist", own);
    }
    if (problem.empty())
      problem = target(relationship.source, relationship.remote_table, relationship.field_mapping, finding);
    if (problem.empty()) return;
    inconsistencies_.push_back(
        {.type = finding.type,
         .name = fmt::format("relationship {} of the type {}", relationship.name, type.name),
         .reason = fmt::format("Inconsistent object: in relationship \"{}\" of the type \"{}\": {}", relationship.name,
                               type.name, problem),
         .definition = graphql::metadata::encode(relationship),
         .source = {},
         .table = {},
         .object = finding.id.name});
  }

  /// What is wrong with the other end.
  std::string target(const std::string& source_name, const TableName& table, const Mapping& mapping,
                     Finding& finding) const {
    finding.needs.insert({Kind::kSource, source_name, {"", ""}, ""});
    finding.needs.insert({Kind::kTable, source_name, table, ""});
    const auto source = std::ranges::find(metadata_.sources, source_name, &Source::name);
    if (source == metadata_.sources.end()) return fmt::format("source with name \"{}\" does not exist", source_name);
    if (source->find_table(table) == nullptr)
      return fmt::format("table \"{}\" does not exist in source: {}", table.shortened(), source_name);
    const auto* known = find_catalog(source_name, table);
    if (known == nullptr) return fmt::format("source \"{}\" is inconsistent", source_name);
    for (const auto& [own, other] : mapping) {
      finding.needs.insert({Kind::kColumn, source_name, table, other});
      if (!has_column(*known, other)) return no_column(other, table);
    }
    return {};
  }

  /// Null while the source cannot be reached, and for a table that the database does not have.
  const graphql::CatalogTable* find_catalog(const std::string& source, const TableName& table) const {
    const auto catalog = catalogs_.find(source);
    return catalog == catalogs_.end() ? nullptr : catalog->second->find(table.schema, table.name);
  }

  static bool has_column(const graphql::CatalogTable& table, const std::string& name) {
    return std::ranges::find(table.columns, name, &graphql::CatalogColumn::name) != table.columns.end();
  }

  static std::string no_column(const std::string& column, const TableName& table) {
    return fmt::format("no such column exists: \"{}\" in table \"{}\"", column, table.shortened());
  }

  const Metadata& metadata_;
  const Catalogs& catalogs_;
  std::vector<Inconsistency>& inconsistencies_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_joins(const Metadata& metadata, const Catalogs& catalogs,
                                 std::vector<Inconsistency>& inconsistencies) {
  return JoinChecker(metadata, catalogs, inconsistencies).run();
}

}  // namespace busflow::graphql_metadata
