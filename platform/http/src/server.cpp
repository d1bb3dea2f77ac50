#include <platform/http/server.hpp>

#include <thread>

#include "listener.hpp"

namespace busflow::http {
namespace {

/// Beyond it, answers go as they are rather than late.
constexpr std::size_t kMostWaitingCompressions = 1024;

}  // namespace

Server::Server(ServerOptions options, Router router, runtime::IoThreads& threads, telemetry::Logger logger,
               telemetry::Metrics& metrics)
    : options_(std::move(options)),
      router_(std::move(router)),
      threads_(threads),
      logger_(std::move(logger)),
      metrics_(metrics) {
  if (options_.compresses)
    compressors_ = std::make_unique<runtime::WorkerPool>(threads_.size(), kMostWaitingCompressions);
}

Server::~Server() = default;

Result<void> Server::listen() {
  port_ = options_.port;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    auto listener = std::make_shared<Listener>(options_, router_, threads_.at(i), i, compressors_.get(), logger_,
                                               metrics_, connections_);
    BUSFLOW_CHECK(listener->bind(port_));
    listeners_.push_back(std::move(listener));
  }
  for (const auto& listener : listeners_) listener->start();
  return {};
}

void Server::drain(std::chrono::milliseconds limit) {
  // All first, so that a client whose connection is closed knows that no other is kept.
  for (const auto& listener : listeners_) listener->end_keep_alive();
  for (const auto& listener : listeners_) listener->stop_accepting();
  const auto until = std::chrono::steady_clock::now() + limit;
  while (connections_ > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (connections_ > 0)
    logger_.warning("connections cut off at the end of the drain", {{"connections", connections_.load()}});
  for (const auto& listener : listeners_) listener->cut_off();
  if (compressors_) compressors_->stop();
}

}  // namespace busflow::http
