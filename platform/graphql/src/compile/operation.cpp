#include "compile/operation.hpp"

#include <algorithm>

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
    for (const CollectedField& field : fields_) {
      BUSFLOW_CHECK(add_field(field));
    }
    BUSFLOW_CHECK(write_statement());
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

  Result<void> add_field(const CollectedField& field) {
    const Path field_path(selections_, field.selection->name);
    PlanField result;
    result.response_name = field.response_name;
    if (field.definition == nullptr) {
      result.constant = json::quote(root_->name);
    } else if (field.definition->meaning == Meaning::kSchema || field.definition->meaning == Meaning::kTypeByName) {
      if (!schema_.allows_introspection) {
        return path_.fail(fmt::format("introspection is disabled for role: \"{}\"", schema_.role),
                          ErrorName::kNotSupported);
      }
      BUSFLOW_TRY(result.constant, Introspector(schema_, collector_, resolver_).answer(field, field_path, 2));
    } else if (field.definition->meaning == Meaning::kPlain) {
      result.constant = "\"\"";  // no_queries_available
    } else if (field.definition->meaning == Meaning::kAction) {
      BUSFLOW_TRY(auto call, compile_action(schema_, collector_, field, field_path, 2));
      result.action = std::make_unique<const ActionCall>(std::move(call));
      plan_->has_actions = true;
    } else if (operation_.kind == OperationKind::kMutation) {
      BUSFLOW_TRY(result.steps, mutations_.compile(field, field_path));
      result.is_list_of_steps = field.definition->meaning == Meaning::kUpdateMany;
      plan_->has_steps = true;
    } else {
      database_.push_back(&field);
      result.column = database_.size() - 1;
    }
    plan_->fields.push_back(std::move(result));
    return {};
  }

  Member member(const CollectedField& field) {
    return {field.response_name, [this, &field](SqlText& sql) {
              const Path field_path(selections_, field.selection->name);
              return selects_.write(sql, field, {}, field_path, 2);
            }};
  }

  /// One statement for all database fields: a whole data object, or a column each when actions run beside them.
  Result<void> write_statement() {
    if (database_.empty()) {
      if (!plan_->has_actions && !plan_->has_steps) plan_->constant_data = constant_object();
      return {};
    }
    SqlText sql;
    sql.add("SELECT ");
    if (plan_->has_actions) {
      for (std::size_t i = 0; i < database_.size(); ++i) {
        if (i > 0) sql.add(", ");
        BUSFLOW_CHECK(member(*database_[i]).write(sql));
      }
    } else {
      BUSFLOW_CHECK(write_object(sql, data_members()));
      sql.add(" AS root");
    }
    plan_->sql = sql.statement();
    if (operation_.kind == OperationKind::kSubscription) {
      plan_->live_statement = fmt::format(
          "SELECT _subs.result_id, _fld_resp.root AS result FROM UNNEST($1::uuid[], $2::json[]) AS _subs(result_id, "
          "result_vars) "
          "LEFT OUTER JOIN LATERAL ({}) _fld_resp ON true",
          sql.live_statement());
    }
    plan_->parameters = std::move(sql).take_parameters();
    return {};
  }

  std::vector<Member> data_members() {
    std::vector<Member> members;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (plan_->fields[i].column) {
        members.push_back(member(fields_[i]));
        continue;
      }
      members.push_back(
          {fields_[i].response_name, [text = quote_literal(plan_->fields[i].constant)](SqlText& sql) -> Result<void> {
             sql.add(text, "::json");
             return {};
           }});
    }
    return members;
  }

  std::string constant_object() const {
    std::string data = "{";
    for (const PlanField& field : plan_->fields) {
      data += data.size() > 1 ? ",\"" : "\"";
      data.append(field.response_name).append("\":").append(field.constant);
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
  Path path_;
  Path selections_{path_, "selectionSet"};
  std::vector<CollectedField> fields_;
  std::vector<const CollectedField*> database_;
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
