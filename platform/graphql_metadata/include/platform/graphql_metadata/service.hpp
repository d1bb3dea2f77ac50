#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/graphql/engine_slot.hpp>
#include <platform/graphql_metadata/problem.hpp>
#include <platform/graphql_metadata/snapshot.hpp>
#include <platform/graphql_metadata/sources.hpp>
#include <platform/json/json.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::graphql_metadata {

class Checker;
class DocumentText;
class Store;

/// The endpoint that an operation came by: each serves its own set.
enum class Surface : std::uint8_t { kMetadata, kQueryV2, kQueryV1 };

struct ServiceOptions {
  std::string instance;  ///< A UUID: this process.
  Environment environment;
  graphql::EngineOptions engine;
  /// What the first start without stored metadata begins with: the source "default" at DATABASE_URL.
  std::optional<graphql::metadata::Source> default_source;
  std::size_t source_connections = 10;  ///< Per source, for administrative statements.
  bool requires_allow_list = false;     ///< Only queries of allow-listed collections pass, admin's excepted.
};

/// The metadata of an application that is administered while it runs: operations change it one request at a time, each
/// is stored before it is answered, and a new engine takes over. Functions block: call them on worker threads.
/// Thread-safe.
class Service {
 public:
  /// The pool, of the database that holds the metadata, and the slot outlive it.
  Service(ServiceOptions options, postgres::Pool& metadata_pool);
  ~Service();

  /// Reads what is stored, or stores the beginning, and makes the first engine.
  Outcome<void> start(Context& context);
  /// Called after each change, on the thread that made it.
  using OnChange = std::function<void(const Snapshot& before, const Snapshot& after)>;
  void on_change(OnChange listener) { on_change_ = std::move(listener); }

  std::shared_ptr<const Snapshot> snapshot() const { return snapshot_.load(); }
  const graphql::EngineSlot& engine() const { return engine_; }
  SourcePools& pools() { return pools_; }
  /// An id of the metadata's database that stays, the same for all processes that serve it.
  Result<std::string> database_id(Context& context);
  /// Where the source's database is, by the metadata in force. kInvalidSetting when there is no such source.
  Result<postgres::ConnectionOptions> connection_of(std::string_view source) const;

  /// Runs one request of /v1/metadata, /v2/query or /v1/query: {"type", "args", "version"?, "resource_version"?}. Only
  /// the role admin may; the answer is the response's body.
  Outcome<json::Value> run(Context& context, Surface surface, const json::Value& request);

  /// Takes over what another instance has stored, when it did. Cheap when nothing changed.
  Outcome<void> catch_up(Context& context);
  /// Looks whether somebody changed tables, columns, keys, functions or comments behind our back; then reads the
  /// catalogs anew. Cheap when nothing changed.
  Outcome<void> refresh_catalogs(Context& context);

 private:
  /// Makes catalogs, checks and engine for metadata that is stored already, and puts them into force.
  Outcome<void> renew(Context& context, std::shared_ptr<Snapshot> base);
  void adopt(std::shared_ptr<const Snapshot> next);

  const ServiceOptions options_;
  SourcePools pools_;
  std::unique_ptr<Store> store_;
  std::mutex writing_;
  std::unique_ptr<Checker> checker_;
  std::unique_ptr<DocumentText> text_;
  std::map<std::string, std::string, std::less<>> fingerprints_;  ///< Of the sources' catalogs, when last looked at.
  std::atomic<std::shared_ptr<const Snapshot>> snapshot_;
  graphql::EngineSlot engine_{nullptr};
  OnChange on_change_;
};

}  // namespace busflow::graphql_metadata
