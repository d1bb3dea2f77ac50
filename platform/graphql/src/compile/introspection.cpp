#include "compile/introspection.hpp"

#include <array>

#include <platform/json/json.hpp>

#include "language/printer.hpp"

namespace busflow::graphql::compile {
namespace {

constexpr std::array<std::string_view, 2> kDirectives = {"include", "skip"};

std::string text_or_null(std::string_view text) { return text.empty() ? "null" : json::quote(text); }

std::string_view kind_name(schema::Type::Kind kind) {
  switch (kind) {
    case schema::Type::Kind::kScalar: return "SCALAR";
    case schema::Type::Kind::kObject: return "OBJECT";
    case schema::Type::Kind::kEnum: return "ENUM";
    case schema::Type::Kind::kInputObject: return "INPUT_OBJECT";
    case schema::Type::Kind::kInterface: return "INTERFACE";
  }
  return "SCALAR";
}

/// Name, description and deprecation, which most kinds of things have. False when the field is another one.
bool write_common(std::string& out, std::string_view field, std::string_view name, std::string_view description) {
  if (field == "name") {
    out += json::quote(name);
  } else if (field == "description") {
    out += text_or_null(description);
  } else if (field == "isDeprecated" || field == "isRepeatable") {
    out += "false";
  } else if (field == "deprecationReason" || field == "specifiedByURL") {
    out += "null";
  } else {
    return false;
  }
  return true;
}

}  // namespace

template <class MemberWriter>
Result<void> Introspector::object(std::string& out, std::string_view meta, const SelectionLists& children,
                                  const Path& path, std::size_t depth, MemberWriter&& member) {
  BUSFLOW_TRY(const auto fields, collector_.collect(*schema_.find(meta), children, path, depth));
  const Path selections(path, "selectionSet");
  out += '{';
  bool is_first = true;
  for (const CollectedField& field : fields) {
    if (!is_first) out += ',';
    is_first = false;
    out.append("\"").append(field.response_name).append("\":");
    if (field.definition == nullptr) {
      out += json::quote(meta);
      continue;
    }
    const Path field_path(selections, field.selection->name);
    BUSFLOW_CHECK(member(field, field_path));
  }
  out += '}';
  return {};
}

/// The reference lists fields, inputs and values so, whatever their order in the table.
template <class Item>
std::vector<const Item*> by_name(const std::vector<Item>& items) {
  std::vector<const Item*> sorted;
  for (const auto& item : items) sorted.push_back(&item);
  std::ranges::sort(sorted, {}, &Item::name);
  return sorted;
}

template <class Items, class ItemWriter>
Result<void> Introspector::list(std::string& out, const Items& items, ItemWriter&& writer) {
  out += '[';
  bool is_first = true;
  for (const auto& item : items) {
    const std::size_t before = out.size();
    if (!is_first) out += ',';
    const std::size_t start = out.size();
    BUSFLOW_CHECK(writer(item));
    if (out.size() == start) {
      out.resize(before);  // The item is hidden.
    } else {
      is_first = false;
    }
  }
  out += ']';
  return {};
}

Result<std::string> Introspector::answer(const CollectedField& field, const Path& path, std::size_t depth) {
  std::string out;
  if (field.definition->meaning == schema::Field::Meaning::kSchema) {
    BUSFLOW_CHECK(write_schema(out, field, path, depth));
    return out;
  }
  const Path args(path, "args");
  const Path name_path(args, "name");
  const TypeReference place = TypeReference("String").non_null();
  BUSFLOW_TRY(const auto name,
              variables_.resolve(Input::literal(field.find_argument("name")->value), place, false, name_path));
  if (!name || name->is_null()) return name_path.fail("unexpected null value for type 'String'");
  if (name->kind() != Input::Kind::kString) return mismatch(*name, "a string", "String", name_path.to_string());
  if (schema_.find(name->text()) == nullptr) return std::string("null");
  BUSFLOW_CHECK(write_type(out, TypeReference(name->text()), field.children, path, depth));
  return out;
}

Result<void> Introspector::write_schema(std::string& out, const CollectedField& field, const Path& path,
                                        std::size_t depth) {
  return object(out, "__Schema", field.children, path, depth,
                [&](const CollectedField& member, const Path& at) -> Result<void> {
                  const std::string& name = member.selection->name;
                  const auto root = [&](const schema::Type* type) -> Result<void> {
                    if (type != nullptr)
                      return write_type(out, TypeReference(type->name), member.children, at, depth + 1);
                    out += "null";
                    return {};
                  };
                  if (name == "types") {
                    return list(out, schema_.types, [&](const auto& entry) {
                      return write_type(out, TypeReference(entry.first), member.children, at, depth + 1);
                    });
                  }
                  if (name == "queryType") return root(schema_.query);
                  if (name == "mutationType") return root(schema_.mutation);
                  if (name == "subscriptionType") return root(schema_.subscription);
                  if (name == "directives") {
                    return list(out, kDirectives, [&](std::string_view directive) {
                      return write_directive(out, directive, member.children, at, depth + 1);
                    });
                  }
                  out += "null";
                  return {};
                });
}

Result<void> Introspector::write_type(std::string& out, const TypeReference& type, const SelectionLists& children,
                                      const Path& path, std::size_t depth) {
  const bool is_wrapper = type.is_non_null() || type.is_list();
  const schema::Type* named = is_wrapper ? nullptr : schema_.find(type.name());
  return object(
      out, "__Type", children, path, depth, [&](const CollectedField& member, const Path& at) -> Result<void> {
        if (named != nullptr) return write_named_member(out, *named, member, at, depth);
        const std::string& name = member.selection->name;
        if (name == "kind") {
          out += type.is_non_null() ? "\"NON_NULL\"" : "\"LIST\"";
        } else if (name == "ofType") {
          return write_type(out, type.is_non_null() ? type.nullable() : type.item(), member.children, at, depth + 1);
        } else {
          out += "null";
        }
        return {};
      });
}

Result<void> Introspector::write_named_member(std::string& out, const schema::Type& type, const CollectedField& field,
                                              const Path& path, std::size_t depth) {
  using Kind = schema::Type::Kind;
  const std::string& name = field.selection->name;
  if (write_common(out, name, type.name, type.description)) return {};
  if (name == "kind") {
    out.append("\"").append(kind_name(type.kind)).append("\"");
    return {};
  }
  if (name == "fields" && (type.kind == Kind::kObject || type.kind == Kind::kInterface)) {
    return list(out, by_name(type.fields), [&](const schema::Field* item) -> Result<void> {
      if (item->is_hidden()) return {};
      return write_field(out, *item, field.children, path, depth + 1);
    });
  }
  if (name == "interfaces" && (type.kind == Kind::kObject || type.kind == Kind::kInterface)) {
    if (type.is_node) {
      out += '[';
      BUSFLOW_CHECK(write_type(out, TypeReference(std::string(schema::kNodeType)), field.children, path, depth + 1));
      out += ']';
    } else {
      out += "[]";
    }
    return {};
  }
  if (name == "possibleTypes" && type.kind == Kind::kInterface) {
    return list(out, schema_.types, [&](const auto& entry) -> Result<void> {
      if (!entry.second->is_node) return {};
      return write_type(out, TypeReference(entry.first), field.children, path, depth + 1);
    });
  }
  if (name == "enumValues" && type.kind == Kind::kEnum) {
    return list(out, by_name(type.enum_values), [&](const schema::EnumValue* item) {
      return write_enum_value(out, *item, field.children, path, depth + 1);
    });
  }
  if (name == "inputFields" && type.kind == Kind::kInputObject) {
    return list(out, by_name(type.input_fields), [&](const schema::InputValue* item) {
      return write_input(out, *item, field.children, path, depth + 1);
    });
  }
  out += "null";
  return {};
}

Result<void> Introspector::write_field(std::string& out, const schema::Field& field, const SelectionLists& children,
                                       const Path& path, std::size_t depth) {
  return object(out, "__Field", children, path, depth,
                [&](const CollectedField& member, const Path& at) -> Result<void> {
                  const std::string& name = member.selection->name;
                  if (write_common(out, name, field.name, field.description)) return {};
                  if (name == "type") return write_type(out, field.type, member.children, at, depth + 1);
                  return list(out, field.arguments, [&](const schema::InputValue& item) {
                    return write_input(out, item, member.children, at, depth + 1);
                  });
                });
}

Result<void> Introspector::write_input(std::string& out, const schema::InputValue& value,
                                       const SelectionLists& children, const Path& path, std::size_t depth) {
  return object(out, "__InputValue", children, path, depth,
                [&](const CollectedField& member, const Path& at) -> Result<void> {
                  const std::string& name = member.selection->name;
                  if (write_common(out, name, value.name, value.description)) return {};
                  if (name == "type") return write_type(out, value.type, member.children, at, depth + 1);
                  out += value.default_value ? json::quote(language::print_value(*value.default_value)) : "null";
                  return {};
                });
}

Result<void> Introspector::write_enum_value(std::string& out, const schema::EnumValue& value,
                                            const SelectionLists& children, const Path& path, std::size_t depth) {
  return object(out, "__EnumValue", children, path, depth,
                [&](const CollectedField& member, const Path&) -> Result<void> {
                  if (!write_common(out, member.selection->name, value.name, value.description)) out += "null";
                  return {};
                });
}

Result<void> Introspector::write_directive(std::string& out, std::string_view directive, const SelectionLists& children,
                                           const Path& path, std::size_t depth) {
  const bool is_include = directive == "include";
  return object(out, "__Directive", children, path, depth,
                [&](const CollectedField& member, const Path& at) -> Result<void> {
                  const std::string& name = member.selection->name;
                  const std::string_view description =
                      is_include ? "whether this query should be included" : "whether this query should be skipped";
                  if (write_common(out, name, directive, description)) return {};
                  if (name == "locations") {
                    out += R"(["FIELD","FRAGMENT_SPREAD","INLINE_FRAGMENT"])";
                    return {};
                  }
                  const std::array<schema::InputValue, 1> arguments = {
                      schema::InputValue{.name = "if", .type = TypeReference("Boolean").non_null()}};
                  return list(out, arguments, [&](const schema::InputValue& item) {
                    return write_input(out, item, member.children, at, depth + 1);
                  });
                });
}

}  // namespace busflow::graphql::compile
