#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/embedded_file.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql::metadata {

/// Where a piece of metadata was written. What came by the API as JSON has no file; errors then carry a JSONPath
/// instead.
struct SourceLocation {
  std::shared_ptr<const std::string> file;  ///< Shared by all nodes of the file; null when there is none.
  int line = 0;                             ///< From 1; 0 when unknown.

  SourceLocation() = default;
  SourceLocation(std::shared_ptr<const std::string> of, int at) : file(std::move(of)), line(at) {}
  SourceLocation(std::string_view of, int at) : file(std::make_shared<const std::string>(of)), line(at) {}

  /// "tables/public_t.yaml:3"; empty without a file.
  std::string describe() const;
};

struct NodeEntry;

/// A document, from YAML or JSON, that remembers where each part stood.
struct Node {
  enum class Kind : std::uint8_t { kNull, kBoolean, kInteger, kFloat, kText, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;  ///< Of a scalar; numbers keep their digits.
  std::vector<Node> items;
  std::vector<NodeEntry> entries;
  SourceLocation location;

  const Node* find(std::string_view key) const;
  bool is_empty_map() const { return kind == Kind::kMap && entries.empty(); }

  /// Equal as values; locations do not count, the order of keys does.
  friend bool operator==(const Node&, const Node&);
};

struct NodeEntry {
  std::string key;
  Node value;

  friend bool operator==(const NodeEntry&, const NodeEntry&) = default;
};

/// Parses one YAML file; at most 64 levels deep. kInvalidMetadata names file and line.
Result<Node> parse_yaml(const EmbeddedFile& file);

Node node_of(const json::Value& value);
json::Value to_json(const Node& node);

}  // namespace busflow::graphql::metadata
