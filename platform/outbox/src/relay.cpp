#include <platform/outbox/relay.hpp>

#include <fmt/format.h>

#include <platform/outbox/outbox.hpp>
#include <platform/postgres/array_literal.hpp>

namespace busflow::outbox {
namespace {

Result<Event> read_event(const postgres::Rows& rows, std::size_t row) {
  BUSFLOW_TRY(auto payload, json::parse(rows.text(row, "payload")));
  const auto id = Uuid::parse(rows.text(row, "id"));
  const auto tenant_id = Uuid::parse(rows.text(row, "tenant_id"));
  if (!id || !tenant_id) return fail(ErrorName::kInternal, "an outbox row has an id that is no UUID");
  return Event{.id = *id,
               .name = std::string(rows.text(row, "event_name")),
               .tenant_id = *tenant_id,
               .payload = payload.as_object(),
               .traceparent = std::string(rows.text(row, "traceparent"))};
}

}  // namespace

Relay::Relay(RelayOptions options, postgres::Pool& pool, jobs::QueueClient& queues, const Clock& clock,
             IdentifierSource& identifiers, telemetry::Logger logger)
    : options_(std::move(options)),
      events_(postgres::array_literal(options_.events)),
      pool_(pool),
      queues_(queues),
      clock_(clock),
      identifiers_(identifiers),
      logger_(std::move(logger)) {}

void Relay::add_jobs(const Event& event, std::vector<jobs::NewJob>& batch) const {
  const auto own = options_.jobs.find(event.name);
  auto options = own == options_.jobs.end() ? options_.job : own->second;
  options.job_id = event.id.to_string();
  options.group = event.tenant_id.to_string();
  options.trace = event.traceparent;
  if (const auto field = options_.ordering_fields.find(event.name); field != options_.ordering_fields.end()) {
    const auto* key = event.payload.if_contains(field->second);
    if (key != nullptr)
      options.group += "/" + (key->is_string() ? std::string(key->get_string()) : json::serialize(*key));
  }
  const auto [first, last] = options_.consumers.equal_range(event.name);
  for (auto consumer = first; consumer != last; ++consumer) {
    batch.push_back({.queue = consumer->second, .name = event.name, .data = to_json(event), .options = options});
  }
}

Result<std::size_t> Relay::relay_batch(const std::string& schema) {
  const auto select_name = fmt::format("outbox.{}.pending", schema);
  const auto select_text = fmt::format(
      "SELECT id, event_name, tenant_id, payload, traceparent FROM {}.outbox WHERE relayed_at IS NULL "
      "AND event_name = ANY ($1::text[]) ORDER BY sequence LIMIT {} FOR UPDATE SKIP LOCKED",
      schema, options_.batch);
  // Two relays at once could pass each other: the later events would be added first.
  constexpr std::string_view kAlone = "SELECT pg_advisory_xact_lock(hashtext('busflow outbox ' || $1))";
  const auto mark_name = fmt::format("outbox.{}.mark", schema);
  const auto mark_text = fmt::format("UPDATE {}.outbox SET relayed_at = now() WHERE id = ANY ($1::uuid[])", schema);
  Context context{.clock = clock_, .identifiers = identifiers_};
  return pool_.transact(
      context, {.database_role = "busflow_" + schema}, [&](postgres::Transaction& transaction) -> Result<std::size_t> {
        if (!options_.ordering_fields.empty()) {
          BUSFLOW_CHECK(transaction.execute(postgres::Statement{"outbox.alone", kAlone}, {schema}));
        }
        BUSFLOW_TRY(const auto rows, transaction.execute(postgres::Statement{select_name, select_text}, {events_}));
        if (rows.empty()) return 0;
        std::string ids;
        std::vector<jobs::NewJob> batch;
        for (std::size_t row = 0; row < rows.size(); ++row) {
          BUSFLOW_TRY(const auto event, read_event(rows, row));
          add_jobs(event, batch);
          ids += (ids.empty() ? "" : ",") + event.id.to_string();
        }
        BUSFLOW_CHECK(queues_.add_bulk(batch));
        BUSFLOW_CHECK(transaction.execute(postgres::Statement{mark_name, mark_text}, {fmt::format("{{{}}}", ids)}));
        return rows.size();
      });
}

Result<std::size_t> Relay::relay_pending() {
  std::size_t total = 0;
  for (const auto& schema : options_.schemas) {
    for (;;) {
      BUSFLOW_TRY(const auto count, relay_batch(schema));
      total += count;
      if (count < options_.batch) break;
    }
  }
  return total;
}

void Relay::run(postgres::Listener& listener, const std::stop_token& stop) {
  bool trouble = false;
  while (!stop.stop_requested()) {
    const auto relayed = relay_pending();
    if (!relayed && !trouble)
      logger_.error("the outbox cannot be relayed; trying on", {{"reason", relayed.error().message()}});
    if (relayed && trouble) logger_.info("the outbox is relayed again");
    trouble = !relayed;
    listener.wait(options_.poll_interval, stop);
  }
}

}  // namespace busflow::outbox
