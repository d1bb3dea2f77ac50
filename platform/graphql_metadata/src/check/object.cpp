#include "check/object.hpp"

#include <fmt/format.h>

namespace busflow::graphql_metadata {

std::string ObjectId::describe() const {
  const std::string owner = of.shortened();
  const auto permission = [&](std::string_view what) {
    return fmt::format("permission {}.{}.{} in source \"{}\"", owner, name, what, source);
  };
  switch (kind) {
    case Kind::kSource: return fmt::format("source {}", source);
    case Kind::kTable: return fmt::format("table {} in source \"{}\"", owner, source);
    case Kind::kColumn: return fmt::format("column {}.{} in source \"{}\"", owner, name, source);
    case Kind::kRelationship: return fmt::format("relationship {}.{} in source \"{}\"", owner, name, source);
    case Kind::kComputedField: return fmt::format("computed field {}.{} in source \"{}\"", owner, name, source);
    case Kind::kRemoteRelationship:
      return fmt::format("remote relationship {}.{} in source \"{}\"", owner, name, source);
    case Kind::kInsertPermission: return permission("insert");
    case Kind::kSelectPermission: return permission("select");
    case Kind::kUpdatePermission: return permission("update");
    case Kind::kDeletePermission: return permission("delete");
    case Kind::kEventTrigger: return fmt::format("event-trigger {} in source \"{}\"", name, source);
    case Kind::kFunction: return fmt::format("function {} in source \"{}\"", owner, source);
    case Kind::kFunctionPermission: return fmt::format("permission {}.{} in source \"{}\"", owner, name, source);
    case Kind::kAction: return fmt::format("action {}", name);
    case Kind::kCustomTypes: return "custom types";
    case Kind::kRestEndpoint: return fmt::format("rest_endpoint {}", name);
    case Kind::kInheritedRole: return fmt::format("inherited role {}", name);
  }
  return name;
}

}  // namespace busflow::graphql_metadata
