#include <platform/graphql/metadata/node.hpp>

#include <charconv>

#include <fmt/format.h>

namespace busflow::graphql::metadata {

std::string SourceLocation::describe() const {
  if (file == nullptr) return {};
  return line > 0 ? fmt::format("{}:{}", *file, line) : *file;
}

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

bool operator==(const Node& a, const Node& b) {
  return a.kind == b.kind && a.text == b.text && a.items == b.items && a.entries == b.entries;
}

Node node_of(const json::Value& value) {
  Node node;
  switch (value.kind()) {
    case boost::json::kind::null: break;
    case boost::json::kind::bool_:
      node.kind = Node::Kind::kBoolean;
      node.text = value.get_bool() ? "true" : "false";
      break;
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
      node.kind = Node::Kind::kInteger;
      node.text = json::serialize(value);
      break;
    case boost::json::kind::double_:
      node.kind = Node::Kind::kFloat;
      node.text = json::serialize(value);
      break;
    case boost::json::kind::string:
      node.kind = Node::Kind::kText;
      node.text = std::string_view(value.get_string());
      break;
    case boost::json::kind::array:
      node.kind = Node::Kind::kList;
      node.items.reserve(value.get_array().size());
      for (const auto& item : value.get_array()) node.items.push_back(node_of(item));
      break;
    case boost::json::kind::object:
      node.kind = Node::Kind::kMap;
      node.entries.reserve(value.get_object().size());
      for (const auto& [key, item] : value.get_object()) node.entries.push_back({std::string(key), node_of(item)});
      break;
  }
  return node;
}

namespace {

json::Value number(const std::string& text) {
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole); error == std::errc() && stop == end)
    return whole;
  double real = 0;
  std::from_chars(text.data(), end, real);
  return real;
}

}  // namespace

json::Value to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return nullptr;
    case Node::Kind::kBoolean: return node.text == "true";
    case Node::Kind::kInteger:
    case Node::Kind::kFloat: return number(node.text);
    case Node::Kind::kText: return json::Value(node.text);
    case Node::Kind::kList: {
      json::Array array;
      array.reserve(node.items.size());
      for (const auto& item : node.items) array.push_back(to_json(item));
      return array;
    }
    case Node::Kind::kMap: {
      json::Object object;
      object.reserve(node.entries.size());
      for (const auto& [key, item] : node.entries) object[key] = to_json(item);
      return object;
    }
  }
  return nullptr;
}

}  // namespace busflow::graphql::metadata
