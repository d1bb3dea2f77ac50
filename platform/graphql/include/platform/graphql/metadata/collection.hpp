#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/graphql/metadata/node.hpp>

/// Saved queries and what is made of them.
namespace busflow::graphql::metadata {

struct SavedQuery {
  std::string name;
  std::string query;
};

struct QueryCollection {
  std::string name;
  std::optional<std::string> comment;
  std::vector<SavedQuery> queries;
  SourceLocation location;

  const SavedQuery* find(std::string_view query) const;
};

/// Lets the queries of a collection pass when an allow list is required.
struct AllowListEntry {
  std::string collection;
  bool is_global = true;
  std::vector<std::string> roles;  ///< Of an entry that is not global.
  SourceLocation location;
};

/// A saved query as a REST endpoint.
struct RestEndpoint {
  std::string name;
  std::string url;                   ///< "artists/:id"
  std::vector<std::string> methods;  ///< "GET", …
  std::string collection;
  std::string query;
  std::optional<std::string> comment;
  SourceLocation location;
};

}  // namespace busflow::graphql::metadata
