#include <fmt/format.h>

#include "compile/action_call.hpp"

// The messages are those of hasura/graphql-engine, Hasura.GraphQL.Execute.Action.
namespace busflow::graphql::compile {
namespace {

std::string check(const json::Value& value, const OutputField& field, const TypeReference& type);

std::string unexpected(std::string_view got, const TypeReference& type) {
  return fmt::format("got {} for the action webhook response, expecting {}", got, type.to_string());
}

std::string check_members(const json::Object& object, const OutputField& field) {
  for (const OutputField& child : field.children) {
    if (child.name.empty() || child.join != nullptr) continue;  // __typename
    const json::Value* member = object.if_contains(child.name);
    if (member == nullptr && child.type.is_non_null())
      return fmt::format("field \"{}\" expected in webhook response, but not found", child.name);
    if (member == nullptr) continue;
    if (member->is_null() && child.type.is_non_null())
      return fmt::format("expecting not null value for field \"{}\"", child.name);
    if (auto problem = check(*member, child, child.type); !problem.empty()) return problem;
  }
  return {};
}

std::string_view kind_of(const json::Value& value) {
  if (value.is_array()) return "array";
  if (value.is_object()) return "object";
  if (value.is_string()) return "scalar String";
  return value.is_bool() ? "scalar Boolean" : "scalar Number";
}

std::string check(const json::Value& value, const OutputField& field, const TypeReference& type) {
  if (value.is_null()) return type.is_non_null() ? "got null for the action webhook response" : "";
  if (type.is_list()) {
    const auto* items = value.if_array();
    if (items == nullptr) return unexpected(kind_of(value), type);
    for (const json::Value& item : *items) {
      if (auto problem = check(item, field, type.item()); !problem.empty()) return problem;
    }
    return {};
  }
  if (field.is_object) {
    const auto* object = value.if_object();
    return object == nullptr ? unexpected(kind_of(value), type) : check_members(*object, field);
  }
  // Scalars that GraphQL does not know may be any JSON.
  const std::string& name = type.name();
  const bool is_known = name == "Int" || name == "Float" || name == "String" || name == "Boolean" || name == "ID";
  const bool fits = name == "Int"       ? value.is_int64() || value.is_uint64()
                    : name == "Float"   ? value.is_number()
                    : name == "Boolean" ? value.is_bool()
                    : name == "String"  ? value.is_string()
                                        : value.is_string() || value.is_int64() || value.is_uint64();
  return is_known && !fits ? unexpected(kind_of(value), type) : "";
}

}  // namespace

std::string webhook_mismatch(const json::Value& answer, const OutputField& output) {
  return check(answer, output, output.type);
}

}  // namespace busflow::graphql::compile
