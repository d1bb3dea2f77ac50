#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/graphql/metadata/node.hpp>

/// How much a role may ask for (https://hasura.io/docs/2.0/security/api-limits/).
namespace busflow::graphql::metadata {

/// From 1 to 2,147,483,647.
struct LimitNumber {
  std::int64_t value = 1;
};

/// How often a role may ask, counted for each value of what is unique, else for the role as a whole.
struct RateLimit {
  LimitNumber per_minute;              ///< max_reqs_per_min
  bool by_address = false;             ///< unique_params: IP. The client's address is unique.
  std::vector<std::string> variables;  ///< unique_params: session variables, which are unique together.
};

/// One value for all roles, and others in its place for some.
template <class T>
struct RoleLimit {
  T global{};
  std::map<std::string, T> per_role;

  const T& of(std::string_view role) const {
    const auto found = per_role.find(std::string(role));
    return found == per_role.end() ? global : found->second;
  }
};

struct ApiLimits {
  using Number = std::optional<RoleLimit<LimitNumber>>;

  bool disabled = false;  ///< None of them counts.
  Number depth;           ///< Fields with a selection of their own within each other.
  Number nodes;           ///< Fields with a selection of their own, fragments expanded.
  Number batch;           ///< Operations in one batch.
  Number time;            ///< Seconds for one operation.
  std::optional<RoleLimit<RateLimit>> rate;
  Number aliases;       ///< Ours: fields with an alias in one operation, fragments expanded.
  Number query_length;  ///< Ours: bytes of the query's text.
  SourceLocation location;
};

}  // namespace busflow::graphql::metadata
