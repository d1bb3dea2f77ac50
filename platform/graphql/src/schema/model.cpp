#include "schema/model.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include <platform/postgres/identifier.hpp>

#include "metadata/node_reader.hpp"

namespace busflow::graphql::schema {
namespace {

using metadata::invalid;

struct KnownType {
  std::string_view postgres;
  std::string_view graphql;
  ScalarKind kind;
};

constexpr std::array kKnownTypes = {
    KnownType{"int4", "Int", ScalarKind::kInteger},     KnownType{"float8", "Float", ScalarKind::kFloat},
    KnownType{"bool", "Boolean", ScalarKind::kBoolean}, KnownType{"text", "String", ScalarKind::kText},
    KnownType{"varchar", "String", ScalarKind::kText},  KnownType{"int2", "smallint", ScalarKind::kNumber},
    KnownType{"int8", "bigint", ScalarKind::kNumber},   KnownType{"numeric", "numeric", ScalarKind::kNumber},
    KnownType{"float4", "float4", ScalarKind::kNumber}, KnownType{"json", "json", ScalarKind::kJson},
    KnownType{"jsonb", "jsonb", ScalarKind::kJson},     KnownType{"money", "money", ScalarKind::kNumber},
};

/// Puts together one table. Relationships come in a second pass, when all tables are known.
class TableBuilder {
 public:
  TableBuilder(const Database& database, const metadata::Table& source, const CatalogTable& catalog)
      : database_(database), source_(source), catalog_(catalog) {}

  Result<std::unique_ptr<Table>> build() const {
    auto table = std::make_unique<Table>();
    table->database = &database_;
    table->name = source_.name;
    table->source = &source_;
    table->constraints = catalog_.constraints;
    table->is_insertable = catalog_.is_insertable;
    table->is_updatable = catalog_.is_updatable;
    table->is_deletable = catalog_.is_deletable;
    table->has_row_versions = catalog_.has_row_versions;
    table->sql = quote_identifier(source_.name.schema) + "." + quote_identifier(source_.name.name);
    const metadata::TableConfiguration& configuration = source_.configuration;
    table->base.is_chosen = !configuration.custom_name.empty();
    table->base.text = table->base.is_chosen             ? configuration.custom_name
                       : source_.name.schema == "public" ? source_.name.name
                                                         : source_.name.schema + "_" + source_.name.name;
    table->graphql_name = table->type_name({});
    if (!is_graphql_name(table->graphql_name)) {
      return invalid(source_.location,
                     fmt::format("'{}' is not a GraphQL name; set configuration.custom_name", table->graphql_name));
    }
    table->description = configuration.comment.value_or(
        catalog_.comment.empty() ? fmt::format("columns and relationships of \"{}\"", table->graphql_name)
                                 : catalog_.comment);
    name_root_fields(*table);
    BUSFLOW_CHECK(add_columns(*table));
    for (const auto& key : catalog_.primary_key) {
      const Column* column = table->find_column(key);
      if (column != nullptr) table->primary_key.push_back(column);
    }
    if (table->primary_key.size() != catalog_.primary_key.size()) table->primary_key.clear();
    return table;
  }

 private:
  void name_root_fields(Table& table) const {
    const auto& custom_fields = source_.configuration.custom_root_fields;
    const auto named = [&](const std::string& root, std::string_view before, std::string_view after) {
      const auto custom = custom_fields.find(root);
      const bool is_chosen = custom != custom_fields.end() && !custom->second.name.empty();
      return is_chosen ? database_.naming.root_field({}, {.text = custom->second.name, .is_chosen = true}, {})
                       : database_.naming.root_field(before, table.base, after);
    };
    table.select_field = named("select", {}, {});
    table.by_pk_field = named("select_by_pk", {}, "_by_pk");
    table.aggregate_field = named("select_aggregate", {}, "_aggregate");
    table.stream_field = named("select_stream", {}, "_stream");
    table.insert_field = named("insert", "insert_", {});
    table.insert_one_field = named("insert_one", "insert_", "_one");
    table.update_field = named("update", "update_", {});
    table.update_by_pk_field = named("update_by_pk", "update_", "_by_pk");
    table.update_many_field = named("update_many", "update_", "_many");
    table.delete_field = named("delete", "delete_", {});
    table.delete_by_pk_field = named("delete_by_pk", "delete_", "_by_pk");
  }

  Result<void> add_columns(Table& table) const {
    const auto& configured = source_.configuration.columns;
    for (const auto& [name, configuration] : configured) {
      if (std::ranges::find(catalog_.columns, name, &CatalogColumn::name) == catalog_.columns.end()) {
        return invalid(source_.location, fmt::format("{} has no column '{}'", source_.name.describe(), name));
      }
    }
    for (const auto& from : catalog_.columns) {
      Column column;
      column.name = from.name;
      column.sql = quote_identifier(from.name);
      column.graphql_name = database_.naming.field(from.name);
      column.description = from.comment;
      column.type = column_type(from.type_name, from.type_schema, from.is_array);
      column.is_nullable = from.is_nullable;
      column.is_writable = from.is_writable;
      if (const auto found = configured.find(from.name); found != configured.end()) {
        const auto& [custom_name, comment] = found->second;
        if (!custom_name.empty()) column.graphql_name = custom_name;
        column.description = comment.value_or(column.description);
      }
      // As in Hasura, what GraphQL cannot name is left out.
      if (is_graphql_name(column.graphql_name) && is_graphql_name(column.type.graphql_name))
        table.columns.push_back(std::move(column));
    }
    return {};
  }

  const Database& database_;
  const metadata::Table& source_;
  const CatalogTable& catalog_;
};

/// Resolves one relationship of a table.
class RelationshipBuilder {
 public:
  RelationshipBuilder(const Model& model, const Catalog& catalog, const Table& table,
                      const metadata::Relationship& source)
      : model_(model), catalog_(catalog), table_(table), source_(source) {}

  Result<std::unique_ptr<Relationship>> build() {
    relationship_->name = source_.name;
    relationship_->description = source_.comment.value_or("");
    relationship_->is_array = source_.is_array;
    if (!is_graphql_name(source_.name)) return wrong("the name is not a GraphQL name");
    const auto same_name = [&](const Column& column) { return column.graphql_name == source_.name; };
    if (std::ranges::any_of(table_.columns, same_name)) return wrong("a column has the same name");
    switch (source_.kind) {
      case metadata::Relationship::Using::kOwnForeignKey: BUSFLOW_CHECK(own_foreign_key()); break;
      case metadata::Relationship::Using::kRemoteForeignKey: BUSFLOW_CHECK(remote_foreign_key()); break;
      case metadata::Relationship::Using::kManual: BUSFLOW_CHECK(manual()); break;
    }
    relationship_->is_target_unique = is_target_unique();
    using enum metadata::Relationship::InsertionOrder;
    relationship_->is_written_after = source_.is_array || source_.insertion_order == kAfterParent ||
                                      source_.kind == metadata::Relationship::Using::kRemoteForeignKey;
    return std::move(relationship_);
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    return invalid(source_.location,
                   fmt::format("relationship '{}' of {}: {}", source_.name, table_.name.describe(), what));
  }

  Result<void> target(const metadata::TableName& name) {
    relationship_->target = model_.find(*table_.database, name);
    if (relationship_->target == nullptr) return wrong(fmt::format("the table {} is not tracked", name.describe()));
    return {};
  }

  Result<void> add_pair(const std::string& own, const std::string& remote) {
    const Column* own_column = table_.find_column(own);
    const Column* remote_column = relationship_->target->find_column(remote);
    if (own_column == nullptr) return wrong(fmt::format("{} has no column '{}'", table_.name.describe(), own));
    if (remote_column == nullptr)
      return wrong(fmt::format("{} has no column '{}'", relationship_->target->name.describe(), remote));
    relationship_->columns.emplace_back(own_column, remote_column);
    return {};
  }

  /// The foreign key over exactly these columns; `to` narrows its target.
  const CatalogForeignKey* foreign_key(const metadata::TableName& on, const metadata::TableName* to) const {
    const CatalogTable* table = catalog_.find(on.schema, on.name);
    if (table == nullptr) return nullptr;
    for (const auto& key : table->foreign_keys) {
      if (to != nullptr && (key.target_schema != to->schema || key.target_table != to->name)) continue;
      const auto is_named = [&](const auto& pair) {
        return std::ranges::find(source_.columns, pair.first) != source_.columns.end();
      };
      if (key.columns.size() == source_.columns.size() && std::ranges::all_of(key.columns, is_named)) return &key;
    }
    return nullptr;
  }

  Result<void> own_foreign_key() {
    const CatalogForeignKey* key = foreign_key(table_.name, nullptr);
    if (key == nullptr)
      return wrong(fmt::format("there is no foreign key on column {}", fmt::join(source_.columns, ", ")));
    BUSFLOW_CHECK(target({key->target_schema, key->target_table}));
    for (const auto& [own, remote] : key->columns) {
      BUSFLOW_CHECK(add_pair(own, remote));
    }
    const auto is_nullable = [](const auto& pair) { return pair.first->is_nullable; };
    relationship_->is_nullable = std::ranges::any_of(relationship_->columns, is_nullable);
    return {};
  }

  Result<void> remote_foreign_key() {
    BUSFLOW_CHECK(target(source_.remote_table));
    const CatalogForeignKey* key = foreign_key(source_.remote_table, &table_.name);
    if (key == nullptr) {
      return wrong(fmt::format("{} has no foreign key on column {} to this table", source_.remote_table.describe(),
                               fmt::join(source_.columns, ", ")));
    }
    for (const auto& [remote, own] : key->columns) {
      BUSFLOW_CHECK(add_pair(own, remote));
    }
    return {};
  }

  Result<void> manual() {
    BUSFLOW_CHECK(target(source_.remote_table));
    for (const auto& [own, remote] : source_.mapping) {
      BUSFLOW_CHECK(add_pair(own, remote));
    }
    return {};
  }

  bool is_target_unique() const {
    const CatalogTable* table = catalog_.find(relationship_->target->name.schema, relationship_->target->name.name);
    if (table == nullptr) return false;
    const auto is_joined = [&](const std::string& column) {
      return std::ranges::any_of(relationship_->columns, [&](const auto& pair) { return pair.second->name == column; });
    };
    return std::ranges::any_of(table->unique_keys,
                               [&](const auto& key) { return std::ranges::all_of(key, is_joined); });
  }

  const Model& model_;
  const Catalog& catalog_;
  const Table& table_;
  const metadata::Relationship& source_;
  std::unique_ptr<Relationship> relationship_ = std::make_unique<Relationship>();
};

/// Those types whose values a double cannot hold, and the double itself, as in Hasura.
void give_large_numbers_as_text(Table& table) {
  constexpr std::array<std::string_view, 3> kTypes = {"int8", "numeric", "float8"};
  for (Column& column : table.columns) {
    if (!column.type.is_array)
      column.is_given_as_text = std::ranges::find(kTypes, column.type.sql_name) != kTypes.end();
  }
}

/// The values of the enum that the foreign key refers to; null when it refers to none.
CatalogEnumValues values_of(const CatalogForeignKey& key, const CatalogTable& target) {
  const bool is_to_key = key.columns.size() == 1 && target.primary_key.size() == 1 &&
                         key.columns.front().second == target.primary_key.front();
  if (!is_to_key || !target.enumeration.has_value()) return nullptr;
  if (!target.enumeration->problem.empty()) return nullptr;
  return std::make_shared<const std::vector<CatalogEnumValue>>(target.enumeration->values);
}

/// Columns that refer to the key of a table that is an enum take its values, and are named by it.
void add_enums(std::span<const std::unique_ptr<Table>> tables, const Catalog& catalog) {
  for (const auto& table : tables) {
    for (const auto& key : catalog.find(table->name.schema, table->name.name)->foreign_keys) {
      const auto target = std::ranges::find_if(tables, [&](const auto& candidate) {
        return candidate->name.schema == key.target_schema && candidate->name.name == key.target_table;
      });
      if (target == tables.end() || !(*target)->source->is_enum) continue;
      const auto values = values_of(key, *catalog.find(key.target_schema, key.target_table));
      if (values == nullptr) continue;
      for (auto& column : table->columns) {
        if (column.name != key.columns.front().first) continue;
        column.type.graphql_name = (*target)->type_name("_enum");
        column.type.kind = ScalarKind::kEnum;
        column.type.enum_values = values;
      }
    }
  }
}

}  // namespace

TypeReference ColumnType::reference() const {
  const TypeReference element(graphql_name);
  return is_array ? element.non_null().list() : element;
}

ColumnType column_type(std::string_view type_name, std::string_view type_schema, bool is_array) {
  ColumnType type;
  type.is_array = is_array;
  type.graphql_name = type_name;
  const bool is_built_in = type_schema == "pg_catalog";
  type.sql_name =
      is_built_in ? std::string(type_name) : quote_identifier(type_schema) + "." + quote_identifier(type_name);
  if (type_name == "char") type.sql_name = "\"char\"";  // Not the SQL standard's char.
  if (!is_built_in) return type;
  for (const KnownType& known : kKnownTypes) {
    if (known.postgres != type_name) continue;
    type.graphql_name = known.graphql;
    type.kind = known.kind;
  }
  return type;
}

std::string quote_identifier(std::string_view name) { return postgres::quote_identifier(name); }

bool is_graphql_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name[0]) && !name.starts_with("__") && std::ranges::all_of(name, is_part);
}

const Column* Table::find_column(std::string_view sql_name) const {
  const auto found = std::ranges::find(columns, sql_name, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

const Relationship* Table::find_relationship(std::string_view relationship_name) const {
  for (const auto& relationship : relationships) {
    if (relationship->name == relationship_name) return relationship.get();
  }
  return nullptr;
}

const Column* Table::find_value(std::string_view sql_name) const {
  if (const Column* column = find_column(sql_name)) return column;
  for (const auto& column : computed_columns) {
    if (column->name == sql_name && !column->computed->takes_input()) return column.get();
  }
  return nullptr;
}

std::string Table::root_description(const std::string& root, std::string_view by_default) const {
  const auto& custom = source->configuration.custom_root_fields;
  std::string usual = fmt::format(fmt::runtime(by_default), fmt::format("\"{}\"", name.shortened()));
  const auto found = custom.find(root);
  return found == custom.end() ? usual : found->second.comment.value_or(std::move(usual));
}

const Relationship* Table::find_any_relationship(std::string_view relationship_name) const {
  if (const Relationship* relationship = find_relationship(relationship_name)) return relationship;
  for (const auto& relationship : computed_relationships) {
    if (relationship->name == relationship_name && !relationship->function->takes_input()) return relationship.get();
  }
  return nullptr;
}

const Table* Model::find(const Database& database, const metadata::TableName& name) const {
  for (const auto& table : tables_) {
    if (table->database == &database && table->name == name) return table.get();
  }
  return nullptr;
}

const Table* Model::find(std::string_view source, const metadata::TableName& name) const {
  const auto is_it = [&](const auto& table) { return table->database->source == source && table->name == name; };
  const auto found = std::ranges::find_if(tables_, is_it);
  return found == tables_.end() ? nullptr : found->get();
}

Result<Model> Model::build(const metadata::Metadata& metadata, const Catalogs& catalogs, ModelOptions options) {
  Model model;
  model.inherited_roles_ = &metadata.inherited_roles;
  for (const auto& source : metadata.sources) {
    static const Catalog kNothing;
    const auto known = catalogs.find(source.name);
    BUSFLOW_CHECK(model.add_source(source, known == catalogs.end() ? kNothing : *known->second, options));
  }
  for (const auto& table : model.tables_) {
    for (const auto& relationship : table->source->remote_relationships) {
      BUSFLOW_TRY(auto join, join_of(model, *table, relationship));
      if (join != nullptr) table->joins.push_back(std::move(join));
    }
  }
  return model;
}

Result<void> Model::add_source(const metadata::Source& source, const Catalog& catalog, ModelOptions options) {
  const Database& database = *databases_.emplace_back(std::make_unique<Database>(
      Database{.source = source.name,
               .naming = Naming(source.customization.value_or(metadata::Customization()), options.naming_convention)}));
  const std::size_t first = tables_.size();
  for (const auto& tracked : source.tables) {
    const CatalogTable* known = catalog.find(tracked->name.schema, tracked->name.name);
    if (known == nullptr) {
      return invalid(tracked->location, fmt::format("the database has no table or view {}; run the migrations first",
                                                    tracked->name.describe()));
    }
    BUSFLOW_TRY(auto table, TableBuilder(database, *tracked, *known).build());
    if (options.gives_large_numbers_as_text) give_large_numbers_as_text(*table);
    for (const auto& other : tables_) {
      if (other->graphql_name == table->graphql_name) {
        return invalid(tracked->location,
                       fmt::format("{} and {} both take the GraphQL name '{}'", other->name.describe(),
                                   tracked->name.describe(), table->graphql_name));
      }
    }
    tables_.push_back(std::move(table));
  }
  const auto own = std::span(tables_).subspan(first);
  add_enums(own, catalog);
  for (const auto& table : own) {
    for (const auto& relationship : table->source->relationships) {
      BUSFLOW_TRY(auto built, RelationshipBuilder(*this, catalog, *table, relationship).build());
      table->relationships.push_back(std::move(built));
    }
    add_computed_fields(*this, catalog, *table);
  }
  for (const auto& function : source.functions) {
    if (auto root = root_function(*this, database, catalog, function)) functions_.push_back(std::move(root));
  }
  return {};
}

}  // namespace busflow::graphql::schema
