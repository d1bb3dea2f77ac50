#include <platform/http/synchronous.hpp>

namespace busflow::http {
namespace {

boost::asio::awaitable<Response> run(std::shared_ptr<const SynchronousEnvironment> environment,
                                     std::shared_ptr<const SynchronousHandler> handler,
                                     std::shared_ptr<Request> request) {
  auto context = make_context(*environment, *request);
  auto result = co_await runtime::run_on<Response>(
      environment->workers,
      [handler, request, context]() mutable -> Result<Response> { return (*handler)(context, *request); });
  co_return settle(environment->logger.with(context), *request, std::move(result));
}

}  // namespace

Response settle(const telemetry::Logger& logger, const Request& request, Result<Response> result) {
  if (result) return *std::move(result);
  if (result.error().name == ErrorName::kInternal)
    logger.error("a request failed", {{"reason", result.error().message()}, {"path", request.path}});
  return Response::from_error(result.error(), request.request_id);
}

Context make_context(const SynchronousEnvironment& environment, const Request& request) {
  return {.clock = environment.clock,
          .identifiers = environment.identifiers,
          .trace = request.trace,
          .request_id = request.request_id,
          .deadline = environment.clock.steady_now() + environment.request_timeout};
}

Handler on_workers(SynchronousEnvironment environment, SynchronousHandler handler) {
  const auto shared_environment = std::make_shared<const SynchronousEnvironment>(std::move(environment));
  const auto shared_handler = std::make_shared<const SynchronousHandler>(std::move(handler));
  return [shared_environment, shared_handler](std::shared_ptr<Request> request) {
    return run(shared_environment, shared_handler, std::move(request));
  };
}

}  // namespace busflow::http
