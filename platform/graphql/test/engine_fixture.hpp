#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/graphql/engine.hpp>
#include <platform/json/json.hpp>
#include <platform/postgres/pipeline.hpp>
#include <platform/postgres_testkit/test_database.hpp>
#include <platform/runtime/worker_pool.hpp>

#include "music.hpp"

namespace busflow::graphql {

/// All sources in one database.
class OneDatabase : public Databases {
 public:
  Result<std::shared_ptr<postgres::Pipeline>> pipeline(std::string_view /*source*/) override { return only; }
  std::shared_ptr<postgres::Pipeline> only;
};

/// The music schema in a database. Tenant "a" has three artists, 1 "Alpha", 2 "Beta" and 3 "Gamma"; albums 1 and 2 of
/// Alpha and 3 of Beta; tracks 1 and 2 on album 1, 3 on album 2. Tenant "b" has artist 11 "Other" with album 11.
class EngineTest : public testing::Test {
 protected:
  EngineTest();

  /// The whole response to a request, its spaces normalised.
  std::string ask(const std::string& query, json::Object variables = {}, const std::string& role = "reader",
                  const std::string& tenant = "a");
  std::vector<std::string> answers(const Context& context, const std::string& body, std::size_t count);
  std::string ask_body(const std::string& body, const std::string& role = "reader", const std::string& tenant = "a");
  /// The data object; a failure of the test when there are errors.
  std::string data(const std::string& query, json::Object variables = {}, const std::string& role = "reader",
                   const std::string& tenant = "a");
  Session session(const std::string& role, const std::string& tenant) const;
  /// `limits`: the text of an api_limits.yaml.
  Result<std::unique_ptr<Engine>> make_engine(EngineOptions options = {}, std::string_view limits = {},
                                              std::map<std::string, ActionHandler> handlers = music::handlers());

  static Uuid tenant(const std::string& key) { return name_based_identifier("tenant/" + key); }

  testkit::TestDatabase database_;
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  boost::asio::io_context loop_;
  runtime::WorkerPool workers_{2, 16};
  OneDatabase databases_;
  std::string faults_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace busflow::graphql
