#include <fmt/format.h>

#include "compile/enum_value.hpp"
#include "mutation/insert.hpp"
#include "schema/role_schema.hpp"

/// The reading half of InsertCompiler.
namespace busflow::graphql::compile {
namespace {

std::unexpected<Error> null_value(const Path& path, const std::string& type) {
  return path.fail(fmt::format("unexpected null value for type '{}'", type));
}

std::string names_of(const std::vector<const schema::Column*>& columns) {
  std::string names;
  for (const auto* column : columns) names += (names.empty() ? "'" : "', '") + column->graphql_name;
  return names + "'";
}

}  // namespace

Result<std::vector<InsertRow>> InsertCompiler::read_rows(const schema::InsertAccess& access, const Input& input,
                                                         bool is_list, const Path& path) const {
  const TypeReference row(schema::insert_input_type(*access.table));
  const TypeReference place = is_list ? row.non_null().list().non_null() : row.non_null();
  BUSFLOW_TRY(const auto resolved, variables_.resolve(input, place, false, path));
  if (!resolved || resolved->is_null()) return null_value(path, row.name());
  if (is_list) return read_list(access, *resolved, {}, path);
  std::vector<InsertRow> rows;
  BUSFLOW_TRY(InsertRow read, read_row(access, *resolved, {}, path));
  rows.push_back(std::move(read));
  return rows;
}

Result<std::vector<InsertRow>> InsertCompiler::read_list(const schema::InsertAccess& access, const Input& input,
                                                         const Columns& determined, const Path& path) const {
  std::vector<InsertRow> rows;
  const bool is_list = input.kind() == Input::Kind::kList;
  const std::size_t count = is_list ? input.item_count() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const Path item_path(path, i);
    BUSFLOW_TRY(InsertRow row, read_row(access, is_list ? input.item(i) : input, determined, item_path));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<InsertRow> InsertCompiler::read_row(const schema::InsertAccess& access, const Input& given,
                                           const Columns& determined, const Path& path) const {
  const std::string type = schema::insert_input_type(*access.table);
  BUSFLOW_TRY(const auto input, variables_.resolve(given, TypeReference(type).non_null(), false, path));
  if (!input || input->is_null()) return null_value(path, type);
  if (input->kind() != Input::Kind::kObject) return mismatch(*input, "an object", type, path.to_string());
  InsertRow row;
  row.path = path.to_string();
  for (std::size_t i = 0; i < input->field_count(); ++i) {
    const std::string_view key = input->field_name(i);
    const Path field_path(path, key);
    if (const schema::Column* column = access.find_column(key)) {
      BUSFLOW_TRY(auto value,
                  written_parameter(variables_, input->field(i), WrittenValue::of(column->type), field_path));
      if (value) row.values.emplace_back(column, std::move(*value));
    } else if (const schema::NestedInsert* nested = access.find_relationship(key)) {
      BUSFLOW_CHECK(read_nested(*nested, input->field(i), field_path, row));
    } else {
      return field_path.fail(fmt::format("field '{}' not found in type: '{}'", key, type));
    }
  }
  for (const auto& preset : access.presets) row.values.emplace_back(preset.column, preset.value);
  BUSFLOW_CHECK(check_determined(row, determined, path));
  return row;
}

Result<void> InsertCompiler::read_nested(const schema::NestedInsert& nested, const Input& given, const Path& path,
                                         InsertRow& row) const {
  const schema::Relationship& relationship = *nested.relationship;
  const schema::Table& target = *nested.target->table;
  const std::string type =
      relationship.is_array ? schema::array_insert_type(target) : schema::object_insert_type(target);
  BUSFLOW_TRY(const auto input, variables_.resolve(given, TypeReference(type), false, path));
  if (!input || input->is_null()) return {};
  if (input->kind() != Input::Kind::kObject) return mismatch(*input, "an object", type, path.to_string());
  NestedRows rows;
  rows.nested = &nested;
  std::optional<Input> data;
  for (std::size_t i = 0; i < input->field_count(); ++i) {
    const std::string_view key = input->field_name(i);
    const Path field_path(path, key);
    if (key == "data") {
      data = input->field(i);
    } else if (key == target.naming().field("on_conflict") && !target.constraints.empty()) {
      BUSFLOW_TRY(rows.conflict, read_conflict(*nested.target, input->field(i), field_path));
    } else {
      return field_path.fail(fmt::format("field '{}' not found in type: '{}'", key, type));
    }
  }
  const Path data_path(path, "data");
  if (!data) return data_path.fail("missing required field 'data'");
  Columns determined;
  if (relationship.is_written_after) {
    for (const auto& [own, other] : relationship.columns) determined.insert(other);
  }
  const TypeReference item = TypeReference(schema::insert_input_type(target)).non_null();
  if (relationship.is_array) {
    BUSFLOW_TRY(const auto list, variables_.resolve(*data, item.list().non_null(), false, data_path));
    if (!list || list->is_null()) return null_value(data_path, item.name());
    BUSFLOW_TRY(rows.rows, read_list(*nested.target, *list, determined, data_path));
  } else {
    BUSFLOW_TRY(InsertRow read, read_row(*nested.target, *data, determined, data_path));
    rows.rows.push_back(std::move(read));
  }
  (relationship.is_written_after ? row.after : row.before).push_back(std::move(rows));
  return {};
}

/// No column may have two origins: the request or a preset, a row written before, the row this one was brought by.
Result<void> InsertCompiler::check_determined(const InsertRow& row, const Columns& determined, const Path& path) {
  std::vector<const schema::Column*> twice;
  for (const auto& [column, value] : row.values) {
    if (determined.contains(column)) twice.push_back(column);
  }
  if (!twice.empty()) {
    return path.fail(fmt::format(
        "cannot insert {} columns as their values are already being determined by parent insert", names_of(twice)));
  }
  for (const NestedRows& nested : row.before) {
    std::vector<const schema::Column*> taken;
    for (const auto& [own, other] : nested.nested->relationship->columns) {
      const bool is_given =
          std::ranges::any_of(row.values, [column = own](const auto& value) { return value.first == column; });
      if (is_given || determined.contains(own)) taken.push_back(own);
    }
    if (taken.empty()) continue;
    return path.fail(fmt::format("cannot insert object relationship '{}' as {} column values are already determined",
                                 nested.nested->relationship->name, names_of(taken)));
  }
  return {};
}

Result<std::optional<Conflict>> InsertCompiler::read_conflict(const schema::InsertAccess& access, const Input& given,
                                                              const Path& path) const {
  const schema::Table& table = *access.table;
  const std::string type = schema::on_conflict_type(table);
  BUSFLOW_TRY(const auto input, variables_.resolve(given, TypeReference(type), false, path));
  if (!input || input->is_null()) return std::nullopt;
  if (input->kind() != Input::Kind::kObject) return mismatch(*input, "an object", type, path.to_string());
  Conflict conflict;
  for (std::size_t i = 0; i < input->field_count(); ++i) {
    const std::string_view key = input->field_name(i);
    const Path field_path(path, key);
    if (key == "constraint") {
      const std::string enum_type = schema::constraint_type(table);
      BUSFLOW_TRY(const auto name,
                  variables_.resolve(input->field(i), TypeReference(enum_type).non_null(), false, field_path));
      if (!name || name->is_null()) return null_value(field_path, enum_type);
      if (!is_enum_value(*name)) return mismatch(*name, "an enum value", enum_type, field_path.to_string());
      std::vector<std::string_view> names;
      for (const auto& known : table.constraints) names.emplace_back(known.name);
      conflict.constraint = name->text();
      if (std::ranges::find(names, conflict.constraint) == names.end())
        return no_such_value(*name, names, enum_type, field_path);
    } else if (key == table.naming().field("update_columns")) {
      BUSFLOW_TRY(conflict.update, read_update_columns(access, input->field(i), field_path));
    } else if (key == "where" && access.select != nullptr) {
      BUSFLOW_TRY(const auto where,
                  variables_.resolve(input->field(i), TypeReference(schema::bool_exp_type(table)), false, field_path));
      if (!where || where->is_null()) continue;
      BUSFLOW_TRY(conflict.where, where_.expression(*access.select, *where, field_path));
    } else {
      return field_path.fail(fmt::format("field '{}' not found in type: '{}'", key, type));
    }
  }
  if (conflict.constraint.empty()) return Path(path, "constraint").fail("missing required field 'constraint'");
  return conflict;
}

Result<std::vector<const schema::Column*>> InsertCompiler::read_update_columns(const schema::InsertAccess& access,
                                                                               const Input& given,
                                                                               const Path& path) const {
  const std::string type = schema::update_column_type(*access.table);
  BUSFLOW_TRY(const auto input,
              variables_.resolve(given, TypeReference(type).non_null().list().non_null(), true, path));
  std::vector<const schema::Column*> columns;
  if (!input) return columns;
  if (input->is_null()) return null_value(path, type);
  const bool is_list = input->kind() == Input::Kind::kList;
  for (std::size_t i = 0; i < (is_list ? input->item_count() : 1); ++i) {
    const Path item_path(path, i);
    BUSFLOW_TRY(const auto name, variables_.resolve(is_list ? input->item(i) : *input, TypeReference(type).non_null(),
                                                    false, item_path));
    if (!name || name->is_null()) return null_value(item_path, type);
    if (!is_enum_value(*name)) return mismatch(*name, "an enum value", type, item_path.to_string());
    const schema::Column* column =
        access.on_conflict == nullptr ? nullptr : access.on_conflict->find_column(name->text());
    if (column != nullptr) {
      columns.push_back(column);
      continue;
    }
    std::vector<std::string_view> names;
    if (access.on_conflict != nullptr) {
      for (const auto* known : access.on_conflict->columns) names.emplace_back(known->graphql_name);
    }
    if (names.empty()) {
      if (name->text() == schema::kNoUpdateColumn) continue;
      names.push_back(schema::kNoUpdateColumn);
    }
    return no_such_value(*name, names, type, item_path);
  }
  return columns;
}

}  // namespace busflow::graphql::compile
