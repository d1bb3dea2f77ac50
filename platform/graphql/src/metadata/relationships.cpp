#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

using Using = Relationship::Using;
using InsertionOrder = Relationship::InsertionOrder;

Result<void> decode_foreign_key(const Node& node, Relationship& relationship) {
  if (node.kind != Node::Kind::kMap) {
    relationship.kind = Using::kOwnForeignKey;
    if (node.kind == Node::Kind::kList) return decode(node, relationship.columns);
    return decode(node, relationship.columns.emplace_back());
  }
  relationship.kind = Using::kRemoteForeignKey;
  Decoder decoder(node);
  decoder.required("table", relationship.remote_table);
  if (node.find("columns") != nullptr) {
    decoder.ignore("column");
    const Node* columns = decoder.take("columns");
    if (columns->kind == Node::Kind::kText) {
      relationship.columns = {columns->text};
    } else {
      decoder.required("columns", relationship.columns);
    }
  } else {
    decoder.required("column", relationship.columns.emplace_back());
    // Written with a list as well.
    if (decoder.failed() && node.find("column") != nullptr && node.find("column")->kind == Node::Kind::kList)
      return decode(*node.find("column"), relationship.columns);
  }
  return decoder.finish();
}

Result<void> decode_manual(const Node& node, Relationship& relationship) {
  relationship.kind = Using::kManual;
  Decoder decoder(node);
  decoder.ignore("source");
  decoder.required("remote_table", relationship.remote_table);
  std::optional<std::string> order;
  decoder.optional("insertion_order", order);
  const Node* mapping = decoder.take("column_mapping");
  if (mapping == nullptr || mapping->kind != Node::Kind::kMap || mapping->entries.empty())
    decoder.fail_with("'column_mapping' must map own columns to columns of the remote table");
  if (order && order != "before_parent" && order != "after_parent")
    decoder.fail_with("'insertion_order' must be before_parent or after_parent");
  BUSFLOW_CHECK(decoder.finish());
  if (order) {
    relationship.insertion_order =
        order == "after_parent" ? InsertionOrder::kAfterParent : InsertionOrder::kBeforeParent;
  }
  for (const auto& [own, remote] : mapping->entries) {
    BUSFLOW_CHECK(decode(remote, relationship.mapping.emplace_back(own, "").second));
  }
  return {};
}

json::Value encode_foreign_key(const Relationship& relationship) {
  json::Value columns =
      relationship.columns.size() == 1 ? json::Value(relationship.columns[0]) : encode(relationship.columns);
  if (relationship.kind == Using::kOwnForeignKey) return columns;
  return json::Object{{relationship.columns.size() == 1 ? "column" : "columns", columns},
                      {"table", encode(relationship.remote_table)}};
}

json::Value encode_manual(const Relationship& relationship) {
  json::Object manual{{"remote_table", encode(relationship.remote_table)}};
  if (relationship.insertion_order != InsertionOrder::kUnset) {
    manual["insertion_order"] =
        relationship.insertion_order == InsertionOrder::kAfterParent ? "after_parent" : "before_parent";
  }
  json::Object mapping;
  for (const auto& [own, remote] : relationship.mapping) mapping[own] = remote;
  manual["column_mapping"] = std::move(mapping);
  return manual;
}

template <class Codec>
void describe_computed_field(Codec& codec, Described<Codec, ComputedField>& field) {
  codec.location(field.location);
  codec.required("name", field.name);
  codec.nested("definition", [&](auto& definition) {
    definition.required("function", field.function);
    definition.optional("table_argument", field.table_argument);
    definition.optional("session_argument", field.session_argument);
  });
  codec.optional("comment", field.comment);
}

Result<RemoteRelationship::Target> decode_target(const Node& node) {
  RemoteRelationship::Target target;
  Decoder decoder(node);
  decoder.required("source", target.source);
  decoder.required("table", target.table);
  std::string type;
  decoder.required("relationship_type", type);
  std::map<std::string, std::string> mapping;
  decoder.required("field_mapping", mapping);
  if (!decoder.failed() && type != "object" && type != "array")
    decoder.fail_with("'relationship_type' must be object or array");
  if (!decoder.failed() && mapping.empty())
    decoder.fail_with("'field_mapping' must map own columns to columns of the other table");
  BUSFLOW_CHECK(decoder.finish());
  target.is_array = type == "array";
  target.field_mapping.assign(mapping.begin(), mapping.end());
  return target;
}

}  // namespace

Result<void> decode(const Node& node, Relationship& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("name", value.name);
  decoder.optional("comment", value.comment);
  decoder.nested("using", [&](Decoder& inner) {
    const Node* foreign_key = inner.take("foreign_key_constraint_on");
    const Node* manual = inner.take("manual_configuration");
    if ((foreign_key == nullptr) == (manual == nullptr)) {
      inner.fail_with("'using' needs either 'foreign_key_constraint_on' or 'manual_configuration'");
      return;
    }
    auto done = foreign_key != nullptr ? decode_foreign_key(*foreign_key, value) : decode_manual(*manual, value);
    if (!done)
      inner.adopt(foreign_key != nullptr ? "foreign_key_constraint_on" : "manual_configuration",
                  std::move(done).error());
  });
  if (!decoder.failed() && node.find("using") == nullptr) decoder.fail_with("the key 'using' is missing");
  return decoder.finish();
}

json::Value encode(const Relationship& value) {
  Encoder encoder;
  encoder.required("name", value.name);
  encoder.put("using", value.kind == Using::kManual
                           ? json::Object{{"manual_configuration", encode_manual(value)}}
                           : json::Object{{"foreign_key_constraint_on", encode_foreign_key(value)}});
  encoder.optional("comment", value.comment);
  return encoder.take_object();
}

Result<void> decode(const Node& node, ComputedField& value) {
  Decoder decoder(node);
  describe_computed_field(decoder, value);
  return decoder.finish();
}

json::Value encode(const ComputedField& value) {
  Encoder encoder;
  describe_computed_field(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, RemoteRelationship& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("name", value.name);
  decoder.required("definition", value.definition);
  BUSFLOW_CHECK(decoder.finish());
  value.target.reset();
  if (const Node* target = value.definition.find("to_source")) {
    BUSFLOW_TRY(value.target, decode_target(*target));
  }
  return {};
}

json::Value encode(const RemoteRelationship& value) {
  Encoder encoder;
  encoder.required("name", value.name);
  encoder.required("definition", value.definition);
  return encoder.take_object();
}

}  // namespace busflow::graphql::metadata
