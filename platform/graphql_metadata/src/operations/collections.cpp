#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::AllowListEntry;
using graphql::metadata::QueryCollection;
using graphql::metadata::RestEndpoint;
using graphql::metadata::SavedQuery;

Outcome<QueryCollection*> find_collection(Call& call, std::string_view key) {
  BUSFLOW_TRY(const std::string name, call.args.text(key));
  auto& collections = call.draft.metadata().query_collections;
  const auto found = std::ranges::find(collections, name, &QueryCollection::name);
  if (found != collections.end()) return &*found;
  return refuse("not-exists", fmt::format("query collection with name \"{}\" does not exist", name));
}

Outcome<json::Value> create_query_collection(Call& call) {
  BUSFLOW_TRY(QueryCollection collection, call.args.part<QueryCollection>({"name", "definition", "comment"}));
  if (call.draft.metadata().find_collection(collection.name) != nullptr) {
    return refuse("already-exists", fmt::format("query collection with name \"{}\" already exists", collection.name));
  }
  call.draft.metadata().query_collections.push_back(std::move(collection));
  call.draft.touch();
  return success();
}

Outcome<json::Value> rename_query_collection(Call& call) {
  BUSFLOW_TRY(QueryCollection * collection, find_collection(call, "name"));
  BUSFLOW_TRY(const std::string new_name, call.args.text("new_name"));
  auto& metadata = call.draft.metadata();
  if (metadata.find_collection(new_name) != nullptr)
    return refuse("already-exists", fmt::format("query collection with name \"{}\" already exists", new_name));
  for (auto& entry : metadata.allow_list) {
    if (entry.collection == collection->name) entry.collection = new_name;
  }
  for (auto& endpoint : metadata.rest_endpoints) {
    if (endpoint.collection == collection->name) endpoint.collection = new_name;
  }
  collection->name = new_name;
  call.draft.touch();
  return success();
}

Outcome<json::Value> drop_query_collection(Call& call) {
  BUSFLOW_TRY(const QueryCollection* collection, find_collection(call, "collection"));
  auto& metadata = call.draft.metadata();
  const std::string name = collection->name;
  const auto listed = std::ranges::find(metadata.allow_list, name, &AllowListEntry::collection);
  if (listed != metadata.allow_list.end()) {
    if (!call.args.flag("cascade")) {
      return refuse(
          "dependency-error",
          fmt::format("query collection with name \"{}\" is present in the allowlist; cannot proceed to drop", name));
    }
    metadata.allow_list.erase(listed);
  }
  std::erase_if(metadata.query_collections, [&](const auto& each) { return each.name == name; });
  call.draft.touch();
  return success();
}

Outcome<json::Value> add_query_to_collection(Call& call) {
  BUSFLOW_TRY(QueryCollection * collection, find_collection(call, "collection_name"));
  BUSFLOW_TRY(std::string name, call.args.text("query_name"));
  BUSFLOW_TRY(std::string query, call.args.text("query"));
  if (collection->find(name) != nullptr) {
    return refuse("already-exists",
                  fmt::format("query with name \"{}\" already exists in collection \"{}\"", name, collection->name));
  }
  collection->queries.push_back({std::move(name), std::move(query)});
  call.draft.touch();
  return success();
}

Outcome<json::Value> drop_query_from_collection(Call& call) {
  BUSFLOW_TRY(QueryCollection * collection, find_collection(call, "collection_name"));
  BUSFLOW_TRY(const std::string name, call.args.text("query_name"));
  if (std::erase_if(collection->queries, [&](const SavedQuery& each) { return each.name == name; }) == 0) {
    return refuse("not-found",
                  fmt::format("query with name \"{}\" not found in collection \"{}\"", name, collection->name));
  }
  call.draft.touch();
  return success();
}

// ---- Allow list
// ------------------------------------------------------------------------------------------------------

Outcome<AllowListEntry> read_entry(Call& call) { return call.args.part<AllowListEntry>({"collection", "scope"}); }

Outcome<json::Value> add_collection_to_allowlist(Call& call) {
  BUSFLOW_TRY(AllowListEntry entry, read_entry(call));
  BUSFLOW_CHECK(find_collection(call, "collection"));
  auto& list = call.draft.metadata().allow_list;
  if (std::ranges::find(list, entry.collection, &AllowListEntry::collection) != list.end()) {
    return json::Object{
        {"message", fmt::format("collection \"{}\" already exists in the allowlist", entry.collection)}};
  }
  list.push_back(std::move(entry));
  call.draft.touch();
  return success();
}

Outcome<AllowListEntry*> find_entry(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("collection"));
  auto& list = call.draft.metadata().allow_list;
  const auto found = std::ranges::find(list, name, &AllowListEntry::collection);
  if (found != list.end()) return &*found;
  return refuse("not-found", fmt::format("collection \"{}\" doesn't exist in the allowlist", name));
}

Outcome<json::Value> update_scope(Call& call) {
  BUSFLOW_TRY(AllowListEntry * entry, find_entry(call));
  BUSFLOW_TRY(*entry, read_entry(call));
  call.draft.touch();
  return success();
}

Outcome<json::Value> drop_collection_from_allowlist(Call& call) {
  BUSFLOW_TRY(const AllowListEntry* entry, find_entry(call));
  const std::string name = entry->collection;
  std::erase_if(call.draft.metadata().allow_list, [&](const auto& each) { return each.collection == name; });
  call.draft.touch();
  return success();
}

// ---- REST endpoints
// --------------------------------------------------------------------------------------------------

Outcome<json::Value> create_rest_endpoint(Call& call) {
  BUSFLOW_TRY(const std::string url, call.args.text("url"));
  if (url.empty()) return refuse("parse-failed", "empty string not allowed", "$.url");
  BUSFLOW_TRY(RestEndpoint endpoint, call.args.part<RestEndpoint>({"name", "url", "methods", "definition", "comment"}));
  auto& endpoints = call.draft.metadata().rest_endpoints;
  if (std::ranges::find(endpoints, endpoint.name, &RestEndpoint::name) != endpoints.end()) {
    return refuse("already-exists", fmt::format("Endpoint with name: {} already exists", endpoint.name));
  }
  call.subject = fmt::format("rest_endpoint {}", endpoint.name);
  endpoints.push_back(std::move(endpoint));
  call.draft.touch();
  return success();
}

Outcome<json::Value> drop_rest_endpoint(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  if (!remove(call.draft.metadata(), {ObjectId::Kind::kRestEndpoint, "", {"", ""}, name}))
    return refuse("not-exists", fmt::format("Endpoint with name: {} does not exist", name));
  call.draft.touch();
  return success();
}

constexpr std::array kOperations = {
    Operation{"create_query_collection", create_query_collection},
    Operation{"rename_query_collection", rename_query_collection},
    Operation{"drop_query_collection", drop_query_collection},
    Operation{"add_query_to_collection", add_query_to_collection},
    Operation{"drop_query_from_collection", drop_query_from_collection},
    Operation{"add_collection_to_allowlist", add_collection_to_allowlist},
    Operation{"update_scope_of_collection_in_allowlist", update_scope},
    Operation{"drop_collection_from_allowlist", drop_collection_from_allowlist},
    Operation{"create_rest_endpoint", create_rest_endpoint},
    Operation{"drop_rest_endpoint", drop_rest_endpoint},
};

}  // namespace

std::span<const Operation> collection_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
