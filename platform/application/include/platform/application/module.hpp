#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/embedded_file.hpp>
#include <platform/base/event_type.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>
#include <platform/outbox/event.hpp>

/// What a package hands to an app. The app decides where each part runs; the package never sees a socket or a thread.
/// All functions are called from worker threads, several at once, and must be thread-safe.
namespace busflow::application {

/// Serves the Hasura action of the same name, which the package's graphql/actions.graphql declares.
struct Action {
  std::string name;
  std::function<Result<json::Value>(Context&, const json::Object& input)> handle;
};

/// Reacts to an event of another context. Called at least once per event: the handler claims the event in its own
/// transaction (outbox::claim), so that its effect happens once.
struct EventHandler {
  std::string event;  ///< "TourDeparturePublished"
  std::string name;   ///< Unique over all packages: "commerce.create_offering". Also names the queue of its jobs.
  std::function<Result<void>(Context&, const outbox::Event&)> handle;
};

struct RouteRequest {
  std::string method;
  std::string body;
  std::map<std::string, std::string, std::less<>> path_parameters;
  std::map<std::string, std::string, std::less<>> query{};  ///< Decoded; of several with one name, the first.
  std::map<std::string, std::string, std::less<>> headers;  ///< Lower-case names.
  std::string remote_address;                               ///< The client's, as the trusted proxy reports it.

  /// `name` in lower case.
  std::optional<std::string_view> header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  }
  std::optional<std::string_view> query_parameter(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  }
};

struct RouteResponse {
  std::uint16_t status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json; charset=utf-8";
};

/// A REST route that the package serves itself, such as the sign-in of identity.
struct Route {
  std::string method;
  std::string path;  ///< "/v1/auth/token", "/v1/files/{id}"
  std::function<Result<RouteResponse>(Context&, const RouteRequest&)> handle;
};

/// A request whose body, and an answer whose body, pass in pieces, in constant memory. For one thread.
class Transfer {
 public:
  virtual ~Transfer() = default;

  /// Its body is empty: see read().
  virtual const RouteRequest& request() const = 0;
  /// The next piece of the body; empty at its end. An error when the client is too slow or has gone.
  virtual Result<std::string> read() = 0;
  /// Sends the head of an answer with `length` bytes, and then the bytes by write(). To HEAD none are written.
  virtual Result<void> begin(RouteResponse head, std::uint64_t length) = 0;
  virtual Result<void> write(std::string_view bytes) = 0;
};

/// A REST route for files of any size. The response is sent where the handler did not begin one.
struct TransferRoute {
  std::string method;
  std::string path;
  std::function<Result<RouteResponse>(Context&, Transfer&)> handle;
};

/// One package, ready to be plugged in.
struct Module {
  std::string context;  ///< Also the name of its PostgreSQL schema.
  bool has_outbox = false;
  std::vector<Action> actions;
  std::vector<EventHandler> event_handlers;
  std::vector<const EventType*> events{};  ///< That the package publishes; those of others are named by handlers only.
  std::vector<Route> routes;
  std::vector<TransferRoute> transfer_routes{};
  std::span<const EmbeddedFile> migrations;
  std::span<const EmbeddedFile> metadata;
  std::function<Result<void>(Context&)> seed_demo;  ///< Idempotent. Empty when there is nothing to seed.
};

}  // namespace busflow::application
