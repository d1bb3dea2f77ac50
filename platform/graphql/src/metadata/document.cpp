#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

constexpr auto kRemoteSchema = []<class Codec>(Codec& codec, Described<Codec, RemoteSchema>& schema) {
  codec.location(schema.location);
  codec.required("name", schema.name);
  codec.required("definition", schema.definition);
  codec.optional("comment", schema.comment);
  codec.optional("permissions", schema.permissions);
  codec.optional("remote_relationships", schema.remote_relationships);
};

constexpr auto kInheritedRole = []<class Codec>(Codec& codec, Described<Codec, InheritedRole>& role) {
  codec.location(role.location);
  codec.required("role_name", role.name);
  codec.required("role_set", role.roles);
};

constexpr auto kMetadata = []<class Codec>(Codec& codec, Described<Codec, Metadata>& metadata) {
  codec.optional("remote_schemas", metadata.remote_schemas);
  codec.optional("query_collections", metadata.query_collections);
  codec.optional("allowlist", metadata.allow_list);
  codec.optional("actions", metadata.actions);
  codec.optional("cron_triggers", metadata.cron_triggers);
  codec.optional("rest_endpoints", metadata.rest_endpoints);
  codec.optional("api_limits", metadata.api_limits);
  codec.optional("metrics_config", metadata.metrics_config);
  codec.optional("inherited_roles", metadata.inherited_roles);
  codec.nested("graphql_schema_introspection", [&](auto& introspection) {
    introspection.optional("disabled_for_roles", metadata.introspection_disabled_for);
  });
  codec.optional("network", metadata.network);
  codec.optional("opentelemetry", metadata.opentelemetry);
  codec.optional("backend_configs", metadata.backend_configs);
};

/// Version 2 knew one database, whose tables and functions stood at the top.
void decode_only_source(Decoder& decoder, Metadata& metadata) {
  Source source;
  std::vector<Table> tables;
  decoder.optional("tables", tables);
  decoder.optional("functions", source.functions);
  for (auto& table : tables) source.tables.push_back(std::make_shared<const Table>(std::move(table)));
  metadata.sources.push_back(std::move(source));
}

template <class Items, class Name, class Member>
auto find_by(const Items& items, const Name& name, Member member) {
  const auto found = std::ranges::find(items, name, member);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

Result<void> decode(const Node& node, RemoteSchema& value) { return decode_described(node, value, kRemoteSchema); }
json::Value encode(const RemoteSchema& value) { return encode_described(value, kRemoteSchema); }
Result<void> decode(const Node& node, InheritedRole& value) { return decode_described(node, value, kInheritedRole); }
json::Value encode(const InheritedRole& value) { return encode_described(value, kInheritedRole); }

Result<void> decode(const Node& node, Metadata& value) {
  Decoder decoder(node);
  std::int64_t version = node.find("tables") != nullptr ? 2 : 3;
  decoder.optional("version", version);
  if (!decoder.failed() && version != 3 && version != 2)
    decoder.fail_with(fmt::format("metadata of version {} is not read; export it again as version 3", version));
  if (version == 2) {
    decode_only_source(decoder, value);
  } else {
    decoder.optional("sources", value.sources);
  }
  decoder.optional("custom_types", value.custom_types);
  kMetadata(decoder, value);
  return decoder.finish();
}

json::Value encode(const Metadata& value) {
  Encoder encoder;
  encoder.put("version", 3);
  encoder.required("sources", value.sources);
  if (!value.custom_types.empty()) encoder.required("custom_types", value.custom_types);
  kMetadata(encoder, value);
  return encoder.take_object();
}

const Source* Metadata::find_source(std::string_view name) const { return find_by(sources, name, &Source::name); }
const Action* Metadata::find_action(std::string_view name) const { return find_by(actions, name, &Action::name); }
const QueryCollection* Metadata::find_collection(std::string_view name) const {
  return find_by(query_collections, name, &QueryCollection::name);
}
const InheritedRole* Metadata::find_inherited_role(std::string_view name) const {
  return find_by(inherited_roles, name, &InheritedRole::name);
}

Result<Metadata> from_node(const Node& document) {
  Metadata metadata;
  BUSFLOW_CHECK(decode(document, metadata));
  return metadata;
}

Result<Metadata> from_json(const json::Value& document) { return from_node(node_of(document)); }

json::Object to_json(const Metadata& metadata) { return encode(metadata).get_object(); }

}  // namespace busflow::graphql::metadata
