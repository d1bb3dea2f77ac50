#include "compile/action_call.hpp"

#include <utility>

#include <fmt/format.h>

#include "compile/select.hpp"

namespace busflow::graphql::compile {
namespace {

/// Of one action, the fields that a request selects, with the place of each in the answer.
class OutputCompiler {
 public:
  OutputCompiler(const schema::RoleSchema& schema, SelectionCollector& collector, SelectCompiler& selects)
      : schema_(schema), collector_(collector), selects_(selects) {}

  Result<std::vector<OutputField>> fields(const schema::Type& type, const SelectionLists& children, const Path& path,
                                          std::size_t depth) {
    BUSFLOW_TRY(const auto collected, collector_.collect(type, children, path, depth));
    const Path selections(path, "selectionSet");
    std::vector<OutputField> result;
    for (const CollectedField& field : collected) {
      OutputField output;
      output.response_name = field.response_name;
      if (field.definition == nullptr) {
        output.type = TypeReference(type.name);
      } else {
        const Path field_path(selections, field.selection->name);
        place_.push_back(field.response_name);
        auto done = describe(output, field, field_path, depth);
        place_.pop_back();
        BUSFLOW_CHECK(done);
      }
      result.push_back(std::move(output));
    }
    return result;
  }

 private:
  Result<void> describe(OutputField& output, const CollectedField& field, const Path& path, std::size_t depth) {
    output.name = field.selection->name;
    output.type = field.definition->type;
    if (field.definition->join != nullptr) {
      output.join = field.definition->join->join;
      return selects_.add_join(field, place_, path, depth + 1);
    }
    const schema::Type* inner = schema_.find(output.type.name());
    output.is_object = inner != nullptr && !inner->is_leaf();
    if (!output.is_object) return {};
    BUSFLOW_TRY(output.children, fields(*inner, field.children, path, depth + 1));
    return {};
  }

  const schema::RoleSchema& schema_;
  SelectionCollector& collector_;
  SelectCompiler& selects_;
  std::vector<std::string> place_;
};

std::unexpected<Error> wrong_answer(const std::string& where, std::string_view what) {
  return fail(ErrorName::kInternal, fmt::format("the action's answer does not fit its type: {} at '{}'", what, where));
}

Result<void> append_value(std::string& out, const json::Value& value, const OutputField& field,
                          const TypeReference& type);

void append_keys(std::string& out, const json::Object& object, const schema::Join& join) {
  char separator = '[';
  for (const auto& key : join.keys) {
    const json::Value* value = object.if_contains(key.own);
    out += std::exchange(separator, ',');
    out += value == nullptr ? "null" : json::serialize(*value);
  }
  out += ']';
}

Result<void> append_object(std::string& out, const json::Value& value, const OutputField& field) {
  const auto* object = value.if_object();
  if (object == nullptr) return wrong_answer(field.name, "expected an object");
  out += '{';
  bool is_first = true;
  for (const OutputField& child : field.children) {
    if (!is_first) out += ',';
    is_first = false;
    out.append("\"").append(child.response_name).append("\":");
    if (child.name.empty()) {
      out += json::quote(child.type.name());
      continue;
    }
    if (child.join != nullptr) {
      append_keys(out, *object, *child.join);
      continue;
    }
    const json::Value* member = object->if_contains(child.name);
    if (member == nullptr && child.type.is_non_null()) return wrong_answer(child.name, "the field is missing");
    BUSFLOW_CHECK(append_value(out, member == nullptr ? json::Value() : *member, child, child.type));
  }
  out += '}';
  return {};
}

Result<void> append_value(std::string& out, const json::Value& value, const OutputField& field,
                          const TypeReference& type) {
  if (value.is_null()) {
    if (type.is_non_null()) return wrong_answer(field.name, "null is not allowed");
    out += "null";
    return {};
  }
  if (type.is_list()) {
    const auto* array = value.if_array();
    if (array == nullptr) return wrong_answer(field.name, "expected a list");
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      BUSFLOW_CHECK(append_value(out, (*array)[i], field, type.item()));
    }
    out += ']';
    return {};
  }
  if (field.is_object) return append_object(out, value, field);
  out += json::serialize(value);
  return {};
}

}  // namespace

Result<ActionCall> compile_action(const schema::RoleSchema& schema, SelectionCollector& collector,
                                  SelectCompiler& selects, const CollectedField& field, const Path& path,
                                  std::size_t depth) {
  ActionCall call;
  call.action = field.definition->action;
  call.arguments = field.selection->arguments;
  call.output.response_name = field.response_name;
  call.output.name = field.selection->name;
  call.output.type = field.definition->type;
  const schema::Type* type = schema.find(call.output.type.name());
  call.output.is_object = type != nullptr && !type->is_leaf();
  if (call.output.is_object) {
    BUSFLOW_TRY(call.output.children,
                OutputCompiler(schema, collector, selects).fields(*type, field.children, path, depth));
  }
  return call;
}

Result<std::string> project_output(const json::Value& value, const OutputField& output) {
  std::string out;
  BUSFLOW_CHECK(append_value(out, value, output, output.type));
  return out;
}

}  // namespace busflow::graphql::compile
