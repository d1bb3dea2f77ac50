
#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <platform/base/context.hpp>
#include <platform/base/text.hpp>
#include <platform/graphql/error_response.hpp>

#include "socket.hpp"

/// What a client's messages do; how they travel is in socket.cpp.
namespace busflow::graphql_server {
namespace {

namespace asio = boost::asio;

void add_headers(Headers& headers, const json::Object& from) {
  for (const auto& [key, value] : from) {
    if (value.is_string()) headers.emplace_back(lower_case(key), std::string(value.get_string()));
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

/// What a client puts into the payload of a ping to have its session renewed.
std::optional<Headers> renewal(const json::Value& payload) {
  const auto* object = payload.if_object();
  const auto* headers = object == nullptr ? nullptr : object->if_contains("headers");
  if (headers == nullptr || !headers->is_object()) return std::nullopt;
  return payload_headers(payload);
}

}  // namespace

void Socket::handle(ClientMessage message) {
  switch (message.type) {
    case ClientMessage::Type::kInitialise: initialise(message.payload); break;
    case ClientMessage::Type::kPing: ping(message.payload); break;
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
        if (protocol_ == Protocol::kLegacy) send(complete(message.id));
      }
      break;
    case ClientMessage::Type::kTerminate: close(CloseCode::kNormal, ""); break;
  }
}

void Socket::refuse_message(std::string reason) {
  if (protocol_ == Protocol::kTransport) return close(CloseCode::kBadRequest, std::move(reason));
  send(connection_error(reason));
}

void Socket::initialise(const json::Value& payload) {
  if (is_initialising_ && protocol_ == Protocol::kTransport)
    return close(CloseCode::kTooManyInitialisations, "Too many initialisation requests");
  const bool is_first = !std::exchange(is_initialising_, true);
  asio::co_spawn(
      loop_->context,
      [](std::shared_ptr<Socket> self, Headers headers, bool first) -> asio::awaitable<void> {
        co_await (first ? self->admit(std::move(headers)) : self->renew(std::move(headers)));
      }(shared_from_this(), payload_headers(payload), is_first),
      asio::detached);
}

asio::awaitable<void> Socket::admit(Headers headers) {
  const auto shown = std::make_shared<const graphql::ClientHeaders>(headers);
  auto admission = co_await loop_->parts.authenticator.admit(std::move(headers));
  if (closing_) co_return;
  if (!admission) {
    refuse_admission(std::string(admission.error().message()));
    co_return;
  }
  take_admission(std::move(*admission), shown);
  send(acknowledgement());
  if (protocol_ == Protocol::kLegacy) send(keep_alive(protocol_));
}

void Socket::refuse_admission(std::string reason) {
  if (protocol_ == Protocol::kTransport) return close(CloseCode::kForbidden, std::move(reason));
  send(connection_error(reason));
  close(CloseCode::kBadRequest, std::move(reason));
}

void Socket::take_admission(Admission admission, std::shared_ptr<const graphql::ClientHeaders> shown) {
  session_ = std::move(admission.session);
  client_headers_ = std::move(shown);
  const auto now = std::chrono::steady_clock::now();
  token_expires_ = admission.expires_at == WallTime::max() ? SteadyTime::max()
                                                           : now + (admission.expires_at - loop_->parts.clock.now());
  clock_tick_.cancel();  // The deadlines are others now.
}

void Socket::ping(const json::Value& payload) {
  auto headers = session_ ? renewal(payload) : std::nullopt;
  if (!headers) return send(pong(payload));
  asio::co_spawn(
      loop_->context,
      [](std::shared_ptr<Socket> self, Headers with) -> asio::awaitable<void> {
        co_await self->renew(std::move(with));
      }(shared_from_this(), std::move(*headers)),
      asio::detached);
}

asio::awaitable<void> Socket::renew(Headers headers) {
  const auto shown = std::make_shared<const graphql::ClientHeaders>(headers);
  auto admission = co_await loop_->parts.authenticator.admit(std::move(headers));
  if (closing_ || !session_) co_return;
  // The session in force stays until it expires. Another user's would mix what both may see.
  std::string trouble;
  if (!admission) {
    trouble = admission.error().message();
  } else if (admission->session.user_id() != session_->user_id()) {
    trouble = "a connection cannot be handed to another user: open a new one";
  }
  if (!trouble.empty()) {
    send(protocol_ == Protocol::kLegacy ? connection_error(trouble)
                                        : pong(json::Object{{"renewed", false}, {"message", trouble}}));
    co_return;
  }
  take_admission(std::move(*admission), shown);
  plan_again();  // By the variables of the new token.
  send(protocol_ == Protocol::kLegacy ? acknowledgement() : pong(json::Object{{"renewed", true}}));
}

void Socket::subscribe(const std::string& id, const json::Value& payload, const Session& session) {
  if (operations_.contains(id)) {
    if (protocol_ == Protocol::kLegacy)
      return send(start_failed(id, fmt::format("an operation already exists with this id: {}", id)));
    return close(CloseCode::kSubscriberExists, fmt::format("Subscriber for {} already exists", id));
  }
  const auto refuse = [&](const Error& error) { refuse_operation(id, error); };
  if (operations_.size() >= loop_->options.max_subscriptions) {
    return refuse({ErrorName::kOverloaded,
                   fmt::format("a connection may run {} operations at once", loop_->options.max_subscriptions), "$"});
  }
  auto request = graphql::to_request(payload);
  if (!request) return refuse(request.error());
  request->schema = schema_;
  if (!loop_->parts.engine.current()->is_rate_limited(session.role())) return start(id, std::move(*request), session);
  const Uuid run = loop_->parts.identifiers.next();
  operations_.emplace(id, Operation{.run = run});
  asio::co_spawn(
      loop_->context,
      [](std::shared_ptr<Socket> self, std::string of, Uuid as, graphql::Request what,
         Session who) -> asio::awaitable<void> {
        co_await self->count(std::move(of), as, std::move(what), std::move(who));
      }(shared_from_this(), id, run, std::move(*request), session),
      asio::detached);
}

asio::awaitable<void> Socket::count(std::string id, Uuid run, graphql::Request request, Session session) {
  const auto engine = loop_->parts.engine.current();  // Held until the answer is there.
  const auto counted = co_await engine->count(make_context(session), request_->remote_address);
  if (!is_running(id, run)) co_return;  // The client has lost interest, or is gone.
  operations_.erase(id);
  if (!counted) co_return refuse_operation(id, counted.error());
  request.is_counted = true;
  if (session_) session = *session_;  // It may have been renewed meanwhile.
  start(id, std::move(request), session);
}

void Socket::start(const std::string& id, graphql::Request request, const Session& session) {
  const auto engine = loop_->parts.engine.current();
  const auto plan = engine->plan(request, session);
  if (!plan) return refuse_operation(id, plan.error());
  const bool is_live = (*plan)->kind() == graphql::OperationKind::kSubscription;
  if (is_live && (*plan)->statement() != nullptr) {
    auto shared = std::make_shared<const graphql::Request>(std::move(request));
    return subscribe_live(id, *engine, **plan, std::move(shared), session);
  }
  if ((*plan)->watches_actions()) {
    operations_.emplace(id, Operation{.run = loop_->parts.identifiers.next()});
    asio::co_spawn(
        loop_->context,
        [](std::shared_ptr<Socket> self, std::string of, graphql::Request what) -> asio::awaitable<void> {
          co_await self->watch(std::move(of), std::move(what));
        }(shared_from_this(), id, std::move(request)),
        asio::detached);
    return;
  }
  if (is_live) {
    // Nothing in it can change.
    send(next_data(protocol_, id, (*plan)->constant_data().value_or("{}")));
    send(complete(id));
    return;
  }
  operations_.emplace(id, Operation{.run = loop_->parts.identifiers.next()});
  asio::co_spawn(
      loop_->context,
      [](std::shared_ptr<Socket> self, std::string of, graphql::Request what, Session who) -> asio::awaitable<void> {
        co_await self->run_once(std::move(of), std::move(what), std::move(who));
      }(shared_from_this(), id, std::move(request), session),
      asio::detached);
}

void Socket::refuse_operation(const std::string& id, const Error& error) {
  send(operation_error(protocol_, id, error));
  // In the older protocol an error does not end the operation; the reference's clients wait for what does.
  if (protocol_ == Protocol::kLegacy) send(complete(id));
}

void Socket::subscribe_live(const std::string& id, const graphql::Engine& engine, const graphql::Plan& plan,
                            std::shared_ptr<const graphql::Request> request, const Session& session,
                            postgres::Parameter place) {
  auto query = engine.bind(plan, *request, session);
  if (!query) return refuse_operation(id, query.error());
  if (const auto cursor = plan.stream_cursor()) query->parameters.at(*cursor) = std::move(place);
  const std::weak_ptr<Socket> weak = shared_from_this();
  const auto deliver = [weak, id](Result<std::string_view> result) {
    const auto self = weak.lock();
    if (!self) return;
    if (result) return self->send(next_data(self->protocol_, id, *result));
    self->end_live(id, result.error());
  };
  const auto live_query = loop_->live_queries->subscribe(plan, *query, deliver);
  operations_.insert_or_assign(id,
                               Operation{.live_query = live_query, .request = std::move(request), .run = live_query});
}

void Socket::end_live(const std::string& id, const Error& error) {
  if (operations_.erase(id) == 0) return;
  if (protocol_ == Protocol::kTransport) return send(operation_error(protocol_, id, error));
  // Once it has begun, the older protocol tells of errors in a result.
  send(next(protocol_, id, graphql::error_response(error)));
  send(complete(id));
}

void Socket::plan_again() {
  if (closing_ || !session_) return;
  const auto engine = loop_->parts.engine.current();
  std::vector<std::string> ids;
  for (const auto& [id, operation] : operations_) {
    if (operation.live_query) ids.push_back(id);
  }
  for (const auto& id : ids) {
    const Operation operation = operations_.at(id);
    const auto live_query = operation.live_query;
    if (!live_query) continue;
    const auto plan = engine->plan(*operation.request, *session_);
    const auto query = plan ? engine->bind(**plan, *operation.request, *session_)
                            : Result<graphql::BoundQuery>(std::unexpected(plan.error()));
    if (query && loop_->live_queries->is_same(*live_query, **plan, *query)) continue;
    auto place = loop_->live_queries->stream_place(*live_query);
    loop_->live_queries->unsubscribe(*live_query);
    if (query) {
      subscribe_live(id, *engine, **plan, operation.request, *session_, std::move(place));
    } else {
      end_live(id, query.error());
    }
  }
}

Context Socket::make_context(Session session) const {
  return {.clock = loop_->parts.clock,
          .identifiers = loop_->parts.identifiers,
          .session = std::move(session),
          .trace = TraceContext::start(),
          .request_id = request_->request_id,
          .deadline = std::chrono::steady_clock::now() + loop_->options.request_timeout};
}

asio::awaitable<std::string> Socket::execute(graphql::Request request, Session session) {
  const auto engine = loop_->parts.engine.current();  // Held until the answer is there.
  request.is_counted = true;                          // When the client asked.
  co_return co_await engine->execute({*loop_->pipelines, loop_->parts.workers, client_headers_},
                                     make_context(std::move(session)), std::move(request));
}

asio::awaitable<void> Socket::run_once(std::string id, graphql::Request request, Session session) {
  const Uuid run = operations_.at(id).run;
  const auto body = co_await execute(std::move(request), std::move(session));
  if (!is_running(id, run)) co_return;  // The client has lost interest; what was done stays done.
  send(next(protocol_, id, body));
  end_operation(id, complete(id));
}

asio::awaitable<void> Socket::watch(std::string id, graphql::Request request) {
  const Uuid run = operations_.at(id).run;
  asio::steady_timer pause(loop_->context);
  std::string last;
  while (is_running(id, run) && session_) {
    auto body = co_await execute(request, *session_);
    if (!is_running(id, run)) co_return;
    if (body != last) send(next(protocol_, id, body));
    last = std::move(body);
    pause.expires_after(loop_->options.live_query_interval);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

bool Socket::is_running(const std::string& id, const Uuid& run) const {
  const auto operation = operations_.find(id);
  return operation != operations_.end() && operation->second.run == run;
}

void Socket::end_operation(const std::string& id, std::string message) {
  if (operations_.erase(id) > 0) send(std::move(message));
}

}  // namespace busflow::graphql_server
