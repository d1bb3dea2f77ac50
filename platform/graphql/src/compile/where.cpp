#include "compile/where.hpp"

#include <fmt/format.h>

#include "schema/role_schema.hpp"

namespace busflow::graphql::compile {
namespace {

using schema::Condition;
using schema::Operator;
using schema::ParameterSource;

Condition simplify(std::vector<Condition> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return Condition::all_of(std::move(parts));
}

}  // namespace

Result<ParameterSource> bind_value(const VariableResolver& variables, const Input& input, const TypeReference& place,
                                   ParameterSource source, const Path& path) {
  source.rule.path = path.to_string();
  BUSFLOW_TRY(const auto resolved, variables.resolve(input, place, false, path));
  if (!resolved) return path.fail(fmt::format("unexpected null value for type '{}'", source.rule.type_name));
  if (resolved->kind() == Input::Kind::kVariable) {
    source.kind = ParameterSource::Kind::kVariable;
    source.name = resolved->text();
    const auto* definition = variables.definition(source.name);
    if (definition != nullptr && definition->default_value) {
      source.has_default = true;
      BUSFLOW_TRY(source.constant, coerce(Input::literal(*definition->default_value), source.rule));
    }
    return source;
  }
  if (resolved->is_json()) {
    // Checked each time it is bound, this time included; only nulls matter for the statement.
    if (resolved->is_null() && !source.rule.is_nullable)
      return path.fail(fmt::format("unexpected null value for type '{}'", source.rule.type_name));
    source.kind = ParameterSource::Kind::kVariable;
    source.name = resolved->variable();
    source.inside = resolved->inside();
    return source;
  }
  if (source.rule.kind == schema::ScalarKind::kJson && resolved->mentions_variable()) {
    source.kind = ParameterSource::Kind::kJsonTemplate;
    source.json_template =
        std::make_shared<const schema::JsonTemplate>(*resolved->as_literal(), variables.definitions());
    return source;
  }
  source.kind = ParameterSource::Kind::kConstant;
  BUSFLOW_TRY(source.constant, coerce(*resolved, source.rule));
  return source;
}

Result<Condition> WhereCompiler::expression(const schema::TableAccess& access, const Input& input,
                                            const Path& path) const {
  const std::string type = schema::bool_exp_type(*access.table);
  if (input.kind() != Input::Kind::kObject) return mismatch(input, "an object", type, path.to_string());
  std::vector<Condition> parts;
  for (std::size_t i = 0; i < input.field_count(); ++i) {
    const std::string_view key = input.field_name(i);
    const Path inner(path, key);
    BUSFLOW_TRY(Condition part, entry(access, key, input.field(i), inner));
    parts.push_back(std::move(part));
  }
  return simplify(std::move(parts));
}

Result<Condition> WhereCompiler::entry(const schema::TableAccess& access, std::string_view key, const Input& value,
                                       const Path& path) const {
  const TypeReference own(schema::bool_exp_type(*access.table));
  const auto resolved_as = [&](const TypeReference& place) -> Result<Input> {
    BUSFLOW_TRY(const auto resolved, variables_.resolve(value, place, false, path));
    // An absent variable counts as null, and null is refused: a filter that vanishes would open all rows.
    if (!resolved || resolved->is_null())
      return path.fail(fmt::format("unexpected null value for type '{}'", place.to_string()));
    return *resolved;
  };
  if (key == "_and" || key == "_or") {
    BUSFLOW_TRY(const Input items, resolved_as(own.non_null().list()));
    return list(access, items, key == "_and" ? Condition::Kind::kAnd : Condition::Kind::kOr, path);
  }
  if (key == "_not") {
    BUSFLOW_TRY(const Input inner, resolved_as(own));
    BUSFLOW_TRY(Condition child, expression(access, inner, path));
    Condition negation;
    negation.kind = Condition::Kind::kNot;
    negation.children.push_back(std::move(child));
    return negation;
  }
  if (const schema::Column* column = access.find_value(key)) {
    const schema::Naming& naming = access.table->naming();
    BUSFLOW_TRY(const Input inner, resolved_as(TypeReference(schema::comparison_type(naming, column->type))));
    return comparisons(naming, *column, {}, inner, path);
  }
  const schema::RelationshipAccess* relationship = access.find_relationship(key);
  if (relationship != nullptr && !relationship->takes_input()) {
    BUSFLOW_TRY(const Input inner, resolved_as(TypeReference(schema::bool_exp_type(*relationship->target->table))));
    return related(*relationship, inner, path);
  }
  if (const auto* aggregated = access.find_aggregate(key)) {
    BUSFLOW_TRY(const Input inner,
                resolved_as(TypeReference(schema::aggregate_bool_exp_type(*aggregated->target->table))));
    return aggregates(*aggregated, inner, path);
  }
  return path.fail(fmt::format("field '{}' not found in type: '{}'", key, own.name()));
}

Result<Condition> WhereCompiler::list(const schema::TableAccess& access, const Input& value, Condition::Kind kind,
                                      const Path& path) const {
  Condition condition;
  condition.kind = kind;
  const bool is_list = value.kind() == Input::Kind::kList;
  const std::size_t count = is_list ? value.item_count() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const Path item_path(path, i);
    BUSFLOW_TRY(Condition child, nested(access, is_list ? value.item(i) : value, item_path));
    condition.children.push_back(std::move(child));
  }
  return condition;
}

Result<Condition> WhereCompiler::nested(const schema::TableAccess& access, const Input& value, const Path& path) const {
  const TypeReference own(schema::bool_exp_type(*access.table));
  BUSFLOW_TRY(const auto resolved, variables_.resolve(value, own.non_null(), false, path));
  if (!resolved) return path.fail(fmt::format("unexpected null value for type '{}'", own.name()));
  return expression(access, *resolved, path);
}

Result<Condition> WhereCompiler::related(const schema::RelationshipAccess& access, const Input& value,
                                         const Path& path) const {
  BUSFLOW_TRY(Condition child, expression(*access.target, value, path));
  std::vector<Condition> both;
  if (!access.target->filter.is_true()) both.push_back(access.target->filter);
  if (!child.is_true()) both.push_back(std::move(child));
  Condition condition;
  condition.kind = Condition::Kind::kRelated;
  condition.relationship = access.relationship;
  condition.children.push_back(simplify(std::move(both)));
  return condition;
}

Result<Condition> WhereCompiler::comparisons(const schema::Naming& naming, const schema::Column& column,
                                             const std::string& cast, const Input& value, const Path& path) const {
  const schema::ColumnType type = cast.empty() ? column.type : schema::column_type("text", "pg_catalog", false);
  const std::string type_name = schema::comparison_type(naming, type);
  if (value.kind() != Input::Kind::kObject) return mismatch(value, "an object", type_name, path.to_string());
  std::vector<Condition> parts;
  for (std::size_t i = 0; i < value.field_count(); ++i) {
    const std::string_view key = value.field_name(i);
    const Path inner(path, key);
    const bool is_cast = key == "_cast" && cast.empty() && type.graphql_name == "jsonb" && !type.is_array;
    if (is_cast) {
      const TypeReference cast_type(schema::json_cast_type(naming));
      const TypeReference text_type(schema::comparison_type(naming, schema::column_type("text", "pg_catalog", false)));
      BUSFLOW_TRY(const auto casts, variables_.resolve(value.field(i), cast_type, false, inner));
      if (!casts || casts->kind() != Input::Kind::kObject)
        return inner.fail(fmt::format("expected an object for type '{}'", cast_type.name()));
      for (std::size_t j = 0; j < casts->field_count(); ++j) {
        const std::string_view target = casts->field_name(j);
        const Path cast_path(inner, target);
        if (target != "String")
          return cast_path.fail(fmt::format("field '{}' not found in type: '{}'", target, cast_type.name()));
        BUSFLOW_TRY(const auto text_value, variables_.resolve(casts->field(j), text_type, false, cast_path));
        if (!text_value) return cast_path.fail(fmt::format("unexpected null value for type '{}'", text_type.name()));
        BUSFLOW_TRY(Condition part, comparisons(naming, column, "text", *text_value, cast_path));
        parts.push_back(std::move(part));
      }
      continue;
    }
    const Operator* op = key.starts_with('_') ? schema::find_operator(type, naming.field_of(key)) : nullptr;
    const bool is_offered = op != nullptr && op->operand != Operator::Operand::kColumn &&
                            !(type.is_array && op->operand == Operator::Operand::kList);
    if (!is_offered) return inner.fail(fmt::format("field '{}' not found in type: '{}'", key, type_name));
    BUSFLOW_TRY(Condition part, comparison(column, cast, *op, value.field(i), inner));
    parts.push_back(std::move(part));
  }
  return simplify(std::move(parts));
}

Result<Condition> WhereCompiler::comparison(const schema::Column& column, const std::string& cast, const Operator& op,
                                            const Input& value, const Path& path) const {
  Condition condition;
  condition.kind = Condition::Kind::kCompare;
  condition.column = &column;
  condition.cast = cast;
  condition.comparison = &op;
  if (op.operand == Operator::Operand::kBoolean) {
    BUSFLOW_TRY(const auto flag, variables_.resolve(value, TypeReference("Boolean"), false, path));
    if (!flag || flag->is_null()) return path.fail("unexpected null value for type 'Boolean'");
    if (flag->kind() != Input::Kind::kBoolean) return mismatch(*flag, "a boolean", "Boolean", path.to_string());
    condition.kind = flag->boolean() ? Condition::Kind::kIsNull : Condition::Kind::kIsNotNull;
    return condition;
  }
  const bool is_cast = !cast.empty();
  const bool is_text = op.takes_text() || is_cast;
  ParameterSource source;
  source.rule.kind = is_text ? schema::ScalarKind::kText : column.type.kind;
  if (!is_text) source.rule.enum_values = column.type.enum_values;
  const TypeReference element = op.reference(column.type, is_cast);
  source.rule.type_name = element.name();
  source.rule.is_list = op.takes_list() || (!is_text && column.type.is_array);
  source.sql_type = op.sql_type(column.type, is_cast);
  const TypeReference place = op.takes_list() ? element.non_null().list() : element;
  const bool has_variable_items = op.takes_list() && value.kind() == Input::Kind::kList && value.mentions_variable();
  if (has_variable_items) return item_list(std::move(condition), value, std::move(source), element.non_null(), path);
  BUSFLOW_TRY(ParameterSource bound, bind_value(variables_, value, place, std::move(source), path));
  condition.values.push_back(std::move(bound));
  return condition;
}

/// `[$a, "b", $c]`: each item is a parameter of its own.
Result<Condition> WhereCompiler::item_list(Condition condition, const Input& value, ParameterSource source,
                                           const TypeReference& place, const Path& path) const {
  condition.is_item_list = true;
  source.rule.is_list = false;
  source.sql_type.resize(source.sql_type.size() - 2);
  for (std::size_t i = 0; i < value.item_count(); ++i) {
    const Path item_path(path, i);
    BUSFLOW_TRY(ParameterSource bound, bind_value(variables_, value.item(i), place, source, item_path));
    condition.values.push_back(std::move(bound));
  }
  return condition;
}

}  // namespace busflow::graphql::compile
