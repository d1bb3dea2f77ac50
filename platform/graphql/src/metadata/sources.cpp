#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

template <class Codec>
void describe_pool(Codec& codec, Described<Codec, PoolSettings>& pool) {
  codec.optional("max_connections", pool.max_connections);
  codec.optional("total_max_connections", pool.total_max_connections);
  codec.optional("idle_timeout", pool.idle_timeout);
  codec.optional("retries", pool.retries);
  codec.optional("pool_timeout", pool.pool_timeout);
  codec.optional("connection_lifetime", pool.connection_lifetime);
}

template <class Codec>
void describe_connection(Codec& codec, Described<Codec, ConnectionInformation>& connection) {
  codec.optional("isolation_level", connection.isolation_level);
  codec.optional("pool_settings", connection.pool_settings);
  codec.optional("ssl_configuration", connection.ssl_configuration);
  codec.optional("use_prepared_statements", connection.use_prepared_statements);
}

template <class Codec>
void describe_customization(Codec& codec, Described<Codec, Customization>& customization) {
  codec.nested("root_fields", [&](auto& root_fields) {
    root_fields.optional("namespace", customization.root_namespace);
    root_fields.optional("prefix", customization.root_prefix);
    root_fields.optional("suffix", customization.root_suffix);
  });
  codec.nested("type_names", [&](auto& type_names) {
    type_names.optional("prefix", customization.type_prefix);
    type_names.optional("suffix", customization.type_suffix);
  });
  codec.optional("naming_convention", customization.naming_convention);
}

template <class Codec>
void describe_rest(Codec& codec, Described<Codec, Source>& source) {
  codec.optional("customization", source.customization);
  codec.optional("functions", source.functions);
  codec.optional("health_check", source.health_check);
  codec.optional("logical_models", source.logical_models);
  codec.optional("native_queries", source.native_queries);
  codec.optional("query_tags", source.query_tags);
  codec.optional("stored_procedures", source.stored_procedures);
}

template <class Codec>
void describe_configuration(Codec& codec, Described<Codec, Source>& source) {
  codec.optional("connection_info", source.connection, ConnectionInformation{});
  codec.optional("extensions_schema", source.extensions_schema);
  codec.optional("read_replicas", source.read_replicas);
}

/// `permissions: [{role}]` of a function.
struct RoleEntry {
  std::string role;
};

Result<void> decode(const Node& node, RoleEntry& value) {
  Decoder decoder(node);
  decoder.required("role", value.role);
  return decoder.finish();
}

Result<Function::Exposure> exposure(const std::string& text, const Node& node) {
  if (text.empty()) return Function::Exposure::kByVolatility;
  if (text == "query") return Function::Exposure::kQuery;
  if (text == "mutation") return Function::Exposure::kMutation;
  return invalid(node.location, "'exposed_as' must be query or mutation");
}

}  // namespace

Result<void> decode(const Node& node, PoolSettings& value) {
  Decoder decoder(node);
  describe_pool(decoder, value);
  return decoder.finish();
}

json::Value encode(const PoolSettings& value) {
  Encoder encoder;
  describe_pool(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, ConnectionInformation& value) {
  Decoder decoder(node);
  // Empty and "default" stand for the first level.
  describe_connection(decoder, value);
  decoder.optional("database_url", value.database_url);
  if (!decoder.failed() && value.isolation_level != "" && value.isolation_level != "read-committed" &&
      value.isolation_level != "repeatable-read" && value.isolation_level != "serializable") {
    decoder.fail_with("'isolation_level' must be read-committed, repeatable-read or serializable");
  }
  return decoder.finish();
}

json::Value encode(const ConnectionInformation& value) {
  Encoder encoder;
  if (value.database_url.kind != Node::Kind::kNull) encoder.required("database_url", value.database_url);
  describe_connection(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, Customization& value) {
  Decoder decoder(node);
  describe_customization(decoder, value);
  BUSFLOW_CHECK(decoder.finish());
  const std::string& convention = value.naming_convention;
  if (!convention.empty() && convention != "hasura-default" && convention != "graphql-default") {
    return invalid(node.location,
                   fmt::format("naming_convention is hasura-default or graphql-default, not '{}'", convention));
  }
  return {};
}

json::Value encode(const Customization& value) {
  Encoder encoder;
  describe_customization(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, Function& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("function", value.name);
  decoder.optional("comment", value.comment);
  std::string exposed_as;
  decoder.nested("configuration", [&](Decoder& inner) {
    inner.optional("custom_name", value.custom_name);
    inner.optional("custom_root_fields", value.custom_root_fields);
    inner.optional("session_argument", value.session_argument);
    inner.optional("exposed_as", exposed_as);
    inner.optional("response", value.response);
  });
  std::vector<RoleEntry> roles;
  decoder.optional("permissions", roles);
  BUSFLOW_CHECK(decoder.finish());
  BUSFLOW_TRY(value.exposed_as, exposure(exposed_as, node));
  for (auto& entry : roles) value.roles.push_back(std::move(entry.role));
  std::erase_if(value.custom_root_fields, [](const auto& entry) { return entry.second == CustomRootField{}; });
  return {};
}

json::Value encode(const Function& value) {
  Encoder encoder;
  encoder.required("function", value.name);
  encoder.nested("configuration", [&](Encoder& inner) {
    inner.optional("custom_name", value.custom_name);
    inner.optional("custom_root_fields", value.custom_root_fields);
    inner.optional("session_argument", value.session_argument);
    if (value.exposed_as != Function::Exposure::kByVolatility)
      inner.put("exposed_as", value.exposed_as == Function::Exposure::kQuery ? "query" : "mutation");
    inner.optional("response", value.response);
  });
  json::Array permissions;
  for (const auto& role : value.roles) permissions.push_back(json::Object{{"role", role}});
  if (!permissions.empty()) encoder.put("permissions", std::move(permissions));
  encoder.optional("comment", value.comment);
  return encoder.take_object();
}

Result<void> decode(const Node& node, Source& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("name", value.name);
  decoder.optional("kind", value.kind);
  if (!decoder.failed() && value.kind != "postgres" && value.kind != "pg") {
    decoder.fail_with(fmt::format("a source of kind '{}' is not served; postgres is", value.kind));
  }
  decoder.nested("configuration", [&](Decoder& inner) { describe_configuration(inner, value); });
  std::vector<Table> tables;
  decoder.optional("tables", tables);
  describe_rest(decoder, value);
  BUSFLOW_CHECK(decoder.finish());
  value.tables.clear();
  value.tables.reserve(tables.size());
  for (auto& table : tables) value.tables.push_back(std::make_shared<const Table>(std::move(table)));
  return {};
}

json::Value encode(const Source& value) {
  Encoder encoder;
  encoder.required("name", value.name);
  encoder.required("kind", value.kind);
  json::Array tables;
  tables.reserve(value.tables.size());
  for (const auto& table : value.tables) tables.push_back(encode(*table));
  encoder.put("tables", std::move(tables));
  encoder.nested("configuration", [&](Encoder& inner) { describe_configuration(inner, value); });
  describe_rest(encoder, value);
  return encoder.take_object();
}

const Table* Source::find_table(const TableName& table) const {
  const auto found = std::ranges::find_if(tables, [&](const auto& entry) { return entry->name == table; });
  return found == tables.end() ? nullptr : found->get();
}

const Function* Source::find_function(const FunctionName& function) const {
  const auto found = std::ranges::find(functions, function, &Function::name);
  return found == functions.end() ? nullptr : &*found;
}

Result<Source> read_source(const Node& node) {
  Source source;
  BUSFLOW_CHECK(decode(node, source));
  return source;
}

json::Object to_json(const Source& source) { return encode(source).get_object(); }

}  // namespace busflow::graphql::metadata
