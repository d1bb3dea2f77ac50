#include "compile/operation.hpp"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "compile/introspection.hpp"
#include "compile/select.hpp"
#include "mutation/mutation.hpp"

namespace busflow::graphql::compile {
namespace {

using Meaning = schema::Field::Meaning;

class OperationCompiler {
 public:
  OperationCompiler(const schema::RoleSchema& schema, const language::Document& document,
                    const language::Operation& operation, std::vector<VariableInfo> variables,
                    const json::Object& values, const SelectionLimits& limits)
      : schema_(schema),
        operation_(operation),
        plan_(std::make_unique<PlanParts>()),
        infos_(std::move(variables)),
        resolver_(operation, infos_, values),
        collector_(schema, document, resolver_, limits),
        selects_(schema, collector_, resolver_),
        mutations_(schema, collector_, selects_, resolver_) {}

  Result<std::unique_ptr<PlanParts>> compile() {
    plan_->kind = operation_.kind;
    plan_->role = schema_.role;
    plan_->signature.kind = operation_.kind;
    plan_->signature.variables = operation_.variables;
    BUSFLOW_TRY(root_, root_type());
    BUSFLOW_CHECK(check_directives());
    BUSFLOW_TRY(fields_, collector_.collect(*root_, {&operation_.selections}, path_, 1));
    BUSFLOW_CHECK(check_subscription());
    BUSFLOW_TRY(plan_->fields, plan_fields(fields_, *root_, selections_, 2));
    BUSFLOW_CHECK(write_statements());
    plan_->variables = std::move(infos_);
    return std::move(plan_);
  }

 private:
  Result<const schema::Type*> root_type() const {
    switch (operation_.kind) {
      case OperationKind::kQuery: return schema_.query;
      case OperationKind::kMutation:
        if (schema_.mutation == nullptr) return path_.fail("no mutations exist");
        return schema_.mutation;
      case OperationKind::kSubscription:
        if (schema_.subscription == nullptr) return path_.fail("no subscriptions exist");
        return schema_.subscription;
    }
    return schema_.query;
  }

  Result<void> check_directives() {
    for (const auto& directive : operation_.directives) {
      const bool is_known = directive.name == "cached" || (directive.name == "_multiple_top_level_fields" &&
                                                           operation_.kind == OperationKind::kSubscription);
      if (!is_known) return path_.fail(fmt::format("directive '{}' is not defined in the schema", directive.name));
      allows_many_ = allows_many_ || directive.name == "_multiple_top_level_fields";
    }
    return {};
  }

  Result<void> check_subscription() const {
    if (operation_.kind != OperationKind::kSubscription || allows_many_ || fields_.size() == 1) return {};
    return path_.fail("subscriptions must select one top level field");
  }

  /// `selections` is the path of the fields' selection set, and stays where it is.
  Result<std::vector<PlanField>> plan_fields(const std::vector<CollectedField>& fields, const schema::Type& parent,
                                             const Path& selections, std::size_t depth) {
    std::vector<PlanField> planned;
    for (const CollectedField& field : fields) {
      place_.push_back(field.response_name);
      auto result = plan_field(field, parent, paths_.emplace_back(selections, field.selection->name), depth);
      place_.pop_back();
      if (!result) return std::unexpected(result.error());
      result->response_name = field.response_name;
      planned.push_back(std::move(*result));
    }
    return planned;
  }

  Result<PlanField> plan_field(const CollectedField& field, const schema::Type& parent, const Path& path,
                               std::size_t depth) {
    PlanField result;
    if (field.definition == nullptr) {
      result.constant = json::quote(parent.name);
      return result;
    }
    switch (field.definition->meaning) {
      case Meaning::kSchema:
      case Meaning::kTypeByName: return plan_introspection(field, path, depth);
      case Meaning::kPlain: result.constant = "\"\""; return result;  // no_queries_available
      case Meaning::kAction: return plan_action(field, path, depth);
      case Meaning::kNamespace: return plan_namespace(field, path, depth);
      default: break;
    }
    BUSFLOW_TRY(const schema::Database* const database, selects_.database_of(field, path));
    const std::string& source = database->source;
    if (operation_.kind == OperationKind::kMutation) return plan_write(source, field, path);
    result.place = add_read(source, {&field, &path, depth, place_});
    return result;
  }

  Result<PlanField> plan_introspection(const CollectedField& field, const Path& path, std::size_t depth) {
    if (!schema_.allows_introspection) {
      return path_.fail(fmt::format("introspection is disabled for role: \"{}\"", schema_.role),
                        ErrorName::kNotSupported);
    }
    PlanField result;
    BUSFLOW_TRY(result.constant, Introspector(schema_, collector_, resolver_).answer(field, path, depth));
    return result;
  }

  Result<PlanField> plan_action(const CollectedField& field, const Path& path, std::size_t depth) {
    PlanField result;
    selects_.begin_at(place_);
    BUSFLOW_TRY(auto call, compile_action(schema_, collector_, selects_, field, path, depth));
    result.action = std::make_unique<const ActionCall>(std::move(call));
    plan_->has_actions = true;
    return result;
  }

  Result<PlanField> plan_namespace(const CollectedField& field, const Path& path, std::size_t depth) {
    PlanField result;
    result.is_object = true;
    const schema::Type& type = *schema_.find(field.definition->type.name());
    BUSFLOW_TRY(auto collected, collector_.collect(type, field.children, path, depth));
    const auto& kept = namespaces_.emplace_back(std::move(collected));
    BUSFLOW_TRY(result.members, plan_fields(kept, type, paths_.emplace_back(path, "selectionSet"), depth + 1));
    return result;
  }

  Result<PlanField> plan_write(const std::string& source, const CollectedField& field, const Path& path) {
    PlanField result;
    selects_.begin_at(place_);
    BUSFLOW_TRY(result.steps, mutations_.compile(field, path));
    for (PlanStep& step : result.steps) step.source = source;
    result.is_list_of_steps = field.definition->meaning == Meaning::kUpdateMany;
    plan_->has_steps = true;
    return result;
  }

  /// A field that the statement of a source yields.
  struct Read {
    const CollectedField* field = nullptr;
    const Path* path = nullptr;
    std::size_t depth = 0;
    std::vector<std::string> place;
  };

  PlanField::Place add_read(const std::string& source, Read read) {
    const auto known = std::ranges::find(plan_->statements, source, &PlanStatement::source);
    const auto number = static_cast<std::size_t>(known - plan_->statements.begin());
    if (known == plan_->statements.end()) {
      plan_->statements.push_back({.source = source});
      reads_.emplace_back();
    }
    reads_[number].push_back(std::move(read));
    return {.statement = number, .column = reads_[number].size() - 1};
  }

  Result<void> write_statements() {
    const bool is_constant = plan_->statements.empty();
    plan_->is_in_parts = plan_->has_actions || plan_->has_steps || plan_->statements.size() > 1;
    if (is_constant && !plan_->is_in_parts) plan_->constant_data = constant_object(plan_->fields);
    if (operation_.kind == OperationKind::kSubscription && plan_->statements.size() > 1)
      return path_.fail("the fields of a subscription must be of one source");
    for (std::size_t i = 0; i < plan_->statements.size(); ++i) {
      BUSFLOW_CHECK(write_statement(plan_->statements[i], reads_[i]));
    }
    plan_->joins = selects_.take_joins();
    if (operation_.kind == OperationKind::kSubscription && !plan_->joins.empty())
      return path_.fail("Remote relationships are not allowed in subscriptions", ErrorName::kNotSupported);
    return {};
  }

  /// The whole data object, or a column for each field when there is more to the plan.
  Result<void> write_statement(PlanStatement& statement, const std::vector<Read>& reads) {
    SqlText sql;
    const auto is_stream = [](const Read& read) { return read.field->definition->meaning == Meaning::kStream; };
    const auto stream = std::ranges::find_if(reads, is_stream);
    if (stream != reads.end()) {
      if (reads.size() > 1) return path_.fail("a streaming subscription has one field");
      stream_rows_ = sql.new_alias('s');
    }
    sql.add("SELECT ");
    if (plan_->is_in_parts) {
      for (std::size_t i = 0; i < reads.size(); ++i) {
        if (i > 0) sql.add(", ");
        selects_.begin_at(reads[i].place);
        BUSFLOW_CHECK(write_read(sql, reads[i]));
      }
    } else {
      selects_.begin_at({});
      BUSFLOW_CHECK(write_object(sql, members_of(plan_->fields)));
      sql.add(" AS root");
    }
    if (stream != reads.end()) {
      sql.add(", ", stream_rows_, ".cursor, ", stream_rows_, ".follow FROM ");
      BUSFLOW_CHECK(selects_.write_stream(sql, *stream->field, *stream->path, stream->depth));
      sql.add(" ", stream_rows_);
    }
    statement.sql = sql.statement();
    if (operation_.kind == OperationKind::kQuery) statement.many_sql = sql.many_statement();
    if (operation_.kind == OperationKind::kSubscription) {
      plan_->live_statement = fmt::format(
          "SELECT _subs.result_id, _fld_resp.root AS result{} FROM UNNEST($1::uuid[], $2::json[]) AS _subs(result_id, "
          "result_vars) "
          "LEFT OUTER JOIN LATERAL ({}) _fld_resp ON true",
          stream == reads.end() ? "" : ", _fld_resp.cursor, _fld_resp.follow", sql.live_statement());
    }
    statement.parameters = std::move(sql).take_parameters();
    if (stream != reads.end()) {
      const auto cursor = std::ranges::find(statement.parameters, kStreamCursor, &schema::ParameterSource::name);
      plan_->stream_cursor = static_cast<std::size_t>(cursor - statement.parameters.begin());
    }
    return {};
  }

  Result<void> write_read(SqlText& sql, const Read& read) {
    if (read.field->definition->meaning == Meaning::kStream) {
      sql.add(stream_rows_, ".rows");
      return {};
    }
    return selects_.write(sql, *read.field, {}, *read.path, read.depth);
  }

  /// Of a plan with one statement.
  std::vector<Member> members_of(const std::vector<PlanField>& fields) {
    std::vector<Member> members;
    for (const PlanField& field : fields) {
      members.push_back({field.response_name, [this, &field](SqlText& sql) -> Result<void> {
                           if (field.place) return write_read(sql, reads_[0][field.place->column]);
                           if (field.is_object) return write_object(sql, members_of(field.members));
                           sql.add(quote_literal(field.constant), "::json");
                           return {};
                         }});
    }
    return members;
  }

  static std::string constant_object(const std::vector<PlanField>& fields) {
    std::string data = "{";
    for (const PlanField& field : fields) {
      data += data.size() > 1 ? ",\"" : "\"";
      data.append(field.response_name).append("\":");
      data += field.is_object ? constant_object(field.members) : field.constant;
    }
    return data + "}";
  }

  const schema::RoleSchema& schema_;
  const language::Operation& operation_;
  std::unique_ptr<PlanParts> plan_;
  std::vector<VariableInfo> infos_;
  VariableResolver resolver_;
  SelectionCollector collector_;
  SelectCompiler selects_;
  MutationCompiler mutations_;
  const schema::Type* root_ = nullptr;
  bool allows_many_ = false;
  std::vector<std::string> place_;  ///< In the data, of the field that is planned.
  Path path_;
  Path selections_{path_, "selectionSet"};
  std::vector<CollectedField> fields_;
  // What reads refer to stays where it is.
  std::deque<std::vector<CollectedField>> namespaces_;
  std::deque<Path> paths_;
  std::vector<std::vector<Read>> reads_;  ///< By statement.
  std::string stream_rows_;               ///< The alias of what write_stream() writes.
};

}  // namespace

Result<const language::Operation*> choose_operation(const language::Document& document, std::string_view name) {
  if (name.empty()) {
    if (document.operations.size() == 1) return &document.operations.front();
    return fail(ErrorName::kValidationFailed,
                "exactly one operation has to be present in the document when operationName is not specified", "$");
  }
  const auto found = std::ranges::find(document.operations, name, &language::Operation::name);
  if (found != document.operations.end()) return &*found;
  return fail(ErrorName::kValidationFailed, fmt::format("no such operation found in the document: \"{}\"", name), "$");
}

Result<std::unique_ptr<PlanParts>> compile_operation(const schema::RoleSchema& schema,
                                                     const language::Document& document,
                                                     const language::Operation& operation,
                                                     std::vector<VariableInfo> variables, const json::Object& values,
                                                     const SelectionLimits& limits) {
  return OperationCompiler(schema, document, operation, std::move(variables), values, limits).compile();
}

}  // namespace busflow::graphql::compile
