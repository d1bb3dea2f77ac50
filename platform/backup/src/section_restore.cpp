#include <platform/backup/section_restore.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>

#include <platform/postgres/identifier.hpp>

#include "early_indexes.hpp"

namespace busflow::backup {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr std::size_t kKeptErrors = 64 << 10;

/// On disk, because a table of contents may be large; without a name, so that nobody who is killed leaves it behind.
Outcome<process::Descriptor> make_nameless_file(const std::filesystem::path& folder) {
  std::string pattern = (folder / "busflow-head-XXXXXX").string();
  process::Descriptor file(mkostemp(pattern.data(), O_CLOEXEC));
  if (!file)
    return found(Problem::kDiskFull,
                 fmt::format("no file can be made in {}: {}", folder.string(), std::generic_category().message(errno)));
  unlink(pattern.c_str());
  return file;
}

}  // namespace

/// A running pg_restore or psql, with its input and its errors.
class SectionRestore::Consumer {
 public:
  static Outcome<std::unique_ptr<Consumer>> start(const Context& context, process::Command command,
                                                  const postgres::ConnectionOptions& target, RestoreErrors& errors,
                                                  bool with_input, EarlyIndexes* early = nullptr) {
    BUSFLOW_TRY(const auto secret, connect_command(command, target));
    BUSFLOW_TRY(auto collector, process::Collector::make(kKeptErrors, [&errors, early](std::string_view line) {
                  errors.take_line(line);
                  if (early != nullptr) early->take_line(line);
                }));
    BUSFLOW_TRY(auto pipe, process::make_pipe());
    BUSFLOW_TRY(auto child, process::Child::start(command, {.input = with_input ? &pipe.read_end : nullptr,
                                                            .errors = &collector->stream()}));
    collector->start();
    pipe.read_end.close();
    return std::unique_ptr<Consumer>(
        new Consumer(context, std::move(child), std::move(pipe.write_end), std::move(collector)));
  }

  Feed& feed() { return feed_; }

  Outcome<process::Exit> finish() {
    feed_.close();
    BUSFLOW_TRY(const auto exit, child_.wait(context_));
    last_words_ = process::last_line(collector_->finish());
    return exit;
  }
  const std::string& last_words() const { return last_words_; }

 private:
  Consumer(const Context& context, process::Child child, process::Descriptor input,
           std::unique_ptr<process::Collector> collector)
      : context_(context),
        collector_(std::move(collector)),
        child_(std::move(child)),
        feed_(std::move(input), context) {}

  const Context& context_;
  std::unique_ptr<process::Collector> collector_;  // Before the child: it waits for the end of what the child writes.
  process::Child child_;
  Feed feed_;
  std::string last_words_;
};

SectionRestore::SectionRestore(const Context& context, const PostgresTools& tools,
                               const postgres::ConnectionOptions& target, DumpStream& stream, RestoreErrors& errors,
                               std::filesystem::path head_folder, int jobs, OnProgress progress)
    : context_(context),
      tools_(tools),
      target_(target),
      stream_(stream),
      errors_(errors),
      head_folder_(std::move(head_folder)),
      jobs_(jobs),
      progress_(std::move(progress)) {}

process::Command SectionRestore::restore_command(std::string_view section) const {
  return {.program = tools_.program("pg_restore"), .arguments = {fmt::format("--section={}", section)}};
}

Outcome<void> SectionRestore::judge(Consumer& consumer) {
  BUSFLOW_TRY(const auto exit, consumer.finish());
  // Exit code 1 with errors that were counted is theirs to explain; without any, or a signal, is a failure of its own.
  const bool explained = !errors_.fatal().empty() || !errors_.tolerated().empty();
  if (exit.is_success() || (exit.signal == 0 && explained)) return {};
  return found(Problem::kRestoreErrors, fmt::format("pg_restore: {}: {}", exit.describe(), consumer.last_words()));
}

Outcome<void> SectionRestore::before_data() {
  BUSFLOW_TRY(const auto consumer, Consumer::start(context_, restore_command("pre-data"), target_, errors_, true));
  BUSFLOW_TRY(head_, make_nameless_file(head_folder_));
  while (true) {
    BUSFLOW_TRY(const auto bytes, stream_.read());
    if (bytes.empty()) break;
    if (auto kept = process::write_all(head_, bytes); !kept)
      return found(Problem::kDiskFull, fmt::format("{}: {}", head_folder_.string(), kept.error().message()));
    BUSFLOW_TRY(const bool wanted, consumer->feed().write(bytes));
    progress_(stream_.bytes());
    if (!wanted) break;
  }
  return judge(*consumer);
}

Outcome<void> SectionRestore::data() {
  auto command = restore_command("data");
  if (early_) command.arguments.emplace_back("--verbose");  // Tells when a table is complete.
  BUSFLOW_TRY(const auto consumer, Consumer::start(context_, command, target_, errors_, true, early_.get()));
  std::string buffer(kChunk, '\0');
  bool wanted = true;
  for (off_t at = 0; wanted;) {
    const ssize_t got = pread(head_.get(), buffer.data(), buffer.size(), at);
    if (got <= 0) break;
    at += got;
    BUSFLOW_TRY(wanted, consumer->feed().write({buffer.data(), static_cast<std::size_t>(got)}));
  }
  while (true) {
    BUSFLOW_TRY(const auto bytes, stream_.read());
    if (bytes.empty()) break;
    // After an error the rest is still read: its checksum tells whether the dump or the restore is to blame.
    if (wanted) {
      BUSFLOW_TRY(wanted, consumer->feed().write(bytes));
    }
    progress_(stream_.bytes());
  }
  // Before its input ends: a download that broke off must not look to pg_restore like a dump that was cut.
  BUSFLOW_CHECK(stream_.finish());
  return judge(*consumer);
}

Outcome<void> SectionRestore::after_data() {
  auto command = restore_command("post-data");
  process::Descriptor list;
  if (early_) {
    BUSFLOW_TRY(list, process::make_secret_file(early_->finish()));
    command.arguments.push_back(fmt::format("--use-list=/proc/self/fd/{}", list.get()));
    command.inherited.push_back(list.get());
  }
  command.arguments.push_back(fmt::format("--jobs={}", jobs_));
  command.arguments.push_back(fmt::format("/proc/self/fd/{}", head_.get()));
  command.inherited.push_back(head_.get());
  BUSFLOW_TRY(const auto consumer, Consumer::start(context_, command, target_, errors_, false));
  return judge(*consumer);
}

SectionRestore::~SectionRestore() = default;

Outcome<void> SectionRestore::build_early(const std::set<std::string, std::less<>>& tables) {
  BUSFLOW_TRY(early_, EarlyIndexes::make(context_, tools_, target_, errors_, head_.get(), tables));
  return {};
}

std::set<std::string, std::less<>> large_tables(const Manifest& manifest) {
  constexpr std::int64_t kLarge = 100'000;  // Below, another pg_restore costs more than it saves.
  std::set<std::string, std::less<>> names;
  for (const auto& table : manifest.tables) {
    if (table.rows >= kLarge) names.insert(fmt::format("{}.{}", table.schema, table.name));
  }
  return names;
}

namespace {

/// Takes the dump's own \restrict and \unrestrict lines out of the text: ours is in force from before its first line,
/// and its \unrestrict with another key would be an error.
class RestrictionFilter {
 public:
  std::string pass(std::string_view bytes) {
    pending_ += bytes;
    std::string out;
    std::size_t begin = 0;
    for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
      const std::string_view line(pending_.data() + begin, end - begin + 1);
      if (!is_restriction(line)) out += line;
      begin = end + 1;
    }
    pending_.erase(0, begin);
    if (!pending_.starts_with('\\')) {
      // A long line is not held back: only its first character decides.
      out += pending_;
      line_begun_ = line_begun_ || !pending_.empty();
      pending_.clear();
    }
    return out;
  }
  std::string rest() { return std::exchange(pending_, {}); }

 private:
  bool is_restriction(std::string_view line) {
    const bool whole = !std::exchange(line_begun_, false);
    return whole && (line.starts_with("\\restrict ") || line.starts_with("\\unrestrict "));
  }

  std::string pending_;
  bool line_begun_ = false;
};

}  // namespace

Outcome<void> SectionRestore::plain_text() {
  const process::Command command{.program = tools_.program("psql"),
                                 .arguments = {"--no-psqlrc", "--quiet", "--output=/dev/null", "--file=-"}};
  BUSFLOW_TRY(const auto consumer, Consumer::start(context_, command, target_, errors_, true));
  std::string key = context_.identifiers.next().to_string();
  std::erase(key, '-');
  BUSFLOW_TRY(bool wanted, consumer->feed().write(fmt::format("\\restrict {}\n", key)));
  RestrictionFilter filter;
  while (true) {
    BUSFLOW_TRY(const auto bytes, stream_.read());
    if (bytes.empty()) break;
    if (wanted) {
      BUSFLOW_TRY(wanted, consumer->feed().write(filter.pass(bytes)));
    }
    progress_(stream_.bytes());
  }
  BUSFLOW_CHECK(stream_.finish());
  if (wanted) {
    BUSFLOW_TRY(wanted, consumer->feed().write(filter.rest()));
  }
  return judge(*consumer);
}

Outcome<void> create_roles(postgres::Connection& connection, const Manifest& manifest, bool with_rights) {
  BUSFLOW_TRY(const auto there, connection.run("SELECT rolname FROM pg_roles"));
  const auto exists = [&](const std::string& name) {
    for (std::size_t row = 0; row < there.size(); ++row) {
      if (there.text(row, std::size_t{0}) == name) return true;
    }
    return false;
  };
  std::vector<const RoleState*> created;
  for (const RoleState& role : manifest.roles) {
    if (exists(role.name)) continue;
    created.push_back(&role);
    std::string sql = fmt::format("CREATE ROLE {}", postgres::quote_identifier(role.name));
    if (with_rights)
      sql += fmt::format(" {}LOGIN {}INHERIT {}CREATEROLE {}CREATEDB {}BYPASSRLS {}REPLICATION", role.login ? "" : "NO",
                         role.inherit ? "" : "NO", role.create_role ? "" : "NO", role.create_database ? "" : "NO",
                         role.bypass_row_security ? "" : "NO", role.replication ? "" : "NO");
    BUSFLOW_CHECK(connection.run(sql));
  }
  for (const RoleState* role : created) {
    for (const auto& group : role->member_of)
      BUSFLOW_CHECK(connection.run(
          fmt::format("GRANT {} TO {}", postgres::quote_identifier(group), postgres::quote_identifier(role->name))));
  }
  return {};
}

Outcome<std::vector<std::string>> create_extensions(postgres::Connection& connection, const Manifest& manifest) {
  std::vector<std::string> missing;
  for (const auto& extension : manifest.extensions) {
    const auto made = connection.run(
        fmt::format("CREATE EXTENSION IF NOT EXISTS {} CASCADE", postgres::quote_identifier(extension.name)));
    if (!made)
      missing.push_back(fmt::format("{} {}: {}", extension.name, extension.version, connection.last_failure().message));
  }
  return missing;
}

}  // namespace busflow::backup
