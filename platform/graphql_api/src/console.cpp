#include "console.hpp"

#include <array>
#include <filesystem>
#include <memory>

#include <platform/base/file.hpp>

namespace busflow::graphql_api {
namespace {

struct ContentType {
  std::string_view extension;
  std::string_view name;
};

constexpr std::array kContentTypes = {
    ContentType{".html", "text/html; charset=utf-8"},
    ContentType{".js", "text/javascript; charset=utf-8"},
    ContentType{".css", "text/css; charset=utf-8"},
    ContentType{".woff2", "font/woff2"},
};

boost::asio::awaitable<http::Response> give(std::shared_ptr<const http::Response> response) { co_return *response; }

void add_file(http::Router& router, const std::string& path, const std::filesystem::path& file) {
  auto content = read_file(file);
  if (!content) return;
  http::Response response;
  response.body = std::move(*content);
  response.content_type = "application/octet-stream";
  for (const ContentType& type : kContentTypes) {
    if (file.extension() == type.extension) response.content_type = type.name;
  }
  const auto shared = std::make_shared<const http::Response>(std::move(response));
  router.add("GET", path, [shared](std::shared_ptr<http::Request>) { return give(shared); });
}

}  // namespace

void add_console(http::Router& router, const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().filename().string();
    add_file(router, "/console/" + name, entry.path());
    if (name == "index.html") add_file(router, "/", entry.path());
  }
}

}  // namespace busflow::graphql_api
