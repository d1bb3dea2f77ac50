#include <platform/runtime/io_threads.hpp>

#include <algorithm>
#include <exception>

namespace busflow::runtime {

IoThreads::IoThreads(std::size_t count, OnFault on_fault) : on_fault_(std::move(on_fault)) {
  if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < count; ++i) {
    loops_.push_back(std::make_unique<boost::asio::io_context>(1));
    guards_.push_back(boost::asio::make_work_guard(*loops_.back()));
  }
}

IoThreads::~IoThreads() { stop(); }

void IoThreads::start() {
  for (const auto& loop : loops_) {
    threads_.emplace_back([this, context = loop.get()] { run(*context); });
  }
}

void IoThreads::run(boost::asio::io_context& loop) const {
  for (;;) {
    try {
      loop.run();
      return;
    } catch (const std::exception& fault) {
      on_fault_(fault.what());
    }
  }
}

void IoThreads::stop() {
  guards_.clear();
  for (const auto& loop : loops_) loop->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace busflow::runtime
