#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

constexpr auto kSavedQuery = []<class Codec>(Codec& codec, Described<Codec, SavedQuery>& query) {
  codec.required("name", query.name);
  codec.required("query", query.query);
};

constexpr auto kCollection = []<class Codec>(Codec& codec, Described<Codec, QueryCollection>& collection) {
  codec.location(collection.location);
  codec.required("name", collection.name);
  codec.nested("definition", [&](auto& definition) { definition.required("queries", collection.queries); });
  codec.optional("comment", collection.comment);
};

constexpr auto kEndpoint = []<class Codec>(Codec& codec, Described<Codec, RestEndpoint>& endpoint) {
  codec.location(endpoint.location);
  codec.required("name", endpoint.name);
  codec.required("url", endpoint.url);
  codec.required("methods", endpoint.methods);
  codec.nested("definition", [&](auto& definition) {
    definition.nested("query", [&](auto& query) {
      query.required("collection_name", endpoint.collection);
      query.required("query_name", endpoint.query);
    });
  });
  codec.optional("comment", endpoint.comment);
};

}  // namespace

Result<void> decode(const Node& node, SavedQuery& value) { return decode_described(node, value, kSavedQuery); }
json::Value encode(const SavedQuery& value) { return encode_described(value, kSavedQuery); }
Result<void> decode(const Node& node, QueryCollection& value) { return decode_described(node, value, kCollection); }

json::Value encode(const QueryCollection& value) {
  json::Value document = encode_described(value, kCollection);
  json::Object& object = document.get_object();
  object["definition"] = json::Object{{"queries", encode(value.queries)}};  // Also when there are none.
  return document;
}

Result<void> decode(const Node& node, RestEndpoint& value) { return decode_described(node, value, kEndpoint); }
json::Value encode(const RestEndpoint& value) { return encode_described(value, kEndpoint); }

Result<void> decode(const Node& node, AllowListEntry& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("collection", value.collection);
  decoder.nested("scope", [&](Decoder& scope) {
    scope.optional("global", value.is_global);
    scope.optional("roles", value.roles);
  });
  if (!decoder.failed() && value.is_global != value.roles.empty())
    decoder.fail_with("'scope' is either {global: true}, or {global: false, roles: […]}");
  return decoder.finish();
}

json::Value encode(const AllowListEntry& value) {
  json::Object scope{{"global", value.is_global}};
  if (!value.is_global) scope["roles"] = encode(value.roles);
  return json::Object{{"collection", value.collection}, {"scope", std::move(scope)}};
}

const SavedQuery* QueryCollection::find(std::string_view query) const {
  const auto found = std::ranges::find(queries, query, &SavedQuery::name);
  return found == queries.end() ? nullptr : &*found;
}

}  // namespace busflow::graphql::metadata
