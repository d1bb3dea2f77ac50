#include "identity_fixture.hpp"

namespace busflow::identity {
namespace {

TEST_F(IdentityTest, AnAccountHasToWaitAfterTooManyFailures) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_in(kDispatcher, "wrong").status, 401);
  const auto refused = sign_in();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.field("error"), "too-many-requests");
  EXPECT_NE(refused.field("message").find("300 seconds"), std::string::npos) << refused.text;
  EXPECT_EQ(sign_in("DISPATCHER@bruning.example").status, 429) << "another spelling is the same account";
  EXPECT_EQ(sign_in("manager@bruning.example").status, 200) << "others go on";
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(sign_in().status, 200);
}

TEST_F(IdentityTest, ASuccessForgetsTheFailures) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(sign_in(kDispatcher, "wrong").status, 401);
  EXPECT_EQ(sign_in().status, 200);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(sign_in(kDispatcher, "wrong").status, 401);
  EXPECT_EQ(sign_in().status, 200);
}

TEST_F(IdentityTest, FailuresOfUnknownAccountsCountTheSame) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_in("nobody@bruning.example").status, 401);
  EXPECT_EQ(sign_in("nobody@bruning.example").status, 429);
}

}  // namespace
}  // namespace busflow::identity
