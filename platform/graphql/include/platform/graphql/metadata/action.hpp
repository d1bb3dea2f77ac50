#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <platform/graphql/metadata/names.hpp>
#include <platform/graphql/metadata/node.hpp>
#include <platform/graphql/metadata/webhook.hpp>

namespace busflow::graphql::metadata {

/// A named thing with a GraphQL type, such as "[uuid!]!": an argument, or a field of an object.
struct TypedName {
  std::string name;
  std::string type;
  std::optional<std::string> description;
  std::vector<TypedName> arguments;  ///< Of an object's field; never served, kept for export.
  SourceLocation location;

  bool operator==(const TypedName& other) const {
    return name == other.name && type == other.type && description == other.description && arguments == other.arguments;
  }
};

struct ActionPermission {
  std::string role;
  std::optional<std::string> comment;
};

struct Action {
  enum class Type : std::uint8_t { kMutation, kQuery };
  enum class Kind : std::uint8_t { kSynchronous, kAsynchronous };

  std::string name;
  std::optional<std::string> comment;
  Type type = Type::kMutation;
  Kind kind = Kind::kSynchronous;
  std::string handler;  ///< A URL, may hold {{VARIABLES}}; "internal:…" is a C++ function of the process.
  std::vector<TypedName> arguments;
  std::string output_type;
  std::vector<Header> headers;
  bool forward_client_headers = false;
  std::vector<std::string> ignored_client_headers;
  std::int64_t timeout_seconds = 30;
  std::optional<Node> request_transform;
  std::optional<Node> response_transform;
  std::vector<ActionPermission> permissions;
  SourceLocation location;

  bool is_internal() const { return handler.starts_with("internal:"); }
};

struct CustomScalar {
  std::string name;
  std::optional<std::string> description;
  SourceLocation location;
};

struct EnumValue {
  std::string value;
  std::optional<std::string> description;
  std::optional<bool> is_deprecated;
};

struct CustomEnum {
  std::string name;
  std::optional<std::string> description;
  std::vector<EnumValue> values;
  SourceLocation location;
};

struct CustomInputObject {
  std::string name;
  std::optional<std::string> description;
  std::vector<TypedName> fields;
  SourceLocation location;
};

/// From an action's output to a tracked table.
struct CustomRelationship {
  std::string name;
  bool is_array = false;
  std::string source = "default";
  TableName remote_table;
  std::vector<std::pair<std::string, std::string>> field_mapping;  ///< Own field, remote column.
  SourceLocation location;
};

struct CustomObject {
  std::string name;
  std::optional<std::string> description;
  std::vector<TypedName> fields;
  std::vector<CustomRelationship> relationships;
  SourceLocation location;
};

/// The types of all actions.
struct CustomTypes {
  std::vector<CustomScalar> scalars;
  std::vector<CustomEnum> enums;
  std::vector<CustomInputObject> input_objects;
  std::vector<CustomObject> objects;

  bool empty() const { return scalars.empty() && enums.empty() && input_objects.empty() && objects.empty(); }
};

}  // namespace busflow::graphql::metadata
