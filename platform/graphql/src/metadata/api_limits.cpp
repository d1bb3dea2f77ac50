#include <limits>

#include <platform/base/text.hpp>

#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

constexpr std::string_view kAddress = "IP";

/// "IP", or a list of session variables.
Result<void> decode_unique(const Node& node, RateLimit& limit) {
  constexpr std::string_view kExpected = "expected IP, or a list of session variables other than x-hasura-role";
  if (node.kind == Node::Kind::kText && lower_case(node.text) == lower_case(kAddress)) {
    limit.by_address = true;
    return {};
  }
  if (node.kind != Node::Kind::kList) return invalid(node.location, kExpected);
  for (const Node& item : node.items) {
    const std::string name = lower_case(item.text);
    if (item.kind != Node::Kind::kText || !name.starts_with("x-hasura-") || name == "x-hasura-role")
      return invalid(item.location, kExpected);
    limit.variables.push_back(item.text);
  }
  return {};
}

constexpr auto kLimit = []<class Codec, class Limit>(Codec& codec, Limit& limit) {
  codec.required("global", limit.global);
  codec.optional("per_role", limit.per_role);
};

constexpr auto kLimits = []<class Codec>(Codec& codec, Described<Codec, ApiLimits>& limits) {
  codec.location(limits.location);
  codec.optional("disabled", limits.disabled);
  codec.optional("depth_limit", limits.depth);
  codec.optional("node_limit", limits.nodes);
  codec.optional("batch_limit", limits.batch);
  codec.optional("time_limit", limits.time);
  codec.optional("rate_limit", limits.rate);
  codec.optional("alias_limit", limits.aliases);
  codec.optional("query_length_limit", limits.query_length);
};

}  // namespace

Result<void> decode(const Node& node, LimitNumber& value) {
  if (!decode(node, value.value) || value.value < 1 || value.value > std::numeric_limits<std::int32_t>::max()) {
    return invalid(node.location,
                   fmt::format("expected a whole number from 1 to {}", std::numeric_limits<std::int32_t>::max()));
  }
  return {};
}
json::Value encode(const LimitNumber& value) { return value.value; }

Result<void> decode(const Node& node, RateLimit& value) {
  Decoder decoder(node);
  decoder.required("max_reqs_per_min", value.per_minute);
  if (const Node* unique = decoder.take("unique_params"); unique != nullptr && unique->kind != Node::Kind::kNull) {
    if (auto done = decode_unique(*unique, value); !done) decoder.adopt("unique_params", std::move(done).error());
  }
  return decoder.finish();
}

json::Value encode(const RateLimit& value) {
  json::Object object{{"max_reqs_per_min", encode(value.per_minute)}};
  if (value.by_address) object["unique_params"] = kAddress;
  if (!value.variables.empty()) object["unique_params"] = encode(value.variables);
  return object;
}

template <class T>
Result<void> decode(const Node& node, RoleLimit<T>& value) {
  return decode_described(node, value, kLimit);
}
template <class T>
json::Value encode(const RoleLimit<T>& value) {
  return encode_described(value, kLimit);
}

Result<void> decode(const Node& node, ApiLimits& value) { return decode_described(node, value, kLimits); }
json::Value encode(const ApiLimits& value) { return encode_described(value, kLimits); }

}  // namespace busflow::graphql::metadata
