#include <gtest/gtest.h>

#include <platform/http/router.hpp>

namespace busflow::http {
namespace {

boost::asio::awaitable<Response> nothing(std::shared_ptr<Request>) { co_return Response{}; }

Request request(std::string method, std::string path) {
  Request result;
  result.method = std::move(method);
  result.path = std::move(path);
  return result;
}

TEST(Router, FindsExactAndNamedSegments) {
  Router router;
  router.add("GET", "/v1/files/{id}", nothing);
  router.add("PUT", "/v1/files/{id}", nothing);
  router.add("GET", "/v1/files/all", nothing);
  auto exact = request("GET", "/v1/files/all");
  EXPECT_EQ((*router.find(exact))->pattern, "/v1/files/all");
  auto named = request("HEAD", "/v1/files/42");
  EXPECT_EQ((*router.find(named))->pattern, "/v1/files/{id}");
  EXPECT_EQ(named.path_parameters["id"], "42");
  auto wrong_method = request("DELETE", "/v1/files/42");
  EXPECT_EQ(router.find(wrong_method).error().detail, "GET, PUT");
  for (const auto* path : {"/v1/files", "/v1/files/", "/v1/files/42/more", "/", ""}) {
    auto missing = request("GET", path);
    EXPECT_EQ(router.find(missing).error().name, ErrorName::kNotFound) << path;
  }
}

TEST(Router, RefusesTheSameRouteTwice) {
  Router router;
  router.add("GET", "/a", nothing);
  EXPECT_THROW(router.add("GET", "/a", nothing), std::logic_error);
}

TEST(Request, DecodesQueryParameters) {
  Request parsed;
  parsed.query = "a=1&name=M%C3%BCller+%26&empty=&flag";
  EXPECT_EQ(parsed.query_parameter("name"), "Müller &");
  EXPECT_EQ(parsed.query_parameter("empty"), "");
  EXPECT_EQ(parsed.query_parameter("flag"), "");
  EXPECT_FALSE(parsed.query_parameter("b"));
}

}  // namespace
}  // namespace busflow::http
