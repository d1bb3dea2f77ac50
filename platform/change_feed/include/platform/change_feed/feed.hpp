#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/change_feed/changes.hpp>
#include <platform/postgres/connection_options.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::change_feed {

enum class Mode : std::uint8_t {
  kPolling,      ///< Nobody says what changed; whoever wants to know must look.
  kReplication,  ///< Changes come from logical decoding.
};

struct FeedOptions {
  /// A user with the REPLICATION attribute. No user: the feed stays in kPolling.
  postgres::ConnectionOptions connection;
  /// How often the server hears how far we are. It ends a stream that is silent for its wal_sender_timeout, a minute
  /// unless set otherwise.
  std::chrono::milliseconds confirm_every{10000};
  std::chrono::milliseconds retry_first{500};
  std::chrono::milliseconds retry_most{30000};  ///< Delays double up to this one.
  std::chrono::milliseconds rest_after{10000};  ///< How long it reads on when nobody is interested any more.
};

/// Tells which tables have changed, right after the transaction that changed them, once other sessions see it. One per
/// process.
///
/// It reads the write-ahead log through a temporary replication slot with PostgreSQL's own plug-in test_decoding, and
/// looks at the names of tables only. It needs wal_level = logical and a user with REPLICATION, and leaves nothing
/// behind: the slot ends with the connection, also when the process is killed. How much log a slow reader may hold back
/// is the server's max_slot_wal_keep_size.
///
/// Decoding costs the server as much as a good part of the writes themselves, so the feed rests while nobody holds an
/// Interest: it begins once, to learn and report what is possible, and ends the connection after `rest_after`.
///
/// What happened while there was no connection is not known, so after each one begins, everything may have changed.
/// Temporary and unlogged tables, and changes without a row, such as ALTER TABLE or REFRESH MATERIALIZED VIEW, do not
/// show up.
class Feed {
 public:
  struct Observer {
    std::function<void(const Changes&)> on_change;
    std::function<void(Mode)> on_mode;  ///< Called at once with the present one, and at each change.
  };

  /// While one is held, the feed reads. Thread-safe; must not outlive the feed.
  class Interest {
   public:
    explicit Interest(Feed& feed) : feed_(&feed) { feed.change_interest(1); }
    Interest(const Interest&) = delete;
    Interest& operator=(const Interest&) = delete;
    ~Interest() { feed_->change_interest(-1); }

   private:
    Feed* feed_;
  };

  Feed(FeedOptions options, telemetry::Logger logger, telemetry::Metrics& metrics);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Observers are called on the feed's thread (the first on_mode on the caller's), one at a time; they must not block
  /// and not call observe() or forget().
  std::uint64_t observe(Observer observer);
  /// When it returns, the observer is not being called and will not be.
  void forget(std::uint64_t observer);

  void start();
  /// Ends the connection and the thread. Idempotent.
  void stop();

  Mode mode() const;

 private:
  void run(const std::stop_token& stop);
  void change_interest(int by);
  bool is_wanted();
  void rest(const std::stop_token& stop);
  Result<void> follow(const std::stop_token& stop);
  void publish(Changes changes);
  void set_mode(Mode mode);
  void report_trouble(const Error& error);

  const FeedOptions options_;
  telemetry::Logger logger_;
  prometheus::Gauge& is_live_;
  prometheus::Gauge& lag_;
  prometheus::Counter& transactions_;
  mutable std::mutex mutex_;  ///< Held while observers are called.
  std::map<std::uint64_t, Observer> observers_;
  std::uint64_t next_observer_ = 1;
  Mode mode_ = Mode::kPolling;
  std::mutex interest_mutex_;
  std::condition_variable_any interest_changed_;
  std::size_t interests_ = 0;
  SteadyTime unwanted_since_{};
  std::set<TableName> known_;  ///< Of the feed's thread.
  std::string last_trouble_;
  std::jthread thread_;
};

/// "replication", "polling": for logs.
std::string_view to_string(Mode mode);

}  // namespace busflow::change_feed
