#include <libdeflate.h>

#include <algorithm>
#include <map>
#include <string>

#include <platform/http/content_coding.hpp>

#include "client.hpp"

namespace busflow::http {
namespace {

struct Case {
  std::vector<std::string> headers;
  bool gzip;
  bool identity;
};

TEST(AcceptedCodingsTest, WhatAHeaderAllows) {
  const std::vector<Case> cases = {
      {{}, false, true},
      {{""}, false, true},
      {{" , ,"}, false, true},
      {{"gzip"}, true, true},
      {{"GZip"}, true, true},
      {{"x-gzip"}, true, true},
      {{"identity"}, false, true},
      {{"br"}, false, true},
      {{"br, deflate"}, false, true},
      {{"br", "gzip"}, true, true},
      {{"brotli, gzip;q=0.9"}, true, true},
      {{"identity;q=0.42,brotli, gzip;q=0.9"}, true, true},
      {{"gzip;q=1.0, identity; q=0.5, *;q=0"}, true, true},
      {{"*"}, true, true},
      {{"*;q=0.1"}, true, true},
      {{"*, gzip;q=0"}, false, true},
      // gzip excluded
      {{"gzip;q=0"}, false, true},
      {{"gzip; q=0.000"}, false, true},
      {{"gzip ;Q=0."}, false, true},
      {{"gzip;level=9;q=0"}, false, true},
      {{"gzip;q=0, gzip"}, false, true},
      {{"identity;q=0.42,brotli, gzip;q=0"}, false, true},
      {{"gzip;q=0.001"}, true, true},
      // identity excluded
      {{"gzip, identity;q=0"}, true, false},
      {{"gzip", "identity;q=0.0"}, true, false},
      {{"gzip, *;q=0"}, true, false},
      {{"*, identity;q=0"}, true, false},
      {{"identity, gzip, *;q=0"}, true, true},
      // nothing that we have
      {{"identity;q=0"}, false, false},
      {{"identity;q=0,brotli"}, false, false},
      {{"*;q=0,brotli"}, false, false},
      {{"*;q=0"}, false, false},
      // no header at all, but for its name
      {{"gzip;q=much"}, true, true},
      {{"gzip;q=-1;;="}, true, true},
      {{"gzip;q"}, true, true},
      {{";q=0"}, false, true},
      {{"gzipped, notgzip"}, false, true},
  };
  for (const auto& [values, gzip, identity] : cases) {
    std::vector<std::pair<std::string, std::string>> headers = {{"x-first", "gzip"}};
    std::string shown;
    for (const auto& value : values) {
      headers.emplace_back("accept-encoding", value);
      shown += "[" + value + "]";
    }
    EXPECT_EQ(accepted_codings(headers), (AcceptedCodings{.gzip = gzip, .identity = identity})) << shown;
  }
}

std::string unpacked(std::string_view packed) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> with(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string text(std::size_t{8} << 20, '\0');
  std::size_t size = 0;
  const auto result =
      libdeflate_gzip_decompress(with.get(), packed.data(), packed.size(), text.data(), text.size(), &size);
  EXPECT_EQ(result, LIBDEFLATE_SUCCESS);
  text.resize(result == LIBDEFLATE_SUCCESS ? size : 0);
  return text;
}

/// Of that many bytes, and no two lines alike.
std::string text_of(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += "line " + std::to_string(i) + " of many\n";
  text.resize(bytes);
  return text;
}

class CompressionTest : public ServerTest {
 protected:
  void add(const std::string& path, Response response) {
    router_.add("GET", path, on_workers(environment_, [response](Context&, const Request&) -> Result<Response> {
                  return response;
                }));
  }
  Client::Reply get(const std::string& path, const std::string& accepted, const std::string& method = "GET") {
    Client client(server_->port());
    client.send(method + " " + path + " HTTP/1.1\r\n" +
                (accepted.empty() ? "" : "Accept-Encoding: " + accepted + "\r\n") + "\r\n");
    return client.receive();
  }
  static bool is_gzip(const Client::Reply& reply) { return reply.contains("content-encoding: gzip\r\n"); }
  static bool varies(const Client::Reply& reply) { return reply.contains("vary: Accept-Encoding\r\n"); }
};

TEST_F(CompressionTest, SizesAndHeaders) {
  const std::map<std::string, std::size_t> sizes = {{"/1", 1},         {"/699", 699},     {"/700", 700},
                                                    {"/20000", 20000}, {"/20001", 20001}, {"/5000000", 5'000'000}};
  for (const auto& [path, size] : sizes) add(path, Response::text(text_of(size)));
  serve({.compresses = true});
  for (const auto& [path, size] : sizes) {
    for (const std::string accepted :
         {"", "gzip", "br", "identity", "gzip;q=0", "identity;q=0", "*", "gzip, identity;q=0"}) {
      const auto reply = get(path, accepted);
      const bool takes_gzip = accepted == "*" || (accepted.starts_with("gzip") && accepted != "gzip;q=0");
      EXPECT_EQ(is_gzip(reply), takes_gzip && (size >= 700 || accepted == "gzip, identity;q=0")) << path << accepted;
      EXPECT_TRUE(varies(reply)) << path << accepted;
      EXPECT_EQ(is_gzip(reply) ? unpacked(reply.body) : reply.body, text_of(size)) << path << accepted;
    }
  }
}

TEST_F(CompressionTest, WhatStaysAsItIs) {
  const auto with = [](std::string name, std::string value, std::uint16_t status = 200) {
    auto response = Response::text(text_of(3000), status);
    response.headers = {{std::move(name), std::move(value)}};
    return response;
  };
  add("/encoded", with("content-encoding", "br"));
  add("/part", with("content-range", "bytes 0-2999/4000", 206));
  add("/tagged", with("etag", "\"one\""));
  auto image = Response::text(text_of(3000));
  image.content_type = "image/png";
  add("/image", image);
  add("/empty", Response::text("", 204));
  add("/text", Response::text(text_of(3000)));
  router_.add_transfer("GET", "/file",
                       transfer_on_workers(environment_, [](Context&, Transfer& transfer) -> Result<Response> {
                         BUSFLOW_CHECK(transfer.begin(Response::text(""), 3000));
                         BUSFLOW_CHECK(transfer.write(text_of(3000)));
                         return Response();
                       }));
  serve({.compresses = true});
  for (const std::string path : {"/encoded", "/part", "/tagged", "/image", "/empty", "/file"}) {
    const auto reply = get(path, "gzip, identity;q=0");
    EXPECT_FALSE(is_gzip(reply)) << path;
    EXPECT_FALSE(varies(reply)) << path;
  }
  Client client(server_->port());
  client.send("HEAD /text HTTP/1.1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
  const auto head = client.receive_rest();
  EXPECT_TRUE(head.contains("content-length: 3000\r\n")) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

TEST_F(CompressionTest, WhatGzipMakesNoSmaller) {
  std::string noise;
  std::uint32_t state = 1;
  for (int i = 0; i < 1000; ++i) noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  add("/noise", Response::text(noise));
  serve({.compresses = true});
  EXPECT_EQ(get("/noise", "gzip").body, noise);
  const auto forced = get("/noise", "gzip, identity;q=0");
  EXPECT_TRUE(is_gzip(forced));
  EXPECT_EQ(unpacked(forced.body), noise);
}

TEST_F(CompressionTest, ErrorsAndOtherVary) {
  auto response = Response::text(text_of(800), 500);
  response.headers = {{"vary", "origin"}};
  add("/error", response);
  router_.add("GET", "/fault", on_workers(environment_, [](Context&, const Request&) -> Result<Response> {
                return fail(ErrorName::kBadRequest, text_of(1000));
              }));
  serve({.compresses = true});
  const auto error = get("/error", "gzip");
  EXPECT_EQ(error.status, 500);
  EXPECT_TRUE(error.contains("vary: origin, Accept-Encoding\r\n")) << error.head;
  EXPECT_EQ(unpacked(error.body), text_of(800));
  EXPECT_TRUE(unpacked(get("/fault", "gzip").body).contains("\"bad-request\""));
  EXPECT_TRUE(unpacked(get("/nowhere", "gzip, identity;q=0").body).contains("not-found"));
}

TEST_F(CompressionTest, OffUnlessAskedFor) {
  add("/text", Response::text(text_of(3000)));
  serve();
  const auto reply = get("/text", "gzip");
  EXPECT_EQ(reply.body, text_of(3000));
  EXPECT_FALSE(varies(reply));
}

}  // namespace
}  // namespace busflow::http
