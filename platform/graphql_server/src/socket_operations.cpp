#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <platform/base/context.hpp>

#include "socket.hpp"

/// What a client's messages do; how they travel is in socket.cpp.
namespace busflow::graphql_server {
namespace {

namespace asio = boost::asio;

void add_headers(Headers& headers, const json::Object& from) {
  for (const auto& [key, value] : from) {
    std::string name(key);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (value.is_string()) headers.emplace_back(std::move(name), std::string(value.get_string()));
  }
}

/// Those of connection_init's payload: in payload.headers, else in the payload itself.
Headers payload_headers(const json::Value& payload) {
  Headers headers;
  const auto* object = payload.if_object();
  if (object == nullptr) return headers;
  if (const auto* inner = object->if_contains("headers"); inner != nullptr && inner->is_object())
    add_headers(headers, inner->get_object());
  add_headers(headers, *object);
  return headers;
}

}  // namespace

void Socket::handle(ClientMessage message) {
  switch (message.type) {
    case ClientMessage::Type::kInitialise: initialise(message.payload); break;
    case ClientMessage::Type::kPing: send(pong(message.payload)); break;
    case ClientMessage::Type::kPong: break;  // That it came is what counts.
    case ClientMessage::Type::kSubscribe:
      if (!session_) {
        close(CloseCode::kUnauthorized, "Unauthorized");
      } else {
        subscribe(message.id, message.payload, *session_);
      }
      break;
    case ClientMessage::Type::kComplete:
      if (const auto found = operations_.find(message.id); found != operations_.end()) {
        const auto live_query = found->second.live_query;
        if (live_query) loop_->live_queries->unsubscribe(*live_query);
        operations_.erase(found);
      }
      break;
  }
}

void Socket::initialise(const json::Value& payload) {
  if (is_initialising_) return close(CloseCode::kTooManyInitialisations, "Too many initialisation requests");
  is_initialising_ = true;
  asio::co_spawn(
      loop_->context,
      [](std::shared_ptr<Socket> self, Headers headers) -> asio::awaitable<void> {
        co_await self->admit(std::move(headers));
      }(shared_from_this(), payload_headers(payload)),
      asio::detached);
}

asio::awaitable<void> Socket::admit(Headers headers) {
  auto admission = co_await loop_->parts.authenticator.admit(std::move(headers));
  if (!admission) {
    close(CloseCode::kForbidden, std::string(admission.error().message()));
    co_return;
  }
  session_ = std::move(admission->session);
  if (admission->expires_at != WallTime::max()) {
    token_expires_ = std::chrono::steady_clock::now() + (admission->expires_at - loop_->parts.clock.now());
  }
  send(acknowledgement());
}

void Socket::subscribe(const std::string& id, const json::Value& payload, const Session& session) {
  if (operations_.contains(id)) {
    return close(CloseCode::kSubscriberExists, fmt::format("Subscriber for {} already exists", id));
  }
  const auto refuse = [&](const Error& error) { send(operation_error(id, error)); };
  if (operations_.size() >= loop_->options.max_subscriptions) {
    return refuse({ErrorName::kTooManyRequests,
                   fmt::format("a connection may run {} operations at once", loop_->options.max_subscriptions), "$"});
  }
  auto request = graphql::to_request(payload);
  if (!request) return refuse(request.error());
  const auto engine = loop_->parts.engine.current();
  const auto plan = engine->plan(*request, session);
  if (!plan) return refuse(plan.error());
  const bool is_live = (*plan)->kind() == graphql::OperationKind::kSubscription;
  if (is_live && (*plan)->statement() != nullptr) return subscribe_live(id, *engine, **plan, *request, session);
  if (is_live) {
    // Nothing in it can change.
    send(next_data(id, (*plan)->constant_data().value_or("{}")));
    send(complete(id));
    return;
  }
  operations_.emplace(id, Operation{});
  asio::co_spawn(
      loop_->context,
      [](std::shared_ptr<Socket> self, std::string of, graphql::Request what, Session who) -> asio::awaitable<void> {
        co_await self->run_once(std::move(of), std::move(what), std::move(who));
      }(shared_from_this(), id, std::move(*request), session),
      asio::detached);
}

void Socket::subscribe_live(const std::string& id, const graphql::Engine& engine, const graphql::Plan& plan,
                            const graphql::Request& request, const Session& session) {
  const auto query = engine.bind(plan, request, session);
  if (!query) return send(operation_error(id, query.error()));
  const std::weak_ptr<Socket> weak = shared_from_this();
  const auto deliver = [weak, id](Result<std::string_view> result) {
    const auto self = weak.lock();
    if (!self) return;
    if (result) return self->send(next_data(id, *result));
    self->end_operation(id, operation_error(id, result.error()));
  };
  operations_.emplace(id, Operation{loop_->live_queries->subscribe(plan, *query, deliver)});
}

asio::awaitable<void> Socket::run_once(std::string id, graphql::Request request, Session session) {
  Context context{.clock = loop_->parts.clock,
                  .identifiers = loop_->parts.identifiers,
                  .session = std::move(session),
                  .trace = TraceContext::start(),
                  .request_id = request_->request_id,
                  .deadline = std::chrono::steady_clock::now() + loop_->options.request_timeout};
  const auto engine = loop_->parts.engine.current();  // Held until the answer is there.
  const auto body =
      co_await engine->execute({*loop_->pipeline, loop_->parts.workers}, std::move(context), std::move(request));
  if (!operations_.contains(id)) co_return;  // The client has lost interest; what was done stays done.
  send(next(id, body));
  end_operation(id, complete(id));
}

void Socket::end_operation(const std::string& id, std::string message) {
  if (operations_.erase(id) > 0) send(std::move(message));
}

}  // namespace busflow::graphql_server
