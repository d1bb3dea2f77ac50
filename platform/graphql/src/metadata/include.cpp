#include "metadata/include.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "metadata/node_reader.hpp"

namespace busflow::graphql::metadata {
namespace {

constexpr int kDeepest = 8;

class Includes {
 public:
  explicit Includes(std::span<const EmbeddedFile> files) : files_(files) {}

  Result<Node> parse(const EmbeddedFile& file, int depth) const {
    BUSFLOW_TRY(Node document, parse_yaml(file));
    BUSFLOW_CHECK(resolve(document, folder_of(file.path), depth));
    return document;
  }

 private:
  Result<void> resolve(Node& node, std::string_view folder, int depth) const {
    if (node.kind == Node::Kind::kText && node.text.starts_with(kInclude)) {
      BUSFLOW_TRY(Node included, include(node, folder, depth));
      node = std::move(included);
      return {};
    }
    for (Node& item : node.items) {
      BUSFLOW_CHECK(resolve(item, folder, depth));
    }
    for (NodeEntry& entry : node.entries) {
      BUSFLOW_CHECK(resolve(entry.value, folder, depth));
    }
    return {};
  }

  Result<Node> include(const Node& node, std::string_view folder, int depth) const {
    if (depth >= kDeepest) return invalid(node.location, fmt::format("files include each other {} deep", kDeepest));
    const std::string path =
        (std::filesystem::path(folder) / node.text.substr(kInclude.size())).lexically_normal().generic_string();
    const auto found = std::ranges::find(files_, path, &EmbeddedFile::path);
    if (found == files_.end()) return invalid(node.location, fmt::format("there is no file {} to include", path));
    return parse(*found, depth + 1);
  }

  std::span<const EmbeddedFile> files_;
};

}  // namespace

Result<Node> parse_with_includes(const EmbeddedFile& file, std::span<const EmbeddedFile> files) {
  return Includes(files).parse(file, 0);
}

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace busflow::graphql::metadata
