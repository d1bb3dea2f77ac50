#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

template <class Codec>
void describe_validation(Codec& codec, Described<Codec, InputValidation>& validation) {
  codec.optional("type", validation.type);
  codec.nested("definition", [&](auto& definition) {
    definition.required("url", validation.url);
    definition.optional("headers", validation.headers);
    definition.optional("timeout", validation.timeout_seconds, std::int64_t{10});
    definition.optional("forward_client_headers", validation.forward_client_headers, false);
  });
}

template <class Codec>
void describe_body(Codec& codec, Described<Codec, InsertPermission>& permission) {
  codec.required("check", permission.check);
  codec.optional("set", permission.set);
  codec.optional("columns", permission.columns);
  codec.optional("backend_only", permission.backend_only, false);
  codec.optional("validate_input", permission.validate_input);
}

template <class Codec>
void describe_body(Codec& codec, Described<Codec, SelectPermission>& permission) {
  codec.required("columns", permission.columns);
  codec.optional("computed_fields", permission.computed_fields);
  // A forgotten filter would open every tenant's rows, so it has to be written down.
  codec.required("filter", permission.filter);
  codec.optional("limit", permission.limit);
  codec.optional("allow_aggregations", permission.allow_aggregations, false);
  codec.optional("query_root_fields", permission.query_root_fields);
  codec.optional("subscription_root_fields", permission.subscription_root_fields);
}

template <class Codec>
void describe_body(Codec& codec, Described<Codec, UpdatePermission>& permission) {
  codec.required("columns", permission.columns);
  codec.required("filter", permission.filter);
  if constexpr (Codec::kReads) {
    // A null says that there is no check, which export repeats.
    const Node* check = codec.take("check");
    if (check != nullptr) permission.check = *check;
  } else {
    codec.optional("check", permission.check);
  }
  codec.optional("set", permission.set);
  codec.optional("backend_only", permission.backend_only, false);
  codec.optional("validate_input", permission.validate_input);
}

template <class Codec>
void describe_body(Codec& codec, Described<Codec, DeletePermission>& permission) {
  codec.required("filter", permission.filter);
  codec.optional("backend_only", permission.backend_only, false);
  codec.optional("validate_input", permission.validate_input);
}

template <class T>
Result<void> decode_permission(const Node& node, T& value) {
  Decoder decoder(node);
  decoder.location(value.location);
  decoder.required("role", value.role);
  decoder.optional("comment", value.comment);
  if (!decoder.failed() && value.role == "admin")
    decoder.fail_with("the role admin may do everything and takes no permission");
  const Node* body = decoder.take("permission");
  if (decoder.failed()) return decoder.finish();
  if (body == nullptr) {
    decoder.fail_with("the key 'permission' is missing");
    return decoder.finish();
  }
  Decoder inner(*body);
  if (!inner.failed()) describe_body(inner, value);
  if (auto done = inner.finish(); !done) decoder.adopt("permission", std::move(done).error());
  return decoder.finish();
}

template <class T>
json::Value encode_permission(const T& value) {
  Encoder encoder;
  encoder.required("role", value.role);
  Encoder body;
  describe_body(body, value);
  encoder.put("permission", body.take_object());
  encoder.optional("comment", value.comment);
  return encoder.take_object();
}

}  // namespace

Result<void> decode(const Node& node, InputValidation& value) {
  Decoder decoder(node);
  describe_validation(decoder, value);
  if (!decoder.failed() && value.type != "http") decoder.fail_with("the type of 'validate_input' must be http");
  return decoder.finish();
}

json::Value encode(const InputValidation& value) {
  Encoder encoder;
  describe_validation(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, InsertPermission& value) { return decode_permission(node, value); }
Result<void> decode(const Node& node, SelectPermission& value) { return decode_permission(node, value); }
Result<void> decode(const Node& node, UpdatePermission& value) { return decode_permission(node, value); }
Result<void> decode(const Node& node, DeletePermission& value) { return decode_permission(node, value); }

json::Value encode(const InsertPermission& value) { return encode_permission(value); }
json::Value encode(const SelectPermission& value) { return encode_permission(value); }
json::Value encode(const UpdatePermission& value) { return encode_permission(value); }
json::Value encode(const DeletePermission& value) { return encode_permission(value); }

}  // namespace busflow::graphql::metadata
