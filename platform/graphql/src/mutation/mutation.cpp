#include "mutation/mutation.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "schema/role_schema.hpp"

namespace busflow::graphql::compile {
namespace {

using Meaning = schema::Field::Meaning;

constexpr std::size_t kFieldDepth = 2;

bool is_single(Meaning meaning) {
  return meaning == Meaning::kInsertOne || meaning == Meaning::kUpdateByPk || meaning == Meaning::kDeleteByPk;
}

/// Whether nested rows may be there already.
bool meets_conflicts(const InsertRow& row) {
  const auto meets = [](const NestedRows& nested) {
    return nested.conflict.has_value() || std::ranges::any_of(nested.rows, meets_conflicts);
  };
  return std::ranges::any_of(row.before, meets) || std::ranges::any_of(row.after, meets);
}

}  // namespace

Result<std::vector<PlanStep>> MutationCompiler::compile(const CollectedField& field, const Path& path) {
  if (field.definition->function != nullptr) return call(field, path);
  switch (field.definition->meaning) {
    case Meaning::kInsert:
    case Meaning::kInsertOne: return insert(field, path);
    case Meaning::kUpdateMany: return update_many(field, path);
    case Meaning::kDelete:
    case Meaning::kDeleteByPk: return remove(field, path);
    default: return update(field, path);
  }
}

/// A function that writes: a select of the rows it gives.
Result<std::vector<PlanStep>> MutationCompiler::call(const CollectedField& field, const Path& path) {
  SqlText sql;
  sql.add("SELECT ");
  BUSFLOW_CHECK(selects_.write(sql, field, {}, path, kFieldDepth));
  sql.add(" AS root");
  PlanStep step{.sql = sql.statement(), .gives_result = true, .error_path = "$"};
  step.parameters = std::move(sql).take_parameters();
  std::vector<PlanStep> steps;
  steps.push_back(std::move(step));
  return steps;
}

Result<std::vector<PlanStep>> MutationCompiler::insert(const CollectedField& field, const Path& path) {
  const schema::InsertAccess& access = *field.definition->insert;
  const bool is_list = field.definition->meaning == Meaning::kInsert;
  const Path arguments(path, "args");
  const Path rows_path(arguments, is_list ? "objects" : "object");
  const auto find = arguments_of(field);
  const auto given = find(is_list ? "objects" : "object");
  if (!given) return rows_path.fail("missing required field");
  BUSFLOW_TRY(const auto rows, inserts_.read_rows(access, *given, is_list, rows_path));
  std::optional<Conflict> conflict;
  if (const auto on_conflict = find("on_conflict")) {
    BUSFLOW_TRY(conflict, inserts_.read_conflict(access, *on_conflict, Path(arguments, "on_conflict")));
  }
  WriteStatement statement;
  Answer answer{.field = &field, .table = access.table, .is_single = !is_list, .error_path = rows_path.to_string()};
  answer.parts = InsertCompiler::write(statement, access, rows, conflict);
  BUSFLOW_TRY(auto steps, finish(std::move(statement), answer, path));
  // New rows are in nobody's way. One that is there already may be locked by somebody who waits for us.
  const bool may_share = !conflict && std::ranges::none_of(rows, meets_conflicts);
  for (PlanStep& step : steps) step.may_share = may_share;
  return steps;
}

Result<std::vector<PlanStep>> MutationCompiler::update(const CollectedField& field, const Path& path) {
  const schema::UpdateAccess& access = *field.definition->update;
  const Path arguments(path, "args");
  const auto find = arguments_of(field);
  if (field.definition->meaning == Meaning::kUpdate) {
    BUSFLOW_TRY(const auto where, read_where(*access.select, find("where"), arguments));
    return update_once(field, find, where, arguments, path);
  }
  const Path key_path(arguments, "pk_columns");
  const std::string type = schema::pk_columns_type(*access.table);
  const auto given = find("pk_columns");
  if (!given) return key_path.fail("missing required field 'pk_columns'");
  BUSFLOW_TRY(const auto key, variables_.resolve(*given, TypeReference(type).non_null(), false, key_path));
  if (!key || key->kind() != Input::Kind::kObject)
    return key_path.fail(fmt::format("expected an object for type '{}'", type));
  for (std::size_t i = 0; i < key->field_count(); ++i) {
    const auto is_named = [&](const schema::Column* column) { return column->graphql_name == key->field_name(i); };
    if (std::ranges::none_of(access.table->primary_key, is_named)) {
      return Path(key_path, key->field_name(i))
          .fail(fmt::format("field '{}' not found in type: '{}'", key->field_name(i), type));
    }
  }
  BUSFLOW_TRY(const auto where,
              read_key(*access.table, [&](std::string_view name) { return key->find(name); }, key_path));
  return update_once(field, find, where, arguments, path);
}

Result<std::vector<PlanStep>> MutationCompiler::update_many(const CollectedField& field, const Path& path) {
  const schema::UpdateAccess& access = *field.definition->update;
  const Path arguments(path, "args");
  const Path updates_path(arguments, "updates");
  const TypeReference item_type = TypeReference(schema::updates_type(*access.table)).non_null();
  const auto given = arguments_of(field)("updates");
  if (!given) return updates_path.fail("missing required field 'updates'");
  BUSFLOW_TRY(const auto updates, variables_.resolve(*given, item_type.list().non_null(), false, updates_path));
  if (!updates || updates->is_null())
    return updates_path.fail(fmt::format("unexpected null value for type '{}'", item_type.name()));
  std::vector<PlanStep> steps;
  const bool is_list = updates->kind() == Input::Kind::kList;
  for (std::size_t i = 0; i < (is_list ? updates->item_count() : 1); ++i) {
    const Path item_path(updates_path, i);
    BUSFLOW_TRY(const auto item,
                variables_.resolve(is_list ? updates->item(i) : *updates, item_type, false, item_path));
    if (!item || item->kind() != Input::Kind::kObject)
      return item_path.fail(fmt::format("expected an object for type '{}'", item_type.name()));
    const schema::Type* type = schema_.find(item_type.name());
    for (std::size_t j = 0; j < item->field_count(); ++j) {
      if (std::ranges::find(type->input_fields, item->field_name(j), &schema::InputValue::name) ==
          type->input_fields.end()) {
        return Path(item_path, item->field_name(j))
            .fail(fmt::format("field '{}' not found in type: '{}'", item->field_name(j), type->name));
      }
    }
    const FindInput find = [&](std::string_view name) { return item->find(access.table->naming().field(name)); };
    BUSFLOW_TRY(const auto where, read_where(*access.select, find("where"), item_path));
    BUSFLOW_TRY(auto more, update_once(field, find, where, item_path, path));
    std::ranges::move(more, std::back_inserter(steps));
  }
  return steps;
}

Result<std::vector<PlanStep>> MutationCompiler::update_once(const CollectedField& field, const FindInput& find,
                                                            const schema::Condition& where, const Path& arguments,
                                                            const Path& path) {
  const schema::UpdateAccess& access = *field.definition->update;
  BUSFLOW_TRY(const auto assignments, read_assignments(variables_, access, find, arguments));
  WriteStatement statement;
  Answer answer{
      .field = &field, .table = access.table, .is_single = is_single(field.definition->meaning), .error_path = "$"};
  if (const auto part = write_update(statement, access, assignments, where)) answer.parts.push_back(*part);
  return finish(std::move(statement), answer, path);
}

Result<std::vector<PlanStep>> MutationCompiler::remove(const CollectedField& field, const Path& path) {
  const schema::DeleteAccess& access = *field.definition->deletion;
  const Path arguments(path, "args");
  const auto find = arguments_of(field);
  const bool is_by_key = is_single(field.definition->meaning);
  BUSFLOW_TRY(const auto where, is_by_key ? read_key(*access.table, find, arguments)
                                          : read_where(*access.select, find("where"), arguments));
  WriteStatement statement;
  Answer answer{.field = &field, .table = access.table, .is_single = is_by_key, .error_path = "$", .sees_after = false};
  answer.parts.push_back(write_delete(statement, access, where));
  return finish(std::move(statement), answer, path);
}

Result<std::vector<PlanStep>> MutationCompiler::finish(WriteStatement statement, const Answer& answer,
                                                       const Path& path) {
  // The answer is written when the statement's own parts may have been moved, so what it needs is taken now.
  const std::string affected = statement.affected_rows();
  BUSFLOW_TRY(const bool is_related, selects_related(answer, path));
  WriteStatement::Answer written{.reads_others = answer.sees_after && is_related};
  written.write = [&](SqlText& sql) -> Result<void> {
    if (answer.is_single) {
      return selects_.write_rows(sql, *answer.field->definition->table,
                                 WriteStatement::rows_of(answer.parts, *answer.table), true, answer.field->children,
                                 path, kFieldDepth);
    }
    return write_response(sql, answer, affected, path);
  };
  if (answer.is_single && !is_related) {
    written.write_row = [&](SqlText& sql, const std::string& alias) {
      return selects_.write_row(sql, *answer.field->definition->table, alias, answer.field->children, path,
                                kFieldDepth);
    };
  }
  return std::move(statement).finish(written, answer.error_path);
}

Result<void> MutationCompiler::write_response(SqlText& sql, const Answer& answer, const std::string& affected,
                                              const Path& path) {
  const schema::Type* type = schema_.find(answer.field->definition->type.name());
  BUSFLOW_TRY(const auto fields, collector_.collect(*type, answer.field->children, path, kFieldDepth));
  const Path selections(path, "selectionSet");
  std::vector<Member> members;
  for (const CollectedField& field : fields) {
    members.push_back({field.response_name, [&](SqlText& out) -> Result<void> {
                         if (field.definition == nullptr) {
                           out.add(quote_literal(type->name), "::text");
                           return {};
                         }
                         if (field.definition->meaning == Meaning::kAffectedRows) {
                           out.add("(", affected, ")");
                           return {};
                         }
                         const Path field_path(selections, field.selection->name);
                         return selects_.write_rows(out, *field.definition->table,
                                                    WriteStatement::rows_of(answer.parts, *answer.table), false,
                                                    field.children, field_path, kFieldDepth + 1);
                       }});
  }
  return write_object(sql, members);
}

/// Whether the answer shows other rows than those written.
Result<bool> MutationCompiler::selects_related(const Answer& answer, const Path& path) {
  const auto shows_related = [&](const CollectedField& rows, const Path& rows_path) -> Result<bool> {
    const schema::TableAccess& access = *rows.definition->table;
    BUSFLOW_TRY(const auto fields, collector_.collect(*schema_.find(access.table->graphql_name), rows.children,
                                                      rows_path, kFieldDepth + 1));
    return std::ranges::any_of(fields, [](const CollectedField& field) {
      return field.definition != nullptr &&
             (field.definition->meaning != Meaning::kColumn || field.definition->column->computed != nullptr);
    });
  };
  if (answer.is_single) return shows_related(*answer.field, path);
  const schema::Type* type = schema_.find(answer.field->definition->type.name());
  BUSFLOW_TRY(const auto fields, collector_.collect(*type, answer.field->children, path, kFieldDepth));
  const Path selections(path, "selectionSet");
  for (const CollectedField& field : fields) {
    if (field.definition == nullptr || field.definition->meaning != Meaning::kReturning) continue;
    BUSFLOW_TRY(const bool is_related, shows_related(field, Path(selections, field.selection->name)));
    if (is_related) return true;
  }
  return false;
}

Result<schema::Condition> MutationCompiler::read_where(const schema::TableAccess& access,
                                                       const std::optional<Input>& given, const Path& arguments) const {
  const Path path(arguments, "where");
  const TypeReference type(schema::bool_exp_type(*access.table));
  if (!given) return path.fail("missing required field 'where'");
  BUSFLOW_TRY(const auto input, variables_.resolve(*given, type.non_null(), false, path));
  if (!input || input->is_null()) return path.fail(fmt::format("unexpected null value for type '{}'", type.name()));
  return where_.expression(access, *input, path);
}

Result<schema::Condition> MutationCompiler::read_key(const schema::Table& table, const FindInput& find,
                                                     const Path& path) const {
  BUSFLOW_TRY(auto key, read_primary_key(variables_, table, find, path));
  std::vector<schema::Condition> parts;
  for (auto& [column, value] : key) {
    schema::Condition part;
    part.kind = schema::Condition::Kind::kCompare;
    part.column = column;
    part.comparison = schema::find_operator(column->type, "_eq");
    part.values.push_back(std::move(value));
    parts.push_back(std::move(part));
  }
  return schema::Condition::all_of(std::move(parts));
}

}  // namespace busflow::graphql::compile
