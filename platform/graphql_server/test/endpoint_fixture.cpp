#include "endpoint_fixture.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include <platform/graphql/catalog.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::graphql_server {
namespace {

constexpr auto kKey = "a key for tests that is long enough";

constexpr std::array kMigrations = {EmbeddedFile{"0001_notes.sql", R"(
CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO busflow_graphql;
CREATE TABLE shop.notes (id integer PRIMARY KEY, tenant_id uuid NOT NULL, text text NOT NULL);
ALTER TABLE shop.notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.notes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON shop.notes USING (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid);
CREATE TABLE shop.other (id integer);
CREATE VIEW shop.shouted WITH (security_invoker) AS SELECT id, tenant_id, upper(text) AS text FROM shop.notes;
GRANT SELECT ON shop.notes, shop.shouted TO busflow_graphql;
)"}};

constexpr std::array kMetadata = {EmbeddedFile{"shop/tables/shop_notes.yaml", R"(
table: {schema: shop, name: notes}
select_permissions:
  - role: reader
    permission:
      columns: [id, text]
      filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}}
      allow_aggregations: true
)"},
                                  EmbeddedFile{"shop/tables/shop_shouted.yaml", R"(
table: {schema: shop, name: shouted}
select_permissions:
  - role: reader
    permission:
      columns: [text]
      filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}}
)"},
                                  EmbeddedFile{"shop/actions.graphql", R"(
type Mutation { shout(text: String!): Shouted! }
type Shouted { text: String! }
)"},
                                  EmbeddedFile{"shop/actions.yaml", R"(
actions:
  - name: shout
    definition: {kind: synchronous, handler: native}
    permissions: [{role: reader}]
)"}};

Result<json::Value> shout(Context&, const json::Object& input) {
  std::string text(input.at("text").as_string());
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return json::Object{{"text", text}};
}

std::vector<postgres::MigrationSet> migration_sets() { return {{.context = "shop", .files = kMigrations}}; }

}  // namespace

EndpointTest::EndpointTest()
    : database_(migration_sets()),
      logger_("test", telemetry::Level::kInfo,
              [this](std::string_view line) {
                const std::lock_guard lock(log_mutex_);
                log_.append(line).append("\n");
              }),
      loops_(2, [this](std::string_view what) { logger_.error("fault", {{"reason", what}}); }),
      workers_(2, 16),
      verifier_(token::Verifier::create(kKey, "busflow", clock_).value()) {
  for (const std::string key : {"a", "b"}) {
    database_.run(fmt::format("insert into shop.notes values ({}, '{}', 'first of {}')", key == "a" ? 1 : 2,
                              tenant(key).to_string(), key));
  }
  engine_ = std::make_unique<graphql::EngineSlot>(make_engine(false));
  authenticator_ = std::make_unique<TokenAuthenticator>(*verifier_);
  loops_.start();
}

std::shared_ptr<const graphql::Engine> EndpointTest::make_engine(bool is_smaller) {
  postgres::Pool pool({.connection = database_.graphql()});
  Context context{.clock = clock_, .identifiers = identifiers_};
  const auto catalog =
      pool.transact(context, {}, [](postgres::Transaction& transaction) { return graphql::read_catalog(transaction); });
  std::vector<EmbeddedFile> files(kMetadata.begin(), kMetadata.end());
  if (is_smaller) std::erase_if(files, [](const auto& file) { return file.path == "shop/tables/shop_shouted.yaml"; });
  auto engine = graphql::Engine::create(files, catalog.value(), {{"shout", shout}});
  if (!engine) throw std::runtime_error(std::string(engine.error().message()));
  return std::move(*engine);
}

EndpointTest::~EndpointTest() {
  if (!server_) return;
  endpoint_->close_sockets();
  server_->drain(std::chrono::seconds(5));
  workers_.stop();
  feed_->stop();
  endpoint_->stop();
  loops_.stop();
}

EndpointOptions EndpointTest::quick() {
  return {.live_query_interval = std::chrono::milliseconds(20), .live_query_pause = std::chrono::milliseconds(0)};
}

void EndpointTest::add_note(int id, const std::string& key, const std::string& text) const {
  database_.run(fmt::format("insert into shop.notes values ({}, '{}', '{}')", id, tenant(key).to_string(), text));
}

double EndpointTest::metric(const std::string& name) const {
  const auto text = metrics_.render();
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? std::nan("") : std::stod(text.substr(at + name.size() + 2));
}

void EndpointTest::serve(EndpointOptions options, change_feed::Mode mode) {
  options.pipeline.connection = database_.graphql();
  change_feed::FeedOptions feed{.retry_first = std::chrono::milliseconds(20)};
  if (mode == change_feed::Mode::kReplication) feed.connection = database_.change_feed();
  feed_ = std::make_unique<change_feed::Feed>(std::move(feed), logger_, metrics_);
  endpoint_ = std::make_unique<Endpoint>(
      std::move(options),
      EndpointParts{*engine_, *authenticator_, *feed_, loops_, workers_, clock_, identifiers_, logger_, metrics_});
  feed_->start();
  http::Router router;
  endpoint_->add_routes(router, "/v1/graphql");
  server_ = std::make_unique<http::Server>(http::ServerOptions{}, std::move(router), loops_, logger_, metrics_);
  ASSERT_TRUE(server_->listen());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!endpoint_->is_connected() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  ASSERT_TRUE(endpoint_->is_connected());
  while (feed_->mode() != mode && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  ASSERT_EQ(feed_->mode(), mode);
}

std::string EndpointTest::token(const std::string& key, std::chrono::seconds lifetime) const {
  return token::Minter::create(kKey, "busflow", lifetime)
      .value()
      .mint({.subject = "user",
             .email = "user@example",
             .default_role = "reader",
             .allowed_roles = {"reader"},
             .variables = {{"x-hasura-tenant-id", tenant(key).to_string()}}},
            clock_.now());
}

std::string EndpointTest::logs() const {
  const std::lock_guard lock(log_mutex_);
  return log_;
}

}  // namespace busflow::graphql_server
