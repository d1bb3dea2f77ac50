#include "identity_fixture.hpp"

namespace busflow::identity {
namespace {

const postgres::TransactionOptions kAsIdentity{.database_role = "busflow_identity"};

class IdentityTenancyTest : public IdentityTest {
 protected:
  Result<std::string> count(const std::string& tenant, const postgres::TransactionOptions& options,
                            const postgres::Statement& statement) {
    auto here = context();
    if (!tenant.empty()) here.session = Session("manager", {{"x-hasura-tenant-id", tenant}});
    return pool_.transact(here, options, [&](postgres::Transaction& transaction) -> Result<std::string> {
      BUSFLOW_TRY(const auto rows, transaction.execute(statement));
      return std::string(rows.text(0, 0));
    });
  }
};

constexpr postgres::Statement kCountMemberships{"test.memberships", "select count(*) from identity.memberships"};
constexpr postgres::Statement kCountTokens{"test.tokens", "select count(*) from identity.refresh_tokens"};
constexpr postgres::Statement kCountStaff{"test.staff", "select count(*) from identity.staff"};
constexpr postgres::Statement kCountTenants{"test.tenants", "select count(*) from identity.tenants"};

TEST_F(IdentityTenancyTest, WithATenantSetOnlyItsRowsAreInReach) {
  session();
  EXPECT_EQ(sign_in("dispatcher@nordlicht.example").status, 200);
  EXPECT_EQ(sign_in("staff@busflow.example").status, 200);
  const auto nordlicht = name_based_identifier("operator/nordlicht").to_string();
  EXPECT_EQ(count("", kAsIdentity, kCountMemberships).value(), "4");
  EXPECT_EQ(count(nordlicht, kAsIdentity, kCountMemberships).value(), "1");
  EXPECT_EQ(count(nordlicht, kAsIdentity, kCountTokens).value(), "1");
  EXPECT_EQ(count(nordlicht, kAsIdentity, kCountTenants).value(), "1");
  EXPECT_EQ(count("", kAsIdentity, kCountStaff).value(), "1");
  EXPECT_EQ(count(nordlicht, kAsIdentity, kCountStaff).value(), "0");
}

TEST_F(IdentityTenancyTest, NoOtherContextMayLookAtAccounts) {
  for (const auto* role : {"busflow_commerce", ""}) {
    EXPECT_FALSE(count("", {.database_role = role}, kCountMemberships)) << role;
    EXPECT_FALSE(count("", {.database_role = role}, kCountTokens)) << role;
  }
}

TEST_F(IdentityTenancyTest, GraphqlMayNot) {
  EXPECT_EQ(database_.value("select has_schema_privilege('busflow_graphql', 'identity', 'usage')"), "f");
}

}  // namespace
}  // namespace busflow::identity
