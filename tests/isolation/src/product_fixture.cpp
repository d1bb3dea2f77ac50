#include "product_fixture.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>

#include <automation/module.hpp>
#include <backoffice/module.hpp>
#include <commerce/module.hpp>
#include <communications/module.hpp>
#include <files/module.hpp>
#include <identity/module.hpp>
#include <operations/module.hpp>

namespace busflow::isolation {
namespace {

constexpr auto kKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

class OneDatabase : public graphql::Databases {
 public:
  explicit OneDatabase(std::shared_ptr<postgres::Pipeline> pipeline) : pipeline_(std::move(pipeline)) {}
  Result<std::shared_ptr<postgres::Pipeline>> pipeline(std::string_view /*source*/) override { return pipeline_; }

 private:
  std::shared_ptr<postgres::Pipeline> pipeline_;
};

/// A value of the type that is another for each tenant; rows are made without the table's checks. What refers to other
/// rows refers to tenant a's, whoever's row it is: foreign keys would refuse that, the locks must hide it.
std::string value_of(const std::string& type, const std::string& column, bool is_key, const std::string& key,
                     const std::string& tenant, const std::string& user) {
  if (column == "tenant_id") return "'" + tenant + "'";
  if (column.ends_with("user_id")) return "'" + user + "'";
  if (type == "uuid") return fmt::format("md5('{}')::uuid", is_key ? key : "a");
  if (type == "bool") return "true";
  if (type == "date") return "current_date";
  if (type == "timestamptz" || type == "timestamp") return "now()";
  if (type == "json" || type == "jsonb") return "'1'";  // No object: those are related rows.
  if (type.starts_with("_")) return "'{}'";
  if (type == "bytea") return "''";
  if (type == "int2" || type == "int4" || type == "int8" || type == "numeric" || type == "float8") return "1";
  return fmt::format("'{} of {}'", column, key);
}

}  // namespace

ProductTest::ProductTest()
    : minter_(token::Minter::create(kKey, "nobody", std::chrono::seconds(60)).value()),
      verifier_(token::Verifier::create(kKey, "nobody", clock_).value()),
      vault_(crypto::Vault::create(kKey).value()),
      scanner_(virus_scan::no_scanner()),
      unused_({.connection = {.host = "/nonexistent"}}) {
  modules_.push_back(identity::make_module({.pool = unused_,
                                            .minter = minter_,
                                            .verifier = *verifier_,
                                            .limiter = limiter_,
                                            .vault = vault_,
                                            .http = http_}));
  modules_.push_back(backoffice::make_module({.pool = unused_}));
  modules_.push_back(commerce::make_module({.pool = unused_}));
  modules_.push_back(operations::make_module({.pool = unused_}));
  modules_.push_back(communications::make_module({.pool = unused_}));
  modules_.push_back(files::make_module(
      {.pool = unused_, .verifier = *verifier_, .vault = vault_, .store = blobs_, .scanner = *scanner_}));
  modules_.push_back(automation::make_module({.minter = minter_, .http = http_, .options = {}}));

  std::vector<postgres::MigrationSet> sets;
  std::vector<std::string> paths;
  std::vector<EmbeddedFile> files;
  for (const auto& module : modules_) {
    sets.push_back({.context = module.context, .files = module.migrations});
    for (const auto& file : module.metadata) paths.push_back(module.context + "/" + std::string(file.path));
  }
  std::size_t next = 0;
  for (const auto& module : modules_) {
    for (const auto& file : module.metadata) files.push_back({paths[next++], file.text});
  }
  metadata_ = std::make_shared<const graphql::metadata::Metadata>(graphql::metadata::load(files).value());
  database_ = std::make_unique<testkit::TestDatabase>(sets);
  for (const auto& table : tables()) fill(table);

  pipeline_ =
      std::make_shared<postgres::Pipeline>(loop_, postgres::PipelineOptions{.connection = database_->graphql()});
}

std::vector<std::string> ProductTest::tables() const {
  std::vector<std::string> names;
  for (const auto& table : metadata_->sources.front().tables)
    names.push_back(table->name.schema + "." + table->name.name);
  return names;
}

std::set<std::string> ProductTest::roles() const {
  std::set<std::string> names;
  for (const auto& table : metadata_->sources.front().tables) {
    for (const auto& permission : table->select_permissions) names.insert(permission.role);
  }
  return names;
}

std::string ProductTest::key_of(const std::string& column) const {
  return database_->value(fmt::format("SELECT {}", value_of("uuid", column, true, "a", tenant("a"), user("a"))));
}

void ProductTest::fill(const std::string& table) const {
  const auto columns =
      database_->run(fmt::format("SELECT a.attname, t.typname, coalesce(a.attnum = ANY(i.indkey), false) FROM "
                                 "pg_attribute a JOIN pg_type t ON t.oid "
                                 "= a.atttypid LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary "
                                 "WHERE a.attrelid = '{}'::regclass "
                                 "AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''",
                                 table));
  const auto checks = database_->run(
      fmt::format("SELECT conname FROM pg_constraint WHERE conrelid = '{}'::regclass AND contype = 'c'", table));
  std::string sql = "SET session_replication_role = replica;";  // No triggers, and with them no foreign keys.
  for (std::size_t i = 0; i < checks.size(); ++i)
    sql += fmt::format("ALTER TABLE {} DROP CONSTRAINT \"{}\";", table, checks.text(i, 0));
  for (const std::string key : {"a", "b"}) {
    std::string names;
    std::string values;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string name(columns.text(i, 0));
      // The operators are the tenants themselves.
      const bool is_tenant = table == "backoffice.operators" && name == "id";
      names += (names.empty() ? "\"" : ", \"") + name + "\"";
      values +=
          (values.empty() ? "" : ", ") + (is_tenant ? "'" + tenant(key) + "'"
                                                    : value_of(std::string(columns.text(i, 1)), name,
                                                               columns.text(i, 2) == "t", key, tenant(key), user(key)));
    }
    sql += fmt::format("INSERT INTO {} ({}) VALUES ({});", table, names, values);
  }
  database_->run("DO $do$ BEGIN EXECUTE $sql$" + sql + "$sql$; END $do$");
}

void ProductTest::disable_policies() const {
  for (const auto& table : tables()) database_->run(fmt::format("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table));
}

std::unique_ptr<graphql::Engine> ProductTest::make_engine(bool has_filters) {
  graphql::metadata::Metadata changed = *metadata_;
  changed.actions.clear();  // They have handlers of their own.
  if (!has_filters) {
    for (auto& table : changed.sources.front().tables) {
      auto open = std::make_shared<graphql::metadata::Table>(*table);
      for (auto& permission : open->select_permissions) permission.filter = graphql::metadata::node_of(json::Object());
      table = std::move(open);
    }
  }
  postgres::Pool pool({.connection = database_->graphql()});
  Context context{.clock = clock_, .identifiers = identifiers_};
  const auto catalog =
      pool.transact(context, {}, [](postgres::Transaction& transaction) { return graphql::read_catalog(transaction); });
  graphql::Catalogs catalogs;
  catalogs[changed.sources.front().name] = std::make_shared<const graphql::Catalog>(catalog.value());
  auto engine = graphql::Engine::create(std::make_shared<const graphql::metadata::Metadata>(std::move(changed)),
                                        catalogs, {}, {});
  if (!engine) throw std::runtime_error(std::string(engine.error().message()));
  return std::move(*engine);
}

json::Value ProductTest::ask(const graphql::Engine& engine, const std::string& role, const std::string& query) {
  const Context context{
      .clock = clock_,
      .identifiers = identifiers_,
      .session = Session(role, {{"x-hasura-tenant-id", tenant("b")}, {"x-hasura-user-id", user("b")}}),
      .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20)};
  OneDatabase databases(pipeline_);
  std::string answer;
  bool is_done = false;
  boost::asio::co_spawn(loop_,
                        engine.execute({databases, workers_}, context, json::serialize(json::Object{{"query", query}})),
                        [&](const std::exception_ptr& fault, std::string text) {
                          if (fault) std::rethrow_exception(fault);
                          answer = std::move(text);
                          is_done = true;
                        });
  loop_.restart();
  while (!is_done) loop_.run_one_for(std::chrono::seconds(20));
  return json::parse(answer).value();
}

}  // namespace busflow::isolation
