#include <platform/http_client/aws_signature.hpp>

#include <gtest/gtest.h>

namespace busflow::http_client {
namespace {

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and
// …/sigv4-query-string-auth.html, 24 May 2013.
const AwsCredentials kCredentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                  .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                  .region = "us-east-1"};
constexpr WallTime kTime{std::chrono::sys_days(std::chrono::May / 24 / 2013)};
constexpr std::string_view kHashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string signature_of(Request request, std::string_view payload_hash) {
  EXPECT_TRUE(sign(request, kCredentials, payload_hash, kTime));
  const std::string& authorization = request.headers.back().second;
  return authorization.substr(authorization.find("Signature=") + 10);
}

TEST(AwsSignature, SignsAGetAsTheDocumentationDoes) {
  EXPECT_EQ(
      signature_of({.url = "https://examplebucket.s3.amazonaws.com/test.txt", .headers = {{"Range", "bytes=0-9"}}},
                   kHashOfNothing),
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(AwsSignature, SignsAPutWithMoreHeaders) {
  EXPECT_EQ(signature_of(
                {.method = "PUT",
                 .url = "https://examplebucket.s3.amazonaws.com/test%24file.text",
                 .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(AwsSignature, SortsTheQueryAndGivesEveryParameterAnEqualsSign) {
  EXPECT_EQ(signature_of({.url = "https://examplebucket.s3.amazonaws.com/?lifecycle"}, kHashOfNothing),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature_of({.url = "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2"}, kHashOfNothing),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(AwsSignature, PresignsAsTheDocumentationDoes) {
  const auto url = presign("GET", "https://examplebucket.s3.amazonaws.com/test.txt", {}, kCredentials,
                           std::chrono::seconds(86400), kTime);
  ASSERT_TRUE(url);
  EXPECT_EQ(*url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires="
            "86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(AwsSignature, RefusesWhatIsNoAddress) {
  Request request{.url = "examplebucket"};
  EXPECT_EQ(sign(request, kCredentials, kHashOfNothing, kTime).error().name, ErrorName::kBadRequest);
  EXPECT_EQ(presign("GET", "https:///x", {}, kCredentials, std::chrono::seconds(1), kTime).error().name,
            ErrorName::kBadRequest);
}

TEST(Form, EncodesEverythingButUnreservedCharacters) {
  EXPECT_EQ(encode_form({{"a b", "ü&=+/"}, {"c", "A-z._~9"}}), "a%20b=%C3%BC%26%3D%2B%2F&c=A-z._~9");
}

}  // namespace
}  // namespace busflow::http_client
