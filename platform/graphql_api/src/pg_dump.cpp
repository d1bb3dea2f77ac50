#include "pg_dump.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <platform/graphql_api/dump_cleaner.hpp>
#include <platform/graphql_api/dump_options.hpp>
#include <platform/process/child.hpp>
#include <platform/process/output.hpp>

#include "responses.hpp"

namespace busflow::graphql_api {
namespace {

using graphql_metadata::Outcome;
using graphql_metadata::Problem;
using graphql_metadata::refuse;

constexpr std::size_t kLongestOrder = 64 << 10;
constexpr std::size_t kChunk = 256 << 10;
constexpr std::size_t kKeptErrors = 16 << 10;
constexpr std::chrono::milliseconds kLookInterval{200};
constexpr std::chrono::seconds kVersionLimit{30};
constexpr std::string_view kDebianFolder = "/usr/lib/postgresql";

struct Order {
  std::string source = "default";
  std::vector<std::string> options;
  bool is_cleaned = false;
};

Problem parse_failed(std::string_view message, std::string path = "$") {
  return {"parse-failed", std::string(message), std::move(path)};
}

Outcome<std::vector<std::string>> parse_options(const json::Value* value) {
  if (value == nullptr) return std::unexpected(parse_failed("key 'opts' not found"));
  if (!value->is_array()) return std::unexpected(parse_failed("expected a list of strings", "$.opts"));
  std::vector<std::string> options;
  for (const json::Value& each : value->get_array()) {
    if (!each.is_string())
      return std::unexpected(parse_failed("expected a string", fmt::format("$.opts[{}]", options.size())));
    options.emplace_back(each.get_string());
  }
  return options;
}

Outcome<Order> parse_order(const std::string& text) {
  const auto body = json::parse(text);
  if (!body) return refuse("invalid-json", std::string(body.error().message()), "$");
  const json::Object* object = body->if_object();
  if (object == nullptr) return std::unexpected(parse_failed("expected an object"));
  Order order;
  BUSFLOW_TRY(order.options, parse_options(object->if_contains("opts")));
  if (const json::Value* clean = object->if_contains("clean_output"); clean != nullptr && !clean->is_null()) {
    if (!clean->is_bool()) return std::unexpected(parse_failed("expected a Boolean", "$.clean_output"));
    order.is_cleaned = clean->get_bool();
  }
  if (const json::Value* source = object->if_contains("source"); source != nullptr && !source->is_null()) {
    if (!source->is_string()) return std::unexpected(parse_failed("expected a string", "$.source"));
    order.source = source->get_string();
  }
  BUSFLOW_CHECK(check_dump_options(order.options));
  return order;
}

Outcome<std::string> read_body(http::Transfer& transfer) {
  std::string body;
  while (true) {
    BUSFLOW_TRY(const auto piece, transfer.read());
    if (piece.empty()) return body;
    body += piece;
    if (body.size() > kLongestOrder) return std::unexpected(Problem(Error{ErrorName::kPayloadTooLarge, {}, {}}));
  }
}

/// As a value in a connection string of libpq.
std::string connection_value(std::string_view value) {
  std::string text = "'";
  for (const char letter : value) {
    if (letter == '\'' || letter == '\\') text += '\\';
    text += letter;
  }
  return text + "'";
}

/// Where to connect, as the last of the arguments, so that nothing before them decides it. The password is in a file in
/// memory, which must live until the command was started.
Result<process::Descriptor> connect(process::Command& command, const postgres::ConnectionOptions& options) {
  std::string target =
      fmt::format("host={} port={} dbname={} user={} sslmode={} application_name=pg_dump connect_timeout=10",
                  connection_value(options.host), options.port, connection_value(options.database),
                  connection_value(options.user), connection_value(options.sslmode));
  if (!options.ssl_root_certificate.empty()) target += " sslrootcert=" + connection_value(options.ssl_root_certificate);
  command.arguments.insert(command.arguments.end(), {"--format=plain", "--no-password", "--dbname=" + target});
  command.environment.emplace_back("LC_ALL", "C");  // Its messages are read by us.
  BUSFLOW_TRY(auto file, process::make_secret_file(options.password_file()));
  if (!options.password.empty()) {
    command.environment.emplace_back("PGPASSWORD", "");  // One of our own environment would come first.
    command.environment.emplace_back("PGPASSFILE", fmt::format("/proc/self/fd/{}", file.get()));
    command.inherited.push_back(file.get());
  }
  return file;
}

/// A file that has no name and is gone with its descriptor.
Result<process::Descriptor> make_nameless_file() {
  std::error_code unknown;
  auto folder = std::filesystem::temp_directory_path(unknown);
  if (unknown) folder = "/tmp";
  std::string path = (folder / "busflow-dump-XXXXXX").string();
  process::Descriptor file(mkostemp(path.data(), O_CLOEXEC));
  if (!file) {
    return fail(ErrorName::kInternal,
                fmt::format("no file for the dump in {}: {}", folder.native(), std::generic_category().message(errno)));
  }
  unlink(path.c_str());
  return file;
}

/// The program that fits the server best: of its own version, else of the next one there is, where Debian and PGDG
/// install them; else whatever PATH has.
std::string find_program(int server_major) {
  std::error_code ignored;
  int best = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kDebianFolder, ignored)) {
    const std::string name = entry.path().filename().string();
    int major = 0;
    std::from_chars(name.data(), name.data() + name.size(), major);
    if (major < server_major || (best != 0 && major >= best)) continue;
    if (access((entry.path() / "bin/pg_dump").c_str(), X_OK) == 0) best = major;
  }
  return best == 0 ? "pg_dump" : fmt::format("{}/{}/bin/pg_dump", kDebianFolder, best);
}

/// One run of pg_dump for one order.
class Run {
 public:
  Run(Context& context, const DumpTools& tools, http::Transfer& transfer)
      : context_(context), tools_(tools), transfer_(transfer) {}

  /// The dump, once it is whole.
  Outcome<process::Descriptor> make(const Order& order) {
    const auto snapshot = tools_.service.snapshot();
    const auto source = std::ranges::find(snapshot->metadata->sources, order.source, &graphql::metadata::Source::name);
    if (source == snapshot->metadata->sources.end())
      return refuse("not-found", fmt::format("source \"{}\" not found", order.source), "$");
    BUSFLOW_TRY(const auto connection, tools_.service.connection_of(order.source));
    BUSFLOW_TRY(server_major_, read_server_major(*source));
    process::Command command{.program = tools_.program.empty() ? find_program(server_major_) : tools_.program,
                             .arguments = {"--encoding=UTF8"}};
    command.arguments.insert(command.arguments.end(), order.options.begin(), order.options.end());
    BUSFLOW_TRY(const auto secret, connect(command, connection));
    BUSFLOW_TRY(auto file, make_nameless_file());
    BUSFLOW_CHECK(fill(file, command, order.is_cleaned));
    return file;
  }

 private:
  Outcome<int> read_server_major(const graphql::metadata::Source& source) {
    BUSFLOW_TRY(const auto pool, tools_.service.pools().pool(source));
    Context asking = context_;
    asking.deadline = asking.clock.steady_now() + kVersionLimit;
    BUSFLOW_TRY(const auto rows,
                pool->execute_repeatable(
                    asking, "", {"server_version", "SELECT current_setting('server_version_num')::int / 10000"}, {}));
    return rows.empty() ? 0 : static_cast<int>(rows.integer(0, 0));
  }

  Outcome<void> fill(const process::Descriptor& file, const process::Command& command, bool is_cleaned) {
    BUSFLOW_TRY(auto errors, process::Collector::make(kKeptErrors));
    BUSFLOW_TRY(auto pipe, process::make_pipe());
    auto child = process::Child::start(command, {.output = &pipe.write_end, .errors = &errors->stream()});
    if (!child) return std::unexpected(cannot_run(child.error()));
    pipe.write_end.close();
    errors->start();
    BUSFLOW_CHECK(pour(pipe.read_end, file, is_cleaned));
    BUSFLOW_TRY(const auto exit, child->wait(context_));
    const std::string words = errors->finish();
    if (!exit.is_success()) return std::unexpected(failed(exit, words));
    return {};
  }

  /// Until pg_dump closes its output.
  Outcome<void> pour(const process::Descriptor& from, const process::Descriptor& to, bool is_cleaned) {
    DumpCleaner cleaner;
    std::string buffer(kChunk, '\0');
    while (true) {
      BUSFLOW_CHECK(wait_for(from));
      const ssize_t got = read(from.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
      BUSFLOW_CHECK(is_cleaned ? write_all(to, cleaner.take(piece)) : write_all(to, piece));
    }
    if (is_cleaned) BUSFLOW_CHECK(write_all(to, cleaner.finish()));
    return {};
  }

  /// For something to read; looks now and then whether anybody still wants it.
  Outcome<void> wait_for(const process::Descriptor& from) {
    while (true) {
      if (const auto now = context_.clock.steady_now(); now >= next_look_) {
        BUSFLOW_CHECK(context_.check());
        if (transfer_.is_client_gone())
          return std::unexpected(Problem(Error{ErrorName::kCancelled, "the client has gone", {}}));
        next_look_ = now + kLookInterval;
      }
      pollfd ready{.fd = from.get(), .events = POLLIN, .revents = 0};
      if (poll(&ready, 1, static_cast<int>(kLookInterval.count())) > 0) return {};
    }
  }

  static Outcome<void> write_all(const process::Descriptor& file, std::string_view bytes) {
    if (const auto done = process::write_all(file, bytes); !done) {
      return refuse("unexpected", "the dump cannot be kept until it is whole", "$",
                    json::Value(std::string(done.error().message())), std::uint16_t{500});
    }
    return {};
  }

  std::string advice() const {
    return fmt::format("install PostgreSQL's client programs of version {0} or newer (Debian: postgresql-client-{0})",
                       server_major_);
  }

  Problem cannot_run(const Error& error) const {
    tools_.logger.warning("pg_dump cannot be run", {{"reason", error.message()}});
    return {"unexpected", fmt::format("pg_dump cannot be run: {}", advice()), "$",
            json::Value(std::string(error.message())), std::uint16_t{500}};
  }

  /// In the reference's form: what pg_dump says is "internal".
  Problem failed(const process::Exit& exit, const std::string& words) const {
    const std::string last = process::last_line(words);
    tools_.logger.warning("pg_dump failed", {{"exit", exit.describe()}, {"reason", last}});
    std::string text = "error while executing pg_dump";
    if (words.contains("server version mismatch")) text += ": it is older than the server; " + advice();
    return {"unexpected", std::move(text), "$", json::Value(words.empty() ? exit.describe() : words),
            std::uint16_t{500}};
  }

  Context& context_;
  const DumpTools& tools_;
  http::Transfer& transfer_;
  int server_major_ = 0;
  SteadyTime next_look_ = SteadyTime::min();
};

Outcome<void> send(http::Transfer& transfer, const process::Descriptor& file) {
  const off_t size = lseek(file.get(), 0, SEEK_END);
  http::Response head;
  head.content_type = "application/sql; charset=utf-8";
  BUSFLOW_CHECK(transfer.begin(head, static_cast<std::uint64_t>(size)));
  std::string buffer(kChunk, '\0');
  for (off_t at = 0; at < size;) {
    const ssize_t got = pread(file.get(), buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::unexpected(Problem(Error{ErrorName::kInternal, "the dump cannot be read again", {}}));
    BUSFLOW_CHECK(transfer.write({buffer.data(), static_cast<std::size_t>(got)}));
    at += got;
  }
  return {};
}

Outcome<void> dump(Context& context, const DumpTools& tools, http::Transfer& transfer) {
  BUSFLOW_TRY(const auto body, read_body(transfer));
  BUSFLOW_TRY(const auto order, parse_order(body));
  BUSFLOW_TRY(const auto file, Run(context, tools, transfer).make(order));
  return send(transfer, file);
}

}  // namespace

http::Response answer_with_dump(Context& context, const DumpTools& tools, http::Transfer& transfer) {
  const auto done = dump(context, tools, transfer);
  // Once the answer has begun, this one is not sent any more.
  return done ? http::Response() : refusal(done.error());
}

}  // namespace busflow::graphql_api
