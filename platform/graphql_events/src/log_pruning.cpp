#include <string>
#include <vector>

#include <fmt/format.h>

#include "log_tables.hpp"

namespace busflow::graphql_events {
namespace {

using postgres::Transaction;

constexpr std::int64_t kMostPutBack = 100000;  // Rows; takes about a second.
constexpr auto kNotNow = "55P03";              // SQLSTATE: the lock could not be had in time.

// {0}: the partition; {1}, {2}: the hours that what is over, and what failed, is kept. Events: open ones stay.
constexpr auto kKeptEvents = R"sql(
SELECT * FROM {0} WHERE NOT delivered AND NOT error AND NOT archived
UNION ALL
SELECT * FROM {0} WHERE error AND NOT delivered AND NOT archived AND created_at >= now() - make_interval(hours => {2}))sql";
constexpr auto kOverEvents = R"sql(
(delivered OR archived OR error) AND created_at < now() - make_interval(hours => {1})
AND (delivered OR archived OR created_at < now() - make_interval(hours => {2})))sql";

// Calls stay with their event while that is open or has failed. The partial indexes tell which.
constexpr auto kKeptCalls = R"sql(
SELECT * FROM {0} WHERE created_at >= now() - make_interval(hours => {2}) AND event_id IN (
  SELECT id FROM hdb_catalog.event_log WHERE NOT delivered AND NOT error AND NOT archived
  UNION ALL SELECT id FROM hdb_catalog.event_log WHERE error))sql";
constexpr auto kOverCalls = R"sql(
created_at < now() - make_interval(hours => {1})
AND (created_at < now() - make_interval(hours => {2}) OR event_id IS NULL OR event_id NOT IN (
  SELECT id FROM hdb_catalog.event_log WHERE NOT delivered AND NOT error AND NOT archived
  UNION ALL SELECT id FROM hdb_catalog.event_log WHERE error)))sql";

constexpr postgres::Statement kPartitions{"graphql_events.partitions", R"sql(
SELECT c.oid::regclass::text AS name, pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' AS is_default
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = to_regclass($1)
   AND (pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'
        OR substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \('([^']+)'\)$re$)::timestamptz
           <= now() - make_interval(hours => $2::integer))
 ORDER BY 1)sql"};

// In this order: nobody who asks the log may have to wait for the partition while we wait for him.
constexpr auto kDrop = R"sql(
LOCK TABLE ONLY hdb_catalog.{1} IN ACCESS EXCLUSIVE MODE;
LOCK TABLE {0} IN ACCESS EXCLUSIVE MODE;
DO $do$ BEGIN IF NOT EXISTS (SELECT FROM {0}) THEN DROP TABLE {0}; END IF; END $do$;
)sql";

// Of a day that is over all but a few rows go: those are put back. It locks that day only, so no writer waits.
constexpr auto kRewrite = R"sql(
LOCK TABLE {0} IN ACCESS EXCLUSIVE MODE;
CREATE TEMP TABLE busflow_kept ON COMMIT DROP AS {1};
TRUNCATE {0};
INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.busflow_kept;
)sql";

constexpr auto kDeleteSome = R"sql(
DELETE FROM {0} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {0} WHERE {1} LIMIT 5000 FOR UPDATE SKIP LOCKED)))sql";

struct Partition {
  std::string_view log;
  std::string name;         ///< Quoted.
  bool is_default = false;  ///< Otherwise the whole of it is older than what is kept.
};

/// What is done to one partition, in a transaction of its own.
class Pruning {
 public:
  Pruning(Transaction& transaction, const Partition& partition, const Retention& retention)
      : transaction_(transaction),
        partition_(partition),
        kept_(fill(partition.log == kLogs[0] ? kKeptEvents : kKeptCalls, retention)),
        over_(fill(partition.log == kLogs[0] ? kOverEvents : kOverCalls, retention)) {}

  /// How much was done.
  Result<std::size_t> run() {
    BUSFLOW_CHECK(transaction_.script("SET LOCAL lock_timeout = '200ms'"));
    BUSFLOW_CHECK(lock_partitions(transaction_));
    if (partition_.is_default) return delete_some();
    BUSFLOW_TRY(const bool is_empty, holds(fmt::format("NOT EXISTS (SELECT FROM {})", partition_.name)));
    if (is_empty) return done(fmt::format(kDrop, partition_.name, partition_.log));
    BUSFLOW_TRY(const bool has_over, holds(fmt::format("EXISTS (SELECT FROM {} WHERE {})", partition_.name, over_)));
    if (!has_over) return 0;
    BUSFLOW_TRY(
        const bool are_few,
        holds(fmt::format("(SELECT count(*) <= {0} FROM (SELECT FROM ({1}) k LIMIT {0} + 1) n)", kMostPutBack, kept_)));
    return are_few ? done(fmt::format(kRewrite, partition_.name, kept_)) : delete_some();
  }

 private:
  std::string fill(std::string_view sql, const Retention& retention) const {
    return fmt::format(fmt::runtime(sql), partition_.name, retention.over.count(), retention.failed.count());
  }

  Result<bool> holds(const std::string& condition) {
    BUSFLOW_TRY(const auto rows, transaction_.run("SELECT " + condition));
    return rows.text(0, 0) == "t";
  }

  Result<std::size_t> done(const std::string& script) {
    BUSFLOW_CHECK(transaction_.script(script));
    return 1;
  }

  Result<std::size_t> delete_some() {
    BUSFLOW_TRY(const auto rows, transaction_.run(fmt::format(kDeleteSome, partition_.name, over_)));
    return rows.affected();
  }

  Transaction& transaction_;
  const Partition& partition_;
  const std::string kept_;
  const std::string over_;
};

Result<std::vector<Partition>> partitions_to_prune(Context& context, postgres::Pool& pool, std::string_view log,
                                                   const Retention& retention) {
  return pool.transact(context, {}, [&](Transaction& transaction) -> Result<std::vector<Partition>> {
    BUSFLOW_TRY(const auto rows, transaction.execute(kPartitions, {fmt::format("hdb_catalog.{}", log),
                                                                   std::to_string(retention.over.count())}));
    std::vector<Partition> found;
    for (std::size_t row = 0; row < rows.size(); ++row)
      found.push_back({log, std::string(rows.text(row, "name")), rows.text(row, "is_default") == "t"});
    return found;
  });
}

/// A partition that somebody else holds is left for another time.
Result<std::size_t> prune(Context& context, postgres::Pool& pool, const Partition& partition,
                          const Retention& retention) {
  bool is_held = false;
  auto done = pool.transact(context, {}, [&](Transaction& transaction) {
    auto result = Pruning(transaction, partition, retention).run();
    is_held = !result && transaction.last_failure().sqlstate == kNotNow;
    return result;
  });
  return is_held ? Result<std::size_t>(0) : done;
}

}  // namespace

Result<std::size_t> prune_log(Context& context, postgres::Pool& pool, const Retention& retention) {
  std::size_t changed = 0;
  for (const std::string_view log : kLogs) {
    BUSFLOW_TRY(const auto partitions, partitions_to_prune(context, pool, log, retention));
    for (const Partition& partition : partitions) {
      BUSFLOW_TRY(const std::size_t here, prune(context, pool, partition, retention));
      changed += here;
    }
  }
  return changed;
}

}  // namespace busflow::graphql_events
