#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

constexpr auto kTypedName = []<class Codec>(Codec& codec, Described<Codec, TypedName>& name) {
  codec.location(name.location);
  codec.required("name", name.name);
  codec.required("type", name.type);
  codec.optional("description", name.description);
  codec.optional("arguments", name.arguments);
};

constexpr auto kPermission = []<class Codec>(Codec& codec, Described<Codec, ActionPermission>& permission) {
  codec.required("role", permission.role);
  codec.optional("comment", permission.comment);
};

constexpr auto kScalar = []<class Codec>(Codec& codec, Described<Codec, CustomScalar>& scalar) {
  codec.location(scalar.location);
  codec.required("name", scalar.name);
  codec.optional("description", scalar.description);
};

constexpr auto kEnumValue = []<class Codec>(Codec& codec, Described<Codec, EnumValue>& value) {
  codec.required("value", value.value);
  codec.optional("description", value.description);
  codec.optional("is_deprecated", value.is_deprecated);
};

constexpr auto kEnum = []<class Codec>(Codec& codec, Described<Codec, CustomEnum>& type) {
  codec.location(type.location);
  codec.required("name", type.name);
  codec.optional("description", type.description);
  codec.optional("values", type.values);
};

constexpr auto kInputObject = []<class Codec>(Codec& codec, Described<Codec, CustomInputObject>& type) {
  codec.location(type.location);
  codec.required("name", type.name);
  codec.optional("description", type.description);
  codec.optional("fields", type.fields);
};

constexpr auto kObject = []<class Codec>(Codec& codec, Described<Codec, CustomObject>& type) {
  codec.location(type.location);
  codec.required("name", type.name);
  codec.optional("description", type.description);
  codec.optional("fields", type.fields);
  codec.optional("relationships", type.relationships);
};

constexpr auto kCustomTypes = []<class Codec>(Codec& codec, Described<Codec, CustomTypes>& types) {
  codec.optional("input_objects", types.input_objects);
  codec.optional("objects", types.objects);
  codec.optional("scalars", types.scalars);
  codec.optional("enums", types.enums);
};

template <class Codec>
void describe_definition(Codec& codec, Described<Codec, Action>& action) {
  codec.optional("handler", action.handler);
  codec.optional("output_type", action.output_type);
  codec.optional("arguments", action.arguments);
  codec.optional("headers", action.headers);
  codec.optional("forward_client_headers", action.forward_client_headers, false);
  codec.optional("ignored_client_headers", action.ignored_client_headers);
  codec.optional("timeout", action.timeout_seconds, std::int64_t{30});
  codec.optional("request_transform", action.request_transform);
  codec.optional("response_transform", action.response_transform);
}

}  // namespace

Result<void> decode(const Node& node, TypedName& value) { return decode_described(node, value, kTypedName); }
json::Value encode(const TypedName& value) { return encode_described(value, kTypedName); }
Result<void> decode(const Node& node, ActionPermission& value) { return decode_described(node, value, kPermission); }
json::Value encode(const ActionPermission& value) { return encode_described(value, kPermission); }
Result<void> decode(const Node& node, CustomScalar& value) { return decode_described(node, value, kScalar); }
json::Value encode(const CustomScalar& value) { return encode_described(value, kScalar); }
Result<void> decode(const Node& node, EnumValue& value) { return decode_described(node, value, kEnumValue); }
json::Value encode(const EnumValue& value) { return encode_described(value, kEnumValue); }
Result<void> decode(const Node& node, CustomEnum& value) { return decode_described(node, value, kEnum); }
json::Value encode(const CustomEnum& value) { return encode_described(value, kEnum); }
Result<void> decode(const Node& node, CustomInputObject& value) { return decode_described(node, value, kInputObject); }
json::Value encode(const CustomInputObject& value) { return encode_described(value, kInputObject); }
Result<void> decode(const Node& node, CustomObject& value) { return decode_described(node, value, kObject); }
json::Value encode(const CustomObject& value) { return encode_described(value, kObject); }
Result<void> decode(const Node& node, CustomTypes& value) { return decode_described(node, value, kCustomTypes); }
json::Value encode(const CustomTypes& value) { return encode_described(value, kCustomTypes); }

Result<void> decode(const Node& node, CustomRelationship& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("name", value.name);
  std::string type;
  decoder.required("type", type);
  decoder.optional("source", value.source);
  decoder.required("remote_table", value.remote_table);
  std::map<std::string, std::string> mapping;
  decoder.required("field_mapping", mapping);
  if (!decoder.failed() && type != "object" && type != "array") decoder.fail_with("'type' must be object or array");
  value.is_array = type == "array";
  value.field_mapping.assign(mapping.begin(), mapping.end());
  return decoder.finish();
}

json::Value encode(const CustomRelationship& value) {
  Encoder encoder;
  encoder.required("name", value.name);
  encoder.put("type", value.is_array ? "array" : "object");
  encoder.required("source", value.source);
  encoder.required("remote_table", value.remote_table);
  json::Object mapping;
  for (const auto& [own, remote] : value.field_mapping) mapping[own] = remote;
  encoder.put("field_mapping", std::move(mapping));
  return encoder.take_object();
}

Result<void> decode(const Node& node, Action& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("name", value.name);
  decoder.optional("comment", value.comment);
  decoder.optional("permissions", value.permissions);
  std::string type = "mutation";
  std::string kind = "synchronous";
  decoder.nested("definition", [&](Decoder& definition) {
    describe_definition(definition, value);
    definition.optional("type", type);
    definition.optional("kind", kind);
  });
  if (!decoder.failed() && type != "mutation" && type != "query") decoder.fail_with("'type' must be query or mutation");
  if (!decoder.failed() && !kind.empty() && kind != "synchronous" && kind != "asynchronous")
    decoder.fail_with("'kind' must be synchronous or asynchronous");
  value.type = type == "query" ? Action::Type::kQuery : Action::Type::kMutation;
  value.kind = kind == "asynchronous" ? Action::Kind::kAsynchronous : Action::Kind::kSynchronous;
  return decoder.finish();
}

json::Value encode(const Action& value) {
  Encoder encoder;
  encoder.required("name", value.name);
  encoder.nested("definition", [&](Encoder& definition) {
    describe_definition(definition, value);
    if (value.type == Action::Type::kQuery) {
      definition.put("type", "query");
    } else {
      definition.put("kind", value.kind == Action::Kind::kAsynchronous ? "asynchronous" : "synchronous");
    }
  });
  encoder.optional("comment", value.comment);
  encoder.optional("permissions", value.permissions);
  return encoder.take_object();
}

}  // namespace busflow::graphql::metadata
