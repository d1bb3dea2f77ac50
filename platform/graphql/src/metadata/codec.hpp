#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql/metadata/parts.hpp>
#include <platform/json/json.hpp>

#include "metadata/node_reader.hpp"

/// Reads and writes the metadata's structures. Each says its fields once, in a template over the codec that serves both
/// ways: Decoder fills the value from a Node, Encoder writes it as JSON.
namespace busflow::graphql::metadata {

template <class Codec, class T>
using Described = std::conditional_t<Codec::kReads, T, const T>;

/// Reads the fields of one map. The first error is kept and makes the rest a no-op, so that descriptions stay lists.
class Decoder {
 public:
  static constexpr bool kReads = true;

  explicit Decoder(const Node& node) : node_(node) {
    if (node.kind != Node::Kind::kMap) fail_with("expected an object");
  }

  template <class T>
  void required(std::string_view key, T& field) {
    const Node* value = take(key);
    if (error_) return;
    if (value == nullptr || value->kind == Node::Kind::kNull) return missing(key);
    read(key, *value, field);
  }
  /// Absent and null leave the field as it is.
  template <class T>
  void optional(std::string_view key, T& field) {
    const Node* value = take(key);
    if (error_ || value == nullptr || value->kind == Node::Kind::kNull) return;
    read(key, *value, field);
  }
  template <class T>
  void optional(std::string_view key, T& field, const T& /*by_default*/) {
    optional(key, field);
  }
  /// A map of maps: `describe_inner` says what stands under the key. Absent is an empty map.
  template <class Inner>
  void nested(std::string_view key, Inner describe_inner) {
    const Node* value = take(key);
    if (error_ || value == nullptr || value->kind == Node::Kind::kNull) return;
    Decoder inner(*value);
    describe_inner(inner);
    if (auto done = inner.finish(); !done) adopt(key, std::move(done).error());
  }
  void location(SourceLocation& location) const { location = node_.location; }
  /// Keys that are known and mean nothing here.
  void ignore(std::string_view key) { take(key); }
  const Node& node() const { return node_; }
  const Node* take(std::string_view key) {
    known_.push_back(key);
    return node_.find(key);
  }
  void fail_with(std::string_view what) {
    if (!error_) error_ = invalid(node_.location, what).error();
  }
  void adopt(std::string_view key, Error error) {
    if (!error_) error_ = within(std::move(error), fmt::format(".{}", key));
  }
  bool failed() const { return error_.has_value(); }

  /// The first error, or one about a key that no description named.
  Result<void> finish();

 private:
  template <class T>
  void read(std::string_view key, const Node& value, T& field);
  void missing(std::string_view key) { fail_with(fmt::format("the key '{}' is missing", key)); }

  const Node& node_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

/// Writes the fields of one map; what has its default is left out.
class Encoder {
 public:
  static constexpr bool kReads = false;

  template <class T>
  void required(std::string_view key, const T& field);
  template <class T>
  void optional(std::string_view key, const T& field);
  template <class T>
  void optional(std::string_view key, const T& field, const T& by_default) {
    if (!(field == by_default)) required(key, field);
  }
  template <class Inner>
  void nested(std::string_view key, Inner describe_inner) {
    Encoder inner;
    describe_inner(inner);
    if (!inner.object().empty()) object_[key] = inner.take_object();
  }
  void location(const SourceLocation& /*unused*/) const {}
  void ignore(std::string_view /*unused*/) const {}
  void put(std::string_view key, json::Value value) { object_[key] = std::move(value); }
  const json::Object& object() const { return object_; }
  json::Object take_object() { return std::move(object_); }

 private:
  json::Object object_;
};

// ---- Scalars and containers
// ------------------------------------------------------------------------------------------

Result<void> decode(const Node& node, std::string& value);
Result<void> decode(const Node& node, bool& value);
Result<void> decode(const Node& node, std::int64_t& value);
inline Result<void> decode(const Node& node, Node& value) {
  value = node;
  return {};
}
inline json::Value encode(const std::string& value) { return json::Value(value); }
inline json::Value encode(bool value) { return value; }
inline json::Value encode(std::int64_t value) { return value; }
inline json::Value encode(const Node& value) { return to_json(value); }

template <class T>
Result<void> decode(const Node& node, std::optional<T>& value);
template <class T>
Result<void> decode(const Node& node, std::vector<T>& value);
template <class T>
Result<void> decode(const Node& node, std::map<std::string, T>& value);
template <class T>
json::Value encode(const std::optional<T>& value);
template <class T>
json::Value encode(const std::vector<T>& value);
template <class T>
json::Value encode(const std::map<std::string, T>& value);

template <class T>
Result<void> decode(const Node& node, std::optional<T>& value) {
  return decode(node, value.emplace());
}

template <class T>
Result<void> decode(const Node& node, std::vector<T>& value) {
  if (node.kind != Node::Kind::kList) return invalid(node.location, "expected a list");
  value.clear();
  value.reserve(node.items.size());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (auto done = decode(node.items[i], value.emplace_back()); !done)
      return std::unexpected(within(std::move(done).error(), fmt::format("[{}]", i)));
  }
  return {};
}

template <class T>
Result<void> decode(const Node& node, std::map<std::string, T>& value) {
  if (node.kind != Node::Kind::kMap) return invalid(node.location, "expected an object");
  value.clear();
  for (const auto& [key, item] : node.entries) {
    if (auto done = decode(item, value[key]); !done)
      return std::unexpected(within(std::move(done).error(), fmt::format(".{}", key)));
  }
  return {};
}

template <class T>
json::Value encode(const std::optional<T>& value) {
  return value ? encode(*value) : json::Value(nullptr);
}

template <class T>
json::Value encode(const std::vector<T>& value) {
  json::Array array;
  array.reserve(value.size());
  for (const auto& item : value) array.push_back(encode(item));
  return array;
}

template <class T>
json::Value encode(const std::map<std::string, T>& value) {
  json::Object object;
  object.reserve(value.size());
  for (const auto& [key, item] : value) object[key] = encode(item);
  return object;
}

template <class T>
void Decoder::read(std::string_view key, const Node& value, T& field) {
  if (auto done = decode(value, field); !done) adopt(key, std::move(done).error());
}

template <class T>
void Encoder::required(std::string_view key, const T& field) {
  put(key, encode(field));
}

template <class T>
void Encoder::optional(std::string_view key, const T& field) {
  if constexpr (requires { field.has_value(); }) {
    if (field) put(key, encode(*field));
  } else if constexpr (requires { field.empty(); }) {
    if (!field.empty()) put(key, encode(field));
  } else {
    put(key, encode(field));
  }
}

/// For structures whose description is all there is to say.
template <class T, class Describe>
Result<void> decode_described(const Node& node, T& value, Describe describe) {
  Decoder decoder(node);
  if (!decoder.failed()) describe(decoder, value);
  return decoder.finish();
}
template <class T, class Describe>
json::Value encode_described(const T& value, Describe describe) {
  Encoder encoder;
  describe(encoder, value);
  return encoder.take_object();
}

}  // namespace busflow::graphql::metadata
