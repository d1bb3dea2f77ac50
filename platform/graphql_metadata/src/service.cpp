#include <platform/graphql_metadata/service.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <platform/graphql_events/schedules.hpp>

#include "allow_list.hpp"
#include "check/checker.hpp"
#include "document_text.hpp"
#include "draft.hpp"
#include "event_triggers.hpp"
#include "session.hpp"
#include "store.hpp"

namespace busflow::graphql_metadata {

using graphql::metadata::Metadata;

namespace {

// Row versions of the system's tables: they change with every DDL statement, not with the data.
constexpr postgres::Statement kFingerprint{"graphql_metadata.fingerprint", R"sql(
WITH relations AS (
  SELECT c.oid, c.xmin FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('information_schema', 'hdb_catalog')
     AND n.nspname NOT LIKE 'pg\_%')
SELECT concat_ws('/',
  (SELECT sum(hashtext(r.oid || ' ' || r.xmin)::bigint) FROM relations r),
  (SELECT sum(hashtext(a.attrelid || ' ' || a.attnum || ' ' || a.xmin)::bigint)
     FROM pg_attribute a JOIN relations r ON r.oid = a.attrelid WHERE a.attnum > 0),
  (SELECT sum(hashtext(k.oid || ' ' || k.xmin)::bigint) FROM pg_constraint k JOIN relations r ON r.oid = k.conrelid),
  (SELECT sum(hashtext(d.objoid || ' ' || d.objsubid || ' ' || d.xmin)::bigint)
     FROM pg_description d JOIN relations r ON r.oid = d.objoid),
  (SELECT sum(hashtext(p.oid || ' ' || p.xmin)::bigint) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname NOT IN ('information_schema', 'hdb_catalog') AND n.nspname NOT LIKE 'pg\_%')))sql"};

Result<std::string> fingerprint(Context& context, postgres::Pool& pool) {
  return pool.transact(context, {.read_only = true}, [](postgres::Transaction& transaction) -> Result<std::string> {
    BUSFLOW_TRY(const auto rows, transaction.execute(kFingerprint));
    return std::string(rows.text(0, 0));
  });
}

Outcome<std::shared_ptr<const graphql::Engine>> make_engine(const Snapshot& snapshot, const ServiceOptions& service,
                                                            const Snapshot* before) {
  graphql::EngineOptions options = service.engine;
  // What fitted then fits still, as long as the databases are the same.
  if (before != nullptr && before->is_consistent() && before->catalogs == snapshot.catalogs)
    options.checked_before = before->metadata;
  if (service.requires_allow_list) options.screen = allow_list_of(*snapshot.metadata);
  auto served = std::make_shared<const Metadata>(without(*snapshot.metadata, snapshot.inconsistencies));
  auto engine = graphql::Engine::create(std::move(served), snapshot.catalogs, {}, options);
  if (engine) return std::shared_ptr<const graphql::Engine>(std::move(*engine));
  return refuse("unexpected", std::string(engine.error().message()), "$.args", nullptr, std::uint16_t{500});
}

}  // namespace

Service::Service(ServiceOptions options, postgres::Pool& metadata_pool)
    : options_(std::move(options)),
      pools_(options_.environment, options_.source_connections),
      store_(std::make_unique<Store>(metadata_pool, options_.instance)),
      checker_(std::make_unique<Checker>()),
      text_(std::make_unique<DocumentText>()) {}

Service::~Service() = default;

Outcome<void> Service::start(Context& context) {
  const std::lock_guard lock(writing_);
  BUSFLOW_CHECK(store_->prepare(context));
  BUSFLOW_CHECK(graphql_events::prepare_schedules(context, store_->pool()));
  BUSFLOW_TRY(auto stored, store_->load(context));
  if (!stored) {
    Metadata beginning;
    if (options_.default_source) beginning.sources.push_back(*options_.default_source);
    auto saved = store_->save(context, json::serialize(to_json(beginning)), 0);
    if (!saved && saved.error().code != "conflict") return std::unexpected(saved.error());
    BUSFLOW_TRY(stored, store_->load(context));
    if (!stored) return refuse("unexpected", "the metadata cannot be stored");
  }
  auto base = std::make_shared<Snapshot>();
  base->metadata = std::make_shared<const Metadata>(std::move(stored->metadata));
  base->resource_version = stored->resource_version;
  return renew(context, std::move(base));
}

Outcome<void> Service::renew(Context& context, std::shared_ptr<Snapshot> base) {
  Draft draft(context, base, pools_, *checker_);
  auto next = std::make_shared<Snapshot>(*base);
  *next = draft.compose();
  if (const auto done =
          sync_event_triggers(context, Metadata(), without(*next->metadata, next->inconsistencies), pools_);
      !done) {
    next->inconsistencies.push_back({.type = "source",
                                     .name = "event triggers",
                                     .reason = done.error().message,
                                     .definition = nullptr,
                                     .source = {},
                                     .table = {},
                                     .object = {}});
  }
  auto engine = make_engine(*next, options_, nullptr);
  if (!engine) {
    // Something that the checks above do not know of. Better to serve nothing than not to be there for repairs.
    next->inconsistencies.push_back({.type = "source",
                                     .name = "schema",
                                     .reason = engine.error().message,
                                     .definition = nullptr,
                                     .source = {},
                                     .table = {},
                                     .object = {}});
    engine =
        graphql::Engine::create(std::make_shared<const Metadata>(), graphql::Catalogs{}, {}, options_.engine).value();
  }
  next->engine = std::move(*engine);
  adopt(std::move(next));
  return {};
}

Result<postgres::ConnectionOptions> Service::connection_of(std::string_view source) const {
  const auto now = snapshot();
  const auto found = std::ranges::find(now->metadata->sources, source, &graphql::metadata::Source::name);
  if (found == now->metadata->sources.end())
    return fail(ErrorName::kInvalidSetting, fmt::format("there is no source '{}' any more", source));
  return graphql_metadata::connection_of(found->connection, options_.environment);
}

void Service::adopt(std::shared_ptr<const Snapshot> next) {
  const auto before = snapshot_.exchange(next);
  engine_.replace(next->engine);
  if (on_change_ && before) on_change_(*before, *next);
}

Outcome<json::Value> Service::run(Context& context, Surface surface, const json::Value& request) {
  const std::lock_guard lock(writing_);
  const auto before = snapshot_.load();
  Draft draft(context, before, pools_, *checker_);
  draft.set_engine_maker(
      [this](const Snapshot& state) { return make_engine(state, options_, snapshot_.load().get()); });
  Session session(draft, *store_, pools_, options_, surface);
  BUSFLOW_TRY(json::Value answer, session.run(request));
  if (!draft.needs_engine()) return answer;

  auto next = std::make_shared<Snapshot>(draft.compose());
  BUSFLOW_TRY(next->engine, make_engine(*next, options_, before.get()));
  BUSFLOW_CHECK(
      sync_event_triggers(context, *before->metadata, without(*next->metadata, next->inconsistencies), pools_));
  if (draft.is_changed()) {
    BUSFLOW_TRY(next->resource_version, store_->save(context, text_->write(*next->metadata), before->resource_version));
    BUSFLOW_CHECK(graphql_events::forget_plans(context, store_->pool(), *before->metadata, *next->metadata));
  }
  adopt(std::move(next));
  return answer;
}

Result<std::string> Service::database_id(Context& context) { return store_->database_id(context); }

Outcome<void> Service::catch_up(Context& context) {
  const std::lock_guard lock(writing_);
  const auto current = snapshot_.load();
  BUSFLOW_TRY(const std::int64_t version, store_->version(context));
  if (version == current->resource_version) return {};
  BUSFLOW_TRY(auto stored, store_->load(context));
  if (!stored) return {};
  auto base = std::make_shared<Snapshot>();
  base->metadata = std::make_shared<const Metadata>(std::move(stored->metadata));
  base->resource_version = stored->resource_version;
  return renew(context, std::move(base));
}

Outcome<void> Service::refresh_catalogs(Context& context) {
  const std::lock_guard lock(writing_);
  auto base = std::make_shared<Snapshot>(*snapshot_.load());
  bool is_changed = false;
  for (const auto& source : base->metadata->sources) {
    const auto pool = pools_.pool(source);
    if (!pool) continue;  // It is inconsistent already.
    const auto now = fingerprint(context, **pool);
    if (!now) continue;
    std::string& known = fingerprints_[source.name];
    if (known != *now) {  // The first look counts too: the catalog was read before it.
      base->catalogs.erase(source.name);
      is_changed = true;
    }
    known = *now;
  }
  if (!is_changed) return {};
  return renew(context, std::move(base));
}

}  // namespace busflow::graphql_metadata
