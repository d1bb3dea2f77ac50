#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

template <class Codec>
void describe_column(Codec& codec, Described<Codec, ColumnConfiguration>& column) {
  codec.optional("custom_name", column.custom_name);
  codec.optional("comment", column.comment);
}

template <class Codec>
void describe_lists(Codec& codec, Described<Codec, Table>& table) {
  codec.optional("computed_fields", table.computed_fields);
  codec.optional("remote_relationships", table.remote_relationships);
  codec.optional("insert_permissions", table.insert_permissions);
  codec.optional("select_permissions", table.select_permissions);
  codec.optional("update_permissions", table.update_permissions);
  codec.optional("delete_permissions", table.delete_permissions);
  codec.optional("event_triggers", table.event_triggers);
  codec.optional("apollo_federation_config", table.apollo_federation_config);
  codec.optional("logical_model", table.logical_model);
}

void decode_relationships(Decoder& decoder, Table& table) {
  for (const bool is_array : {false, true}) {
    std::vector<Relationship> list;
    decoder.optional(is_array ? "array_relationships" : "object_relationships", list);
    for (auto& relationship : list) {
      relationship.is_array = is_array;
      if (is_array && relationship.kind == Relationship::Using::kOwnForeignKey && !decoder.failed()) {
        decoder.fail_with(
            fmt::format("the array relationship '{}' needs the remote table: {{table, column}}", relationship.name));
      }
      table.relationships.push_back(std::move(relationship));
    }
  }
}

void encode_relationships(Encoder& encoder, const Table& table) {
  for (const bool is_array : {false, true}) {
    json::Array list;
    for (const auto& relationship : table.relationships) {
      if (relationship.is_array == is_array) list.push_back(encode(relationship));
    }
    if (!list.empty()) encoder.put(is_array ? "array_relationships" : "object_relationships", std::move(list));
  }
}

}  // namespace

Result<void> decode(const Node& node, ColumnConfiguration& value) {
  Decoder decoder(node);
  describe_column(decoder, value);
  return decoder.finish();
}

json::Value encode(const ColumnConfiguration& value) {
  Encoder encoder;
  describe_column(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, TableConfiguration& value) {
  Decoder decoder(node);
  decoder.optional("custom_name", value.custom_name);
  decoder.optional("comment", value.comment);
  decoder.optional("custom_root_fields", value.custom_root_fields);
  decoder.optional("column_config", value.columns);
  std::map<std::string, std::string> names;
  decoder.optional("custom_column_names", names);
  BUSFLOW_CHECK(decoder.finish());
  for (auto& [column, name] : names) {
    auto& configuration = value.columns[column];
    if (configuration.custom_name.empty()) configuration.custom_name = std::move(name);
  }
  std::erase_if(value.custom_root_fields, [](const auto& entry) { return entry.second == CustomRootField{}; });
  return {};
}

json::Value encode(const TableConfiguration& value) {
  Encoder encoder;
  encoder.optional("column_config", value.columns);
  std::map<std::string, std::string> names;
  for (const auto& [column, configuration] : value.columns) {
    if (!configuration.custom_name.empty()) names[column] = configuration.custom_name;
  }
  // Older clients read the names from here.
  encoder.optional("custom_column_names", names);
  encoder.optional("custom_name", value.custom_name);
  encoder.optional("comment", value.comment);
  encoder.optional("custom_root_fields", value.custom_root_fields);
  return encoder.take_object();
}

Result<void> decode(const Node& node, Table& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("table", value.name);
  decoder.optional("is_enum", value.is_enum);
  decoder.optional("configuration", value.configuration);
  decode_relationships(decoder, value);
  describe_lists(decoder, value);
  return decoder.finish();
}

json::Value encode(const Table& value) {
  Encoder encoder;
  encoder.required("table", value.name);
  encoder.optional("is_enum", value.is_enum, false);
  encoder.optional("configuration", value.configuration, TableConfiguration{});
  encode_relationships(encoder, value);
  describe_lists(encoder, value);
  return encoder.take_object();
}

Result<Table> read_table(const Node& node) {
  Table table;
  BUSFLOW_CHECK(decode(node, table));
  return table;
}

json::Object to_json(const Table& table) { return encode(table).get_object(); }

}  // namespace busflow::graphql::metadata
