#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include <platform/base/context.hpp>
#include <platform/base/embedded_file.hpp>
#include <platform/base/result.hpp>
#include <platform/base/session.hpp>
#include <platform/graphql/action_log.hpp>
#include <platform/graphql/catalog.hpp>
#include <platform/graphql/databases.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql/plan.hpp>
#include <platform/graphql/request.hpp>
#include <platform/graphql/webhook_call.hpp>
#include <platform/json/json.hpp>
#include <platform/runtime/worker_pool.hpp>

namespace busflow::graphql {

/// Serves one action. `input` holds the arguments by name, coerced to the declared types; arguments that were not given
/// are absent. Runs on a worker thread, several at once.
using ActionHandler = std::function<Result<json::Value>(Context&, const json::Object& input)>;

/// Counts one operation of `subject` and gives nothing; or, when `most` of them were counted within the last minute,
/// counts nothing and gives how long to wait. Called on any event loop, on which the answer resumes.
using CountOperation = std::function<boost::asio::awaitable<Result<std::optional<std::chrono::seconds>>>(
    Context context, std::size_t most, std::string subject)>;

struct EngineOptions {
  std::size_t max_query_bytes = 65536;
  std::size_t max_depth = 20;     ///< Levels of nested selections.
  std::size_t max_nodes = 10000;  ///< Fields selected, fragments expanded.
  std::size_t max_batch = 20;     ///< Requests in one JSON array.
  std::size_t plan_cache_entries = 2048;
  bool infers_function_permissions = true;   ///< Who may select a function's rows may call it, when it only reads.
  bool gives_large_numbers_as_text = false;  ///< bigint, numeric and double precision become strings in answers.
  bool allows_naming_conventions = true;     ///< Else that of a source is ignored, as the reference does by default.
  std::string default_naming_convention = "hasura-default";  ///< Of sources that say nothing.
  /// Mutations leave the session's variables in the transaction's setting hasura.user, where triggers find them; for
  /// sources with event triggers.
  bool leaves_session_in_transactions = false;
  /// Asked before each request is planned; its error refuses the request. Called from any thread. Empty: all may pass.
  std::function<Result<void>(const Session& session, std::string_view query)> screen;
  /// Metadata of an engine that was made: its tables need not be checked again where they are the same objects.
  std::shared_ptr<const metadata::Metadata> checked_before;
  /// Serves the actions that have no handler. Empty: each needs one.
  WebhookCaller call_webhook;
  /// Takes the calls of asynchronous actions. Null: there may be none.
  std::shared_ptr<ActionLog> action_log;
  /// For the metadata's rate limits; they refuse everything without it. `subject` tells apart whose operations count
  /// together, and says nothing else.
  CountOperation count_operation;
  /// Told about faults whose details clients must not see. Called from any thread.
  std::function<void(std::string_view what)> on_fault;
};

/// What an operation runs on. Both outlive it.
struct ExecutionResources {
  Databases& databases;                                           ///< Of the event loop that the coroutine runs on.
  runtime::WorkerPool& workers;                                   ///< For actions.
  std::shared_ptr<const ClientHeaders> client_headers = nullptr;  ///< Where wants_client_headers(), else not needed.
  /// Takes the cookies that webhooks set, as Set-Cookie has them. Null: nobody can be given any.
  std::shared_ptr<std::vector<std::string>> cookies = nullptr;
  std::string_view client_address = {};  ///< For rate limits by address; outlives the execution.
  /// Takes how long to wait when a request, not a batch, came too often. Null: nobody asks.
  std::shared_ptr<std::chrono::seconds> retry_after = nullptr;
};

struct RequestView;

/// Hasura v2's data API over PostgreSQL, within the metadata's `api_limits`. Immutable after create(); thread-safe.
class Engine {
 public:
  /// Checks the metadata against the catalogs. kInvalidMetadata names file and line, also of an action without a
  /// handler; a handler without an action is an error too. A source without a catalog has no tables.
  static Result<std::unique_ptr<Engine>> create(std::shared_ptr<const metadata::Metadata> metadata,
                                                const Catalogs& catalogs, std::map<std::string, ActionHandler> handlers,
                                                EngineOptions options = {});
  /// The same from files (metadata::load): all packages' together, paths prefixed by context. They have one database.
  static Result<std::unique_ptr<Engine>> create(std::span<const EmbeddedFile> metadata, const Catalog& catalog,
                                                std::map<std::string, ActionHandler> handlers,
                                                EngineOptions options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Parses, validates and compiles, or takes the plan from the cache. Values of variables that shape the statement
  /// (`where`, `order_by`, Booleans of @skip and @include) are part of the cache's key; others are bound later.
  Result<std::shared_ptr<const Plan>> plan(const Request& request, const Session& session) const;

  /// Checks and coerces the variables and session variables that the statement reads. Only for plans with a statement.
  Result<BoundQuery> bind(const Plan& plan, const Request& request, const Session& session) const;

  /// The whole answer to an HTTP body, errors included: status is always 200. A JSON array of requests gives an array
  /// of answers. Subscriptions are refused.
  boost::asio::awaitable<std::string> execute(ExecutionResources resources, Context context, std::string body,
                                              SchemaKind schema = SchemaKind::kStandard) const;
  /// The same for a request that is already read, as from a WebSocket. A subscription to an asynchronous action is
  /// answered with its state now; whoever serves it asks again.
  boost::asio::awaitable<std::string> execute(ExecutionResources resources, Context context, Request request) const;

  /// Counts an operation against its role's `rate_limit`, if there is one. kTooManyRequests with `retry_after` when it
  /// came too often. execute() does so itself for each operation but those that `is_counted` marks.
  boost::asio::awaitable<Result<void>> count(Context context, std::string client_address) const;
  /// Whether the role has a rate limit.
  bool is_rate_limited(std::string_view role) const;
  /// Whether any may have.
  bool has_rate_limits() const;

  /// The role's schema in the schema definition language, for generators. Unknown roles have an empty schema.
  std::string schema_text(std::string_view role, SchemaKind schema = SchemaKind::kStandard) const;

  /// Whether a webhook is to be given the headers of the client's request.
  bool wants_client_headers() const;
  /// Whether any action has a webhook, which may set cookies.
  bool calls_webhooks() const;

 private:
  struct Implementation;
  explicit Engine(std::unique_ptr<const Implementation> implementation);
  /// What the pointer and the view refer to must outlive the coroutine, which the callers above see to.
  boost::asio::awaitable<std::string> execute_view(ExecutionResources resources, Context* context,
                                                   RequestView request) const;
  std::unique_ptr<const Implementation> implementation_;
};

}  // namespace busflow::graphql
