#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <platform/graphql/metadata/node.hpp>

#include "metadata/include.hpp"

namespace busflow::graphql::metadata {
namespace {

constexpr int kDeepest = 64;

/// The scalar's kind by the YAML 1.2 core schema; quoted scalars are always text.
Node::Kind scalar_kind(const YAML::Node& scalar) {
  const std::string& text = scalar.Scalar();
  if (scalar.Tag() == "!") return Node::Kind::kText;
  if (text.empty() || text == "~" || text == "null") return Node::Kind::kNull;
  if (text == "true" || text == "false") return Node::Kind::kBoolean;
  const auto first = text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0);
  const bool has_digit = text.find_first_of("0123456789") != std::string::npos;
  if (first == std::string::npos) return has_digit ? Node::Kind::kInteger : Node::Kind::kText;
  if (has_digit && text[first] == '.' && text.find_first_not_of("0123456789", first + 1) == std::string::npos)
    return Node::Kind::kFloat;
  return Node::Kind::kText;
}

class Converter {
 public:
  explicit Converter(std::string_view file) : file_(std::make_shared<const std::string>(file)) {}

  Result<Node> convert(const YAML::Node& yaml, int depth) const {
    Node node;
    node.location = location(yaml);
    if (depth > kDeepest) return wrong(node.location, fmt::format("nested deeper than {} levels", kDeepest));
    switch (yaml.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: return node;
      case YAML::NodeType::Scalar:
        node.kind = scalar_kind(yaml);
        node.text = yaml.Scalar();
        // Hasura's CLI writes both `!include file` and `"!include file"`.
        if (yaml.Tag() == "!include") {
          node.kind = Node::Kind::kText;
          node.text = std::string(kInclude) + node.text;
        }
        return node;
      case YAML::NodeType::Sequence: return list(yaml, std::move(node), depth);
      case YAML::NodeType::Map: return map(yaml, std::move(node), depth);
    }
    return node;
  }

  std::unexpected<Error> wrong(const SourceLocation& location, std::string_view what) const {
    return fail(ErrorName::kInvalidMetadata, fmt::format("{}: {}", location.describe(), what));
  }

  SourceLocation location(const YAML::Node& yaml) const { return {file_, yaml.Mark().line + 1}; }

 private:
  Result<Node> list(const YAML::Node& yaml, Node node, int depth) const {
    node.kind = Node::Kind::kList;
    for (const auto& item : yaml) {
      BUSFLOW_TRY(Node converted, convert(item, depth + 1));
      node.items.push_back(std::move(converted));
    }
    return node;
  }

  Result<Node> map(const YAML::Node& yaml, Node node, int depth) const {
    node.kind = Node::Kind::kMap;
    for (const auto& entry : yaml) {
      if (!entry.first.IsScalar()) return wrong(location(entry.first), "a key must be a plain word");
      const std::string& key = entry.first.Scalar();
      if (node.find(key) != nullptr)
        return wrong(location(entry.first), fmt::format("the key '{}' is given twice", key));
      BUSFLOW_TRY(Node converted, convert(entry.second, depth + 1));
      if (converted.location.line == 0) converted.location = location(entry.first);
      node.entries.push_back({key, std::move(converted)});
    }
    return node;
  }

  std::shared_ptr<const std::string> file_;
};

}  // namespace

Result<Node> parse_yaml(const EmbeddedFile& file) {
  const Converter converter(file.path);
  try {
    return converter.convert(YAML::Load(std::string(file.text)), 0);
  } catch (const YAML::Exception& failure) {
    return converter.wrong(SourceLocation(file.path, failure.mark.line + 1), failure.msg);
  }
}

}  // namespace busflow::graphql::metadata
