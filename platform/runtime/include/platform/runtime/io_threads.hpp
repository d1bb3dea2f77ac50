#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace busflow::runtime {

/// One event loop and one thread each: what lives on a loop needs no lock.
class IoThreads {
 public:
  /// Called with what() of an exception that escaped a handler: a fault. The loop goes on.
  using OnFault = std::function<void(std::string_view what)>;

  /// `count` 0 means one per core.
  IoThreads(std::size_t count, OnFault on_fault);
  ~IoThreads();

  void start();
  /// Lets the loops end and joins them. Pending handlers are dropped. Idempotent.
  void stop();

  std::size_t size() const { return loops_.size(); }
  boost::asio::io_context& at(std::size_t index) { return *loops_[index]; }

 private:
  void run(boost::asio::io_context& loop) const;

  OnFault on_fault_;
  std::vector<std::unique_ptr<boost::asio::io_context>> loops_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace busflow::runtime
