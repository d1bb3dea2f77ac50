#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <platform/graphql/metadata.hpp>
#include <platform/http/message.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_api {

/// A saved query that a request means, and the variables in its path.
struct SavedCall {
  const graphql::metadata::RestEndpoint* endpoint = nullptr;
  std::map<std::string, std::string, std::less<>> variables;
};

struct SavedMatch {
  std::optional<SavedCall> call;
  std::vector<std::string> allowed_methods;  ///< Of endpoints whose path fits, when the method does not.
};

/// `path` is what follows /api/rest/.
SavedMatch match_saved(const graphql::metadata::Metadata& metadata, std::string_view method, std::string_view path);

/// The variables of a call: from the body, then the query string, then the path; texts are read as JSON where the type
/// of the variable is not a text's.
json::Object saved_variables(const SavedCall& call, const http::Request& request, std::string_view query);

}  // namespace busflow::graphql_api
