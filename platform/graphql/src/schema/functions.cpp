#include <algorithm>

#include <fmt/format.h>

#include "schema/model.hpp"

namespace busflow::graphql::schema {
namespace {

using Origin = FunctionArgument::Origin;

/// What of a function the metadata says: which argument is the row, which the session.
struct Special {
  bool has_row = false;
  std::optional<std::string> row;  ///< Absent: the first.
  std::optional<std::string> session;
};

Origin origin_of(const CatalogFunction& known, std::size_t index, const Special& special) {
  const std::string& name = known.arguments[index].name;
  if (special.has_row && (special.row ? name == *special.row : index == 0)) return Origin::kRow;
  return special.session && name == *special.session ? Origin::kSession : Origin::kRequest;
}

std::optional<Function> function_of(const Model& model, const Database& database, const CatalogFunction& known,
                                    const Special& special) {
  Function function;
  function.sql = quote_identifier(known.schema) + "." + quote_identifier(known.name);
  function.arguments_type =
      database.naming.type({.text = known.schema == "public" ? known.name : known.schema + "_" + known.name}, "_args");
  function.returns_set = known.returns_set;
  if (known.returns_row) {
    function.target = model.find(database, {known.type_schema, known.type_name});
    if (function.target == nullptr) return std::nullopt;
  } else {
    function.result = column_type(known.type_name, known.type_schema, known.is_array);
  }
  std::size_t unnamed = 0;
  for (std::size_t i = 0; i < known.arguments.size(); ++i) {
    const CatalogArgument& argument = known.arguments[i];
    function.arguments.push_back({.name = argument.name.empty() ? "arg_" + std::to_string(++unnamed) : argument.name,
                                  .is_named = !argument.name.empty(),
                                  .type = column_type(argument.type_name, argument.type_schema, argument.is_array),
                                  .has_default = argument.has_default,
                                  .origin = origin_of(known, i, special)});
  }
  return function;
}

}  // namespace

bool Function::takes_input() const {
  return std::ranges::find(arguments, Origin::kRequest, &FunctionArgument::origin) != arguments.end();
}

void add_computed_fields(const Model& model, const Catalog& catalog, Table& table) {
  for (const auto& source : table.source->computed_fields) {
    const CatalogFunction* known = catalog.find_function(source.function.schema, source.function.name);
    if (known == nullptr || !is_graphql_name(source.name)) continue;
    auto function = function_of(model, *table.database, *known,
                                {.has_row = true, .row = source.table_argument, .session = source.session_argument});
    if (!function) continue;
    function->table = &table;
    const Function* kept = table.functions.emplace_back(std::make_unique<Function>(std::move(*function))).get();
    const std::string description = source.comment.value_or(
        known->comment.empty() ? fmt::format("A computed field, executes function \"{}\"", source.function.shortened())
                               : known->comment);
    if (kept->target != nullptr) {
      auto relationship = std::make_unique<Relationship>();
      relationship->name = source.name;
      relationship->description = description;
      relationship->is_array = kept->returns_set;
      relationship->is_target_unique = !kept->returns_set;
      relationship->target = kept->target;
      relationship->function = kept;
      table.computed_relationships.push_back(std::move(relationship));
    } else if (is_graphql_name(kept->result.graphql_name)) {
      auto column = std::make_unique<Column>();
      column->name = source.name;
      column->graphql_name = source.name;
      column->description = description;
      column->type = kept->result;
      column->is_writable = false;
      column->computed = kept;
      table.computed_columns.push_back(std::move(column));
    }
  }
}

std::unique_ptr<RootFunction> root_function(const Model& model, const Database& database, const Catalog& catalog,
                                            const metadata::Function& source) {
  const CatalogFunction* known = catalog.find_function(source.name.schema, source.name.name);
  if (known == nullptr || !known->returns_row) return nullptr;
  auto function =
      function_of(model, database, *known, {.has_row = false, .row = {}, .session = source.session_argument});
  if (!function) return nullptr;
  auto root = std::make_unique<RootFunction>();
  const Naming::Base base{.text = !source.custom_name.empty()      ? source.custom_name
                                  : source.name.schema == "public" ? source.name.name
                                                                   : source.name.schema + "_" + source.name.name,
                          .is_chosen = !source.custom_name.empty()};
  const auto named = [&](const char* key, std::string_view after) {
    const auto custom = source.custom_root_fields.find(key);
    const bool is_chosen = custom != source.custom_root_fields.end() && !custom->second.name.empty();
    return is_chosen ? database.naming.root_field({}, {.text = custom->second.name, .is_chosen = true}, {})
                     : database.naming.root_field({}, base, after);
  };
  root->function = std::move(*function);
  root->function.arguments_type = database.naming.type(base, "_args");
  root->field = named("function", {});
  root->aggregate_field = named("function_aggregate", "_aggregate");
  root->description = source.comment.value_or(known->comment);
  using enum metadata::Function::Exposure;
  root->is_mutation = source.exposed_as == kMutation || (source.exposed_as == kByVolatility && known->is_volatile);
  root->source = &source;
  if (!is_graphql_name(root->field)) return nullptr;
  return root;
}

}  // namespace busflow::graphql::schema
