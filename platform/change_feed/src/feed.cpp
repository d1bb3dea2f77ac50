#include <platform/change_feed/feed.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/pause.hpp>
#include <platform/postgres/connection.hpp>

#include "decoded_change.hpp"
#include "replication_stream.hpp"

namespace busflow::change_feed {
namespace {

/// Of 32-bit transaction numbers, those that a new snapshot does not see as over: running, or later than all it knows.
constexpr postgres::Statement kUnseen{"change_feed.unseen", R"sql(
SELECT FROM (SELECT pg_current_snapshot() AS s) AS now
 WHERE ($1::bigint - pg_snapshot_xmax(s)::text::bigint % 4294967296 + 4294967296) % 4294967296 < 2147483648
    OR EXISTS (SELECT FROM pg_snapshot_xip(s) AS running WHERE running::text::bigint % 4294967296 = $1::bigint))sql"};
constexpr std::chrono::milliseconds kUntilSeen{1};
/// How long it may go unnoticed that nobody is interested any more.
constexpr std::chrono::milliseconds kLookAround{500};

/// The log holds a commit a moment before other sessions see what it wrote. Who reads within that moment would take the
/// old state for the new one.
Result<void> wait_until_seen(postgres::Connection& connection, const std::string& transaction,
                             const std::stop_token& stop) {
  do {
    BUSFLOW_TRY(const auto unseen, connection.execute(kUnseen, {transaction}));
    if (unseen.empty()) return {};
  } while (pause(stop, kUntilSeen));
  return {};
}

}  // namespace

std::string_view to_string(Mode mode) { return mode == Mode::kReplication ? "replication" : "polling"; }

Feed::Feed(FeedOptions options, telemetry::Logger logger, telemetry::Metrics& metrics)
    : options_(std::move(options)),
      logger_(std::move(logger)),
      is_live_(
          metrics.gauge("change_feed_live",
                        "1 while changes come by logical replication, or would if there were a live query; 0 while "
                        "polling.")),
      lag_(metrics.gauge("change_feed_lag_bytes", "Write-ahead log that the feed has not read yet.")),
      transactions_(metrics.counter("change_feed_transactions_total", "Transactions that the feed has told of.")) {}

Feed::~Feed() { stop(); }

std::uint64_t Feed::observe(Observer observer) {
  const std::lock_guard lock(mutex_);
  observer.on_mode(mode_);
  observers_.emplace(next_observer_, std::move(observer));
  return next_observer_++;
}

void Feed::forget(std::uint64_t observer) {
  const std::lock_guard lock(mutex_);
  observers_.erase(observer);
}

void Feed::start() {
  if (options_.connection.user.empty()) {
    logger_.info("change feed", {{"mode", to_string(Mode::kPolling)}, {"reason", "no user for replication is set"}});
    return;
  }
  unwanted_since_ = std::chrono::steady_clock::now();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Feed::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Mode Feed::mode() const {
  const std::lock_guard lock(mutex_);
  return mode_;
}

void Feed::run(const std::stop_token& stop) {
  auto delay = options_.retry_first;
  while (!stop.stop_requested()) {
    const auto ended = follow(stop);
    if (stop.stop_requested()) break;
    if (mode_ == Mode::kReplication) delay = options_.retry_first;
    set_mode(Mode::kPolling);
    is_live_.Set(ended ? 1 : 0);
    if (ended) {
      rest(stop);
      continue;
    }
    report_trouble(ended.error());
    if (!pause(stop, delay)) break;
    delay = std::min(delay * 2, options_.retry_most);
  }
  set_mode(Mode::kPolling);
}

void Feed::change_interest(int by) {
  const std::lock_guard lock(interest_mutex_);
  interests_ += static_cast<std::size_t>(by);
  if (interests_ == 0) unwanted_since_ = std::chrono::steady_clock::now();
  interest_changed_.notify_all();
}

bool Feed::is_wanted() {
  const std::lock_guard lock(interest_mutex_);
  return interests_ > 0 || std::chrono::steady_clock::now() < unwanted_since_ + options_.rest_after;
}

void Feed::rest(const std::stop_token& stop) {
  logger_.debug("the change feed rests: there is no live query");
  std::unique_lock lock(interest_mutex_);
  interest_changed_.wait(lock, stop, [this] { return interests_ > 0; });
}

/// Until a stop, or until nobody has been interested for a while.
Result<void> Feed::follow(const std::stop_token& stop) {
  BUSFLOW_TRY(const auto stream, ReplicationStream::begin(options_.connection, options_.confirm_every, stop));
  BUSFLOW_TRY(const auto connection, postgres::Connection::open(options_.connection));
  known_ = stream->tables();
  last_trouble_.clear();
  logger_.info("change feed", {{"mode", to_string(Mode::kReplication)}});
  if (!stream->retention_limit()) {
    logger_.warning("max_slot_wal_keep_size is not set: a stuck reader could fill the server's disk with its log");
  }
  set_mode(Mode::kReplication);
  publish({.everything = true});
  Changes changes;
  while (!stop.stop_requested()) {
    BUSFLOW_TRY(const auto line, stream->next(stop, std::chrono::steady_clock::now() + kLookAround));
    if (!line) {
      if (!is_wanted()) return {};
      continue;
    }
    lag_.Set(static_cast<double>(stream->lag()));
    const auto change = read_decoded_change(*line);
    if (!change) {
      return fail(ErrorName::kInternal, fmt::format("test_decoding wrote '{}'", line->substr(0, 100)));
    }
    switch (change->kind) {
      case DecodedChange::Kind::kBegin: changes = {}; break;
      case DecodedChange::Kind::kCommit:
        BUSFLOW_CHECK(wait_until_seen(*connection, std::string(change->transaction), stop));
        publish(std::exchange(changes, {}));
        if (!is_wanted()) return {};
        break;
      case DecodedChange::Kind::kTables:
        for (const auto& table : change->tables) {
          // Made since, perhaps as a partition of one that is being read.
          if (known_.insert(table).second) changes.everything = true;
          changes.tables.insert(table);
        }
        break;
      case DecodedChange::Kind::kOther: break;
    }
  }
  return {};
}

void Feed::publish(Changes changes) {
  if (!changes.everything && changes.tables.empty()) return;
  transactions_.Increment();
  const std::lock_guard lock(mutex_);
  for (const auto& [id, observer] : observers_) observer.on_change(changes);
}

void Feed::set_mode(Mode mode) {
  const std::lock_guard lock(mutex_);
  if (mode_ == mode) return;
  mode_ = mode;
  is_live_.Set(mode == Mode::kReplication ? 1 : 0);
  for (const auto& [id, observer] : observers_) observer.on_mode(mode);
}

void Feed::report_trouble(const Error& error) {
  const std::string reason(error.message());
  if (reason == last_trouble_) return;  // Once, not at each try.
  last_trouble_ = reason;
  logger_.warning("change feed", {{"mode", to_string(Mode::kPolling)}, {"reason", reason}});
}

}  // namespace busflow::change_feed
