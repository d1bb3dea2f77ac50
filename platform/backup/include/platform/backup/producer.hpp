#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <platform/backup/catalogue.hpp>
#include <platform/backup/manifest.hpp>
#include <platform/backup/postgres_tools.hpp>
#include <platform/backup/section_restore.hpp>
#include <platform/postgres/connection.hpp>

namespace busflow::backup {

struct ProducerOptions {
  postgres::ConnectionOptions database;
  std::filesystem::path postgres_bin{};
  std::string class_{kRegular};
  std::string cadence = "daily";
  std::string format = "custom";
  std::string compression{};  ///< As pg_dump's --compress; empty: its default.
};

/// One dump: the steps of `busflowctl backup create`, to be called in this order until one fails. A dump that fails at
/// any of them, or whose producer is killed, is never committed. Use by one thread.
class Producer {
 public:
  Producer(const Context& context, const object_store::ObjectStore& store, ProducerOptions options);
  ~Producer();

  /// Reads the database's facts and holds a snapshot open, which the dump and the counts share.
  Outcome<void> open_snapshot();
  /// pg_dump, through us, into the store under a partial key; counts rows meanwhile.
  Outcome<void> dump(const OnProgress& progress);
  /// Compares lengths, moves the dump to its name and writes the manifest.
  Outcome<void> commit();

  const Manifest& manifest() const { return manifest_; }
  std::string describe_dump() const;

 private:
  process::Command dump_command() const;
  Outcome<void> read_facts();
  Outcome<void> read_lists();
  Outcome<void> count_rows();
  Outcome<void> transfer(const OnProgress& progress);

  const Context& context_;
  const object_store::ObjectStore& store_;
  ProducerOptions options_;
  PostgresTools tools_;
  std::unique_ptr<postgres::Connection> connection_;
  std::string snapshot_;
  Manifest manifest_;
};

/// What killed producers left in the store. Only while the lock on "backup" is held: otherwise one may be at work.
Outcome<std::size_t> remove_partial(const object_store::ObjectStore& store, const Context& context);

}  // namespace busflow::backup
