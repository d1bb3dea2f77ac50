#include <gtest/gtest.h>

#include "domain/file.hpp"

namespace busflow::files {
namespace {

Session session(const std::string& role, const std::string& user, const std::string& tenant = {}) {
  std::map<std::string, std::string, std::less<>> variables{{"x-hasura-user-id", user}};
  if (!tenant.empty()) variables.emplace("x-hasura-tenant-id", tenant);
  return {role, std::move(variables)};
}

File file(const std::string& tenant, const std::string& uploader) {
  File file;
  file.tenant_id = tenant;
  file.uploaded_by_user_id = uploader;
  return file;
}

TEST(FileRules, SayWhoMay) {
  const auto theirs = file("t", "a");
  EXPECT_TRUE(may_change(session("driver", "a", "t"), theirs));
  EXPECT_TRUE(may_read(session("driver", "b", "t"), theirs));
  EXPECT_FALSE(may_change(session("driver", "b", "t"), theirs));
  EXPECT_TRUE(may_change(session("dispatcher", "b", "t"), theirs));
  EXPECT_FALSE(may_read(session("manager", "b", "u"), theirs));
  EXPECT_FALSE(may_read(session("user", "a"), theirs)) << "who left the operator";
  EXPECT_TRUE(may_change(session("busflow_staff", "s"), theirs));
  EXPECT_FALSE(may_read({}, theirs));

  const auto own = file("", "a");
  EXPECT_TRUE(may_change(session("user", "a"), own));
  EXPECT_FALSE(may_read(session("user", "b"), own));
  EXPECT_FALSE(may_read(session("dispatcher", "a", "t"), own));
  EXPECT_FALSE(may_upload(session("anonymous", "a")));
  EXPECT_FALSE(may_upload(session("user", "a", "t"))) << "a role that an operator does not have";
  EXPECT_FALSE(may_upload(session("user", "")));
}

TEST(FileNames, AreTheLastPartAndNothingElse) {
  EXPECT_EQ(safe_name("a/b\\c.txt"), "c.txt");
  EXPECT_EQ(safe_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(safe_name("a\r\nb\x7f"), "ab");
  EXPECT_EQ(safe_name(".."), "unnamed");
  EXPECT_EQ(safe_name("x/"), "unnamed");
  EXPECT_EQ(safe_name(""), "unnamed");
  const auto cut = safe_name(std::string(254, 'a') + "ü");
  EXPECT_EQ(cut, std::string(254, 'a')) << "not in the middle of a character";
}

}  // namespace
}  // namespace busflow::files
