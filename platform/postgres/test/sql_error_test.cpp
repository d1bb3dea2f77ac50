#include <gtest/gtest.h>

#include <platform/postgres/pool.hpp>
#include <platform/postgres/sql_error.hpp>

namespace busflow::postgres {
namespace {

TEST(SqlError, MapsStatesAsHasuraDoes) {
  EXPECT_EQ(from_sqlstate("23505", "duplicate key").detail, "Uniqueness violation. duplicate key");
  EXPECT_EQ(from_sqlstate("23505", "").name, ErrorName::kConstraintViolation);
  EXPECT_EQ(from_sqlstate("23514", "").name, ErrorName::kCheckViolation);
  EXPECT_EQ(from_sqlstate("22P02", "").name, ErrorName::kDataException);
  EXPECT_EQ(from_sqlstate("40001", "").name, ErrorName::kConcurrentUpdate);
  EXPECT_EQ(from_sqlstate("08006", "").name, ErrorName::kDatabaseUnavailable);
  EXPECT_EQ(from_sqlstate("XX000", "").name, ErrorName::kInternal);
}

TEST(SqlError, OnlyPassingTroubleIsTransient) {
  EXPECT_TRUE(is_transient("40001"));
  EXPECT_TRUE(is_transient("40P01"));
  EXPECT_TRUE(is_transient("57P01"));
  EXPECT_FALSE(is_transient("23505"));
  EXPECT_FALSE(is_transient("57014"));
}

TEST(RetryPolicy, DoublesFromTwoHundredMillisecondsWithJitter) {
  const RetryPolicy policy;
  using std::chrono::milliseconds;
  EXPECT_EQ(policy.delay(0, 0.0), milliseconds(200));
  EXPECT_EQ(policy.delay(1, 0.0), milliseconds(400));
  EXPECT_EQ(policy.delay(2, 0.0), milliseconds(800));
  EXPECT_EQ(policy.delay(0, 0.5), milliseconds(210));
}

}  // namespace
}  // namespace busflow::postgres
