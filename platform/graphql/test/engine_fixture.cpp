#include "engine_fixture.hpp"

#include <optional>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>

#include <platform/postgres/pool.hpp>

namespace busflow::graphql {
namespace {

std::vector<postgres::MigrationSet> migration_sets() { return {{.context = "app", .files = music::migrations()}}; }

constexpr auto kData = R"(
insert into app.artist (id, tenant_id, name, tags, profile, founded, rating, is_active) values
  (1, '{0}', 'Alpha', '{{rock,live}}', '{{"city": "Berlin"}}', '1990-05-01', 4.5, true),
  (2, '{0}', 'Beta', null, null, null, 3.0, true),
  (3, '{0}', 'Gamma', '{{}}', '[1, 2]', '2001-01-31', null, false),
  (11, '{1}', 'Other', null, null, null, null, true);
insert into app.album values (1, '{0}', 1, 'One'), (2, '{0}', 1, 'Two'), (3, '{0}', 2, 'Three'), (11, '{1}', 11, 'Eleven');
insert into app.track values (1, '{0}', 1, 'x', 100), (2, '{0}', 1, 'y', 200), (3, '{0}', 2, 'z', 300);
)";

}  // namespace

EngineTest::EngineTest() : database_(migration_sets()) {
  database_.run(fmt::format(kData, tenant("a").to_string(), tenant("b").to_string()));
  databases_.only =
      std::make_shared<postgres::Pipeline>(loop_, postgres::PipelineOptions{.connection = database_.graphql()});
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!databases_.only->is_connected() && std::chrono::steady_clock::now() < until) {
    loop_.restart();
    loop_.run_one_for(std::chrono::milliseconds(100));
  }
  engine_ = make_engine().value();
}

Result<std::unique_ptr<Engine>> EngineTest::make_engine(EngineOptions options, std::string_view limits,
                                                        std::map<std::string, ActionHandler> handlers) {
  postgres::Pool pool({.connection = database_.graphql()});
  Context context{.clock = clock_, .identifiers = identifiers_};
  BUSFLOW_TRY(const auto catalog,
              pool.transact(context, {}, [](postgres::Transaction& transaction) { return read_catalog(transaction); }));
  options.on_fault = [this](std::string_view what) { faults_.append(what).append("\n"); };
  std::vector<EmbeddedFile> files(music::metadata().begin(), music::metadata().end());
  files.push_back({"music/api_limits.yaml", limits});
  return Engine::create(files, catalog, std::move(handlers), std::move(options));
}

Session EngineTest::session(const std::string& role, const std::string& key) const {
  if (key.empty()) return Session(role, {});
  return Session(role, {{"x-hasura-tenant-id", tenant(key).to_string()}});
}

std::vector<std::string> EngineTest::answers(const Context& context, const std::string& body, std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) {
    boost::asio::co_spawn(loop_, engine_->execute({databases_, workers_}, context, body),
                          [&all](const std::exception_ptr& fault, std::string text) {
                            if (fault) std::rethrow_exception(fault);
                            all.push_back(std::move(text));
                          });
  }
  loop_.restart();
  while (all.size() < count) loop_.run_one_for(std::chrono::seconds(20));
  return all;
}

std::string EngineTest::ask_body(const std::string& body, const std::string& role, const std::string& tenant) {
  const Context context{.clock = clock_,
                        .identifiers = identifiers_,
                        .session = session(role, tenant),
                        .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20)};
  std::optional<std::string> answer = answers(context, body, 1).front();
  // What is read again and again may be asked for together: in another form, with the same answer.
  if (body.find("mutation") == std::string::npos) {
    for (const auto& again : answers(context, body, 3)) EXPECT_EQ(again, *answer) << body;
  }
  const auto parsed = json::parse(*answer);
  if (!parsed) {
    ADD_FAILURE() << "not JSON: " << *answer;
    return *answer;
  }
  return json::serialize(*parsed);
}

std::string EngineTest::ask(const std::string& query, json::Object variables, const std::string& role,
                            const std::string& tenant) {
  return ask_body(json::serialize(json::Object{{"query", query}, {"variables", std::move(variables)}}), role, tenant);
}

std::string EngineTest::data(const std::string& query, json::Object variables, const std::string& role,
                             const std::string& tenant) {
  auto answer = ask(query, std::move(variables), role, tenant);
  constexpr std::string_view kStart = R"({"data":)";
  if (!answer.starts_with(kStart)) {
    ADD_FAILURE() << query << "\n" << answer;
    return answer;
  }
  return answer.substr(kStart.size(), answer.size() - kStart.size() - 1);
}

}  // namespace busflow::graphql
