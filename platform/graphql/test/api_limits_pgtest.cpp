#include <optional>

#include <boost/asio/co_spawn.hpp>

#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

constexpr auto kQuery = R"({"query":"{ app_artist_by_pk(id: 1) { name } }"})";
constexpr auto kSlow = R"({"query":"{ app_artist_by_pk(id: 1) { shout } }"})";

/// Executes with limits. Operations are counted in a window that never ends.
class LimitedEngineTest : public EngineTest {
 protected:
  using Counts = std::map<std::string, std::size_t>;

  void limit(std::string_view limits) {
    EngineOptions options;
    options.count_operation = [this](const Context&, std::size_t most, std::string subject) {
      return count(&counts_, most, std::move(subject));
    };
    auto made = make_engine(std::move(options), limits);
    ASSERT_TRUE(made) << made.error().message();
    engine_ = std::move(*made);
  }

  static boost::asio::awaitable<Result<std::optional<std::chrono::seconds>>> count(Counts* counts, std::size_t most,
                                                                                   std::string subject) {
    std::size_t& known = (*counts)[subject];
    if (known >= most) co_return std::optional(std::chrono::seconds(7));
    ++known;
    co_return std::nullopt;
  }

  std::string run(const std::string& body, const std::string& role = "reader", std::string_view address = {}) {
    const Context context{.clock = clock_,
                          .identifiers = identifiers_,
                          .session = session(role, "a"),
                          .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20)};
    *wait_ = std::chrono::seconds(0);
    std::optional<std::string> answer;
    boost::asio::co_spawn(loop_,
                          engine_->execute({databases_, workers_, nullptr, nullptr, address, wait_}, context, body),
                          [&answer](const std::exception_ptr& fault, std::string text) {
                            if (fault) std::rethrow_exception(fault);
                            answer = std::move(text);
                          });
    loop_.restart();
    while (!answer) loop_.run_one_for(std::chrono::seconds(20));
    return json::serialize(json::parse(*answer).value());  // Its spaces normalised.
  }

  static std::string refusal(std::string_view message, std::string_view code, std::string_view hint = {}) {
    json::Object extensions{{"path", "$"}, {"code", code}};
    if (!hint.empty()) extensions["hint"] = hint;
    const json::Array errors{json::Object{{"message", message}, {"extensions", std::move(extensions)}}};
    return json::serialize(json::Object{{"errors", errors}});
  }

  /// PostgreSQL is at work on the slow field.
  bool is_busy() const {
    return database_.value(
               "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%shout%' "
               "AND datname = current_database() AND pid <> pg_backend_pid()") != "0";
  }

  Counts counts_;
  const std::shared_ptr<std::chrono::seconds> wait_ = std::make_shared<std::chrono::seconds>(0);
};

constexpr auto kAlpha = R"({"data":{"app_artist_by_pk":{"name":"Alpha"}}})";

std::string together(std::initializer_list<std::string> bodies) {
  std::string batch = "[";
  for (const auto& body : bodies) batch += (batch.size() > 1 ? "," : "") + body;
  return batch + "]";
}

TEST_F(LimitedEngineTest, ABatchHasAtMostSoManyOperations) {
  limit("batch_limit: {global: 2, per_role: {writer: 3}}");
  const auto two = together({kQuery, kQuery});
  const auto three = together({kQuery, kQuery, kQuery});
  EXPECT_EQ(run(two), together({kAlpha, kAlpha}));
  EXPECT_EQ(run(three), refusal("batch limit of 2 exceeded: 3 operations", "validation-failed"));
  EXPECT_EQ(run(three, "writer"), together({kAlpha, kAlpha, kAlpha}));
  EXPECT_EQ(run(three, "admin"), together({kAlpha, kAlpha, kAlpha}));
}

TEST_F(LimitedEngineTest, EachOperationCountsAlsoWithAPlanFromTheCache) {
  limit("rate_limit: {global: {max_reqs_per_min: 3}}");
  const auto refused = refusal("rate limit of 3 exceeded", "rate-limit-exceeded", "try again in 7 s");
  EXPECT_EQ(run(kQuery), kAlpha);
  EXPECT_EQ(run(together({kQuery, kQuery, kQuery})), together({kAlpha, kAlpha, refused}));
  EXPECT_EQ(*wait_, std::chrono::seconds(0)) << "a batch has answers that are none";
  EXPECT_EQ(run(kQuery), refused);
  EXPECT_EQ(*wait_, std::chrono::seconds(7));
  EXPECT_EQ(run(kQuery, "writer"), kAlpha) << "each role has a count of its own";
  EXPECT_EQ(run(kQuery, "admin"), kAlpha);
  EXPECT_EQ(counts_, (Counts{{R"(["reader"])", 3}, {R"(["writer"])", 1}}));
}

TEST_F(LimitedEngineTest, RatesAreCountedForWhatIsUnique) {
  limit(
      "rate_limit: {global: {max_reqs_per_min: 1, unique_params: IP}, "
      "per_role: {writer: {max_reqs_per_min: 9, unique_params: [X-Hasura-Tenant-Id, x-hasura-user-id]}}}");
  EXPECT_EQ(run(kQuery, "reader", "192.0.2.1"), kAlpha);
  EXPECT_EQ(run(kQuery, "reader", "192.0.2.2"), kAlpha);
  EXPECT_NE(run(kQuery, "reader", "192.0.2.1"), kAlpha);
  EXPECT_EQ(run(kQuery, "writer", "192.0.2.1"), kAlpha);
  EXPECT_EQ(counts_, (Counts{{R"(["reader","192.0.2.1"])", 1},
                             {R"(["reader","192.0.2.2"])", 1},
                             {R"(["writer",")" + tenant("a").to_string() + R"(",null])", 1}}));
}

TEST_F(LimitedEngineTest, WithoutACounterNothingOfALimitedRoleIsRun) {
  engine_ = make_engine({}, "rate_limit: {global: {max_reqs_per_min: 3}}").value();
  EXPECT_EQ(run(kQuery), refusal("internal error", "unexpected"));
  EXPECT_NE(faults_.find("nothing here counts operations"), std::string::npos);
  EXPECT_EQ(run(kQuery, "admin"), kAlpha);
}

TEST_F(LimitedEngineTest, PostgreSqlStopsWhenTheTimeIsOver) {
  database_.run(
      "CREATE OR REPLACE FUNCTION app.shout(artist app.artist) RETURNS text STABLE LANGUAGE sql "
      "AS $$ SELECT pg_sleep(60)::text $$");
  limit("time_limit: {global: 1}");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(run(kSlow), refusal("time limit of 1 s exceeded", "time-limit-exceeded"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  const auto until = begin + std::chrono::seconds(15);
  while (is_busy() && std::chrono::steady_clock::now() < until) loop_.run_one_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(is_busy());
  EXPECT_EQ(run(kQuery), kAlpha);
}

TEST_F(LimitedEngineTest, EachOperationOfABatchHasItsTime) {
  database_.run(
      "CREATE OR REPLACE FUNCTION app.shout(artist app.artist) RETURNS text STABLE LANGUAGE sql "
      "AS $$ SELECT coalesce(pg_sleep(0.7)::text, '') || 'done' $$");
  limit("time_limit: {global: 1}");
  const std::string done = R"({"data":{"app_artist_by_pk":{"shout":"done"}}})";
  EXPECT_EQ(run(together({kSlow, kSlow})), together({done, done}));
}

TEST_F(LimitedEngineTest, AnActionEndsAtTheDeadlineThatTheLimitBringsNearer) {
  auto handlers = music::handlers();
  handlers["renameArtist"] = [](Context& context, const json::Object&) -> Result<json::Value> {
    while (true) {
      BUSFLOW_CHECK(context.check());
      std::this_thread::yield();
    }
  };
  engine_ = make_engine({}, "time_limit: {global: 1}", std::move(handlers)).value();
  EXPECT_EQ(run(R"({"query":"mutation { renameArtist(input: {id: 1, name: \"x\"}) { id } }"})"),
            refusal("time limit of 1 s exceeded", "time-limit-exceeded"));
}

}  // namespace
}  // namespace busflow::graphql
