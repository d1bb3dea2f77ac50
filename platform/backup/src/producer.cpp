#include <platform/backup/producer.hpp>

#include <thread>

#include <fmt/format.h>

#include <platform/backup/dump_name.hpp>
#include <platform/backup/scratch_server.hpp>
#include <platform/postgres/identifier.hpp>
#include <platform/process/self.hpp>

#include "row_counts.hpp"

namespace busflow::backup {
namespace {

constexpr std::size_t kKeptErrors = 16 << 10;

/// A child with its output or input, and its words.
struct Element {
  std::unique_ptr<process::Collector> errors;  // Before the child: it waits for the end of what the child writes.
  process::Child child;
  process::Pipe pipe;
};

Outcome<Element> start_reader(const process::Command& command) {
  BUSFLOW_TRY(auto errors, process::Collector::make(kKeptErrors));
  BUSFLOW_TRY(auto pipe, process::make_pipe());
  BUSFLOW_TRY(auto child, process::Child::start(command, {.input = &pipe.read_end, .errors = &errors->stream()}));
  errors->start();
  pipe.read_end.close();
  return Element{std::move(errors), std::move(child), std::move(pipe)};
}

Outcome<Element> start_writer(const process::Command& command) {
  BUSFLOW_TRY(auto errors, process::Collector::make(kKeptErrors));
  BUSFLOW_TRY(auto pipe, process::make_pipe());
  BUSFLOW_TRY(auto child, process::Child::start(command, {.output = &pipe.write_end, .errors = &errors->stream()}));
  errors->start();
  pipe.write_end.close();
  return Element{std::move(errors), std::move(child), std::move(pipe)};
}

}  // namespace

Producer::Producer(const Context& context, const object_store::ObjectStore& store, ProducerOptions options)
    : context_(context), store_(store), options_(std::move(options)) {}

Producer::~Producer() = default;

Outcome<void> Producer::open_snapshot() {
  const auto now = context_.clock.now();
  manifest_.name = dump_name(now);
  manifest_.class_ = options_.class_;
  manifest_.cadence = options_.cadence;
  manifest_.format = options_.format;
  manifest_.created = now;
  manifest_.producer = process::account_at_host();
  BUSFLOW_TRY(const auto catalogue, read_catalogue(store_, context_));
  if (catalogue.find(manifest_.name)) return found(Problem::kAlreadyThere, manifest_.name);
  BUSFLOW_TRY(connection_, postgres::Connection::open(options_.database));
  // Sequences do not belong to a snapshot: read before it, so that the dump's are never behind them.
  BUSFLOW_CHECK(read_facts());
  BUSFLOW_TRY(tools_, find_postgres_tools(context_, manifest_.server_major, options_.postgres_bin));
  manifest_.dump_version = tools_.version;
  BUSFLOW_CHECK(connection_->run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"));
  BUSFLOW_TRY(const auto snapshot, connection_->run("SELECT pg_export_snapshot()"));
  snapshot_ = snapshot.text(0, std::size_t{0});
  return read_lists();
}

Outcome<void> Producer::read_facts() {
  BUSFLOW_TRY(
      const auto facts,
      connection_->run(
          "SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000, datname, "
          "pg_encoding_to_char(encoding), datcollate, pg_database_size(oid) FROM pg_database "
          "WHERE datname = current_database()"));
  const std::string_view version = facts.text(0, std::size_t{0});
  manifest_.server_version = version.substr(0, version.find(' '));
  manifest_.server_major = static_cast<int>(facts.integer(0, std::size_t{1}));
  manifest_.database = facts.text(0, std::size_t{2});
  manifest_.encoding = facts.text(0, std::size_t{3});
  manifest_.collation = facts.text(0, std::size_t{4});
  manifest_.database_bytes = static_cast<std::uint64_t>(facts.integer(0, std::size_t{5}));
  BUSFLOW_TRY(
      const auto names,
      connection_->run("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                       "WHERE c.relkind = 'S' AND c.relpersistence = 'p' ORDER BY 1, 2"));
  for (std::size_t row = 0; row < names.size(); ++row) {
    SequenceState sequence{.schema = std::string(names.text(row, std::size_t{0})),
                           .name = std::string(names.text(row, std::size_t{1}))};
    BUSFLOW_TRY(const auto state, connection_->run(fmt::format("SELECT last_value, is_called FROM {}.{}",
                                                               postgres::quote_identifier(sequence.schema),
                                                               postgres::quote_identifier(sequence.name))));
    sequence.last_value = state.integer(0, std::size_t{0});
    sequence.is_called = state.text(0, std::size_t{1}) == "t";
    manifest_.sequences.push_back(std::move(sequence));
  }
  return {};
}

Outcome<void> Producer::read_lists() {
  BUSFLOW_TRY(
      const auto schemas,
      connection_->run(
          "SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' ORDER BY 1"));
  for (std::size_t row = 0; row < schemas.size(); ++row)
    manifest_.schemas.emplace_back(schemas.text(row, std::size_t{0}));
  BUSFLOW_TRY(const auto extensions, connection_->run("SELECT extname, extversion FROM pg_extension ORDER BY oid"));
  for (std::size_t row = 0; row < extensions.size(); ++row)
    manifest_.extensions.push_back(
        {std::string(extensions.text(row, std::size_t{0})), std::string(extensions.text(row, std::size_t{1}))});
  BUSFLOW_TRY(const auto roles, connection_->run("SELECT r.oid, r.rolname, rolcanlogin, rolinherit, rolcreaterole, "
                                                 "rolcreatedb, rolbypassrls, rolreplication, rolsuper "
                                                 "FROM pg_roles r WHERE rolname !~ '^pg_' ORDER BY rolname"));
  for (std::size_t row = 0; row < roles.size(); ++row) {
    const auto is = [&](std::size_t column) { return roles.text(row, column) == "t"; };
    RoleState role{.name = std::string(roles.text(row, std::size_t{1})),
                   .login = is(2),
                   .inherit = is(3),
                   .create_role = is(4),
                   .create_database = is(5),
                   .bypass_row_security = is(6),
                   .replication = is(7),
                   .superuser = is(8)};
    BUSFLOW_TRY(const auto groups,
                connection_->run(
                    fmt::format("SELECT DISTINCT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid "
                                "WHERE m.member = {} ORDER BY 1",
                                roles.text(row, std::size_t{0}))));
    for (std::size_t group = 0; group < groups.size(); ++group)
      role.member_of.emplace_back(groups.text(group, std::size_t{0}));
    manifest_.roles.push_back(std::move(role));
  }
  return {};
}

process::Command Producer::dump_command() const {
  process::Command command{
      .program = tools_.program("pg_dump"),
      .arguments = {fmt::format("--format={}", options_.format), fmt::format("--snapshot={}", snapshot_)}};
  if (!options_.compression.empty()) command.arguments.push_back(fmt::format("--compress={}", options_.compression));
  return command;
}

std::string Producer::describe_dump() const {
  return fmt::format("pg_dump --format={} --snapshot=… {}", options_.format, options_.database.describe());
}

Outcome<void> Producer::dump(const OnProgress& progress) {
  // The counts need the connection that holds the snapshot, and pg_dump needs only that it stays open.
  Outcome<void> counted;
  std::jthread counter([&] { counted = count_rows(); });
  auto transferred = transfer(progress);
  counter.join();
  BUSFLOW_CHECK(transferred);
  return counted;
}

Outcome<void> Producer::count_rows() {
  BUSFLOW_TRY(const auto tables, connection_->run(std::string(kTablesWithRows)));
  for (std::size_t row = 0; row < tables.size(); ++row) {
    TableRows table{.schema = std::string(tables.text(row, std::size_t{0})),
                    .name = std::string(tables.text(row, std::size_t{1}))};
    BUSFLOW_TRY(const auto counted, connection_->run(count_statement(table.schema, table.name)));
    table.rows = counted.integer(0, std::size_t{0});
    manifest_.tables.push_back(std::move(table));
  }
  BUSFLOW_TRY(const auto objects, connection_->run(std::string(kLargeObjects)));
  manifest_.large_objects = objects.integer(0, std::size_t{0});
  return {};
}

Outcome<void> Producer::transfer(const OnProgress& progress) {
  auto command = dump_command();
  BUSFLOW_TRY(const auto secret, connect_command(command, options_.database));
  BUSFLOW_TRY(auto source, start_writer(command));
  BUSFLOW_TRY(auto target, start_reader(store_.upload(std::string(kPartialFolder) + manifest_.name)));
  Feed feed(std::move(target.pipe.write_end), context_);
  crypto::Sha256 hash;
  std::string buffer(256 << 10, '\0');
  bool wanted = true;
  while (wanted) {
    BUSFLOW_CHECK(context_.check());
    const ssize_t got = ::read(source.pipe.read_end.get(), buffer.data(), buffer.size());
    if (got <= 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    hash.update(bytes);
    manifest_.bytes += bytes.size();
    BUSFLOW_TRY(wanted, feed.write(bytes));
    progress(manifest_.bytes);
  }
  if (!wanted) {
    BUSFLOW_TRY(const auto exit, target.child.wait(context_));
    return found(Problem::kUploadFailed,
                 fmt::format("{}; {}", store_.failure(target.errors->finish()).detail, exit.describe()));
  }
  // The upload is only allowed to end once pg_dump is known to have ended well: what is uploaded by then stays partial.
  BUSFLOW_TRY(const auto dumped, source.child.wait(context_));
  if (!dumped.is_success()) {
    target.child.signal(9);
    return found(Problem::kDumpFailed,
                 fmt::format("{}: {}", dumped.describe(), process::last_line(source.errors->finish())));
  }
  feed.close();
  BUSFLOW_TRY(const auto uploaded, target.child.wait(context_));
  if (!uploaded.is_success()) return found(Problem::kUploadFailed, store_.failure(target.errors->finish()).detail);
  manifest_.sha256 = hash.finish();
  return {};
}

Outcome<void> Producer::commit() {
  connection_.reset();  // Its snapshot has held back VACUUM for long enough.
  const std::string partial = std::string(kPartialFolder) + manifest_.name;
  const StoredDump dump{.class_ = manifest_.class_, .name = manifest_.name};
  BUSFLOW_TRY(const auto objects, store_.list(context_, kPartialFolder));
  const auto stored = std::ranges::find(objects, partial, &object_store::ObjectInfo::key);
  if (stored == objects.end() || stored->bytes != manifest_.bytes)
    return found(Problem::kUploadFailed, fmt::format("{} has {} bytes in the store, {} were sent", partial,
                                                     stored == objects.end() ? 0 : stored->bytes, manifest_.bytes));
  BUSFLOW_CHECK(store_.move(context_, partial, dump.key()));
  BUSFLOW_CHECK(store_.write(context_, dump.key() + std::string(kManifestEnding), write_manifest(manifest_)));
  return {};
}

Outcome<std::size_t> remove_partial(const object_store::ObjectStore& store, const Context& context) {
  BUSFLOW_TRY(const auto objects, store.list(context, kPartialFolder));
  for (const auto& object : objects) BUSFLOW_CHECK(store.remove(context, object.key));
  return objects.size();
}

}  // namespace busflow::backup
