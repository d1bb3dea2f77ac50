#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <platform/base/result.hpp>

namespace busflow::runtime {

/// Threads for the packages' synchronous code, with a queue that refuses rather than grows. Thread-safe.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  WorkerPool(std::size_t threads, std::size_t queue_limit);
  ~WorkerPool();

  /// False when the queue is full or the pool is stopping; the task is then dropped.
  [[nodiscard]] bool try_submit(Task task);
  /// Tasks that wait for a thread.
  std::size_t depth() const;
  /// Finishes what was accepted, then joins. Idempotent.
  void stop();

 private:
  void run();

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Runs `work` on the pool and resumes the coroutine on its own executor. kOverloaded when the pool takes no more; an
/// exception becomes kInternal with what() as the detail, which the caller must log and not show.
template <class T>
boost::asio::awaitable<Result<T>> run_on(WorkerPool& pool, std::move_only_function<Result<T>()> work) {
  // No coroutine itself: one with a reference parameter could outlive what it refers to.
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result<T>)>(
      [](auto handler, WorkerPool* target, std::move_only_function<Result<T>()> task) {
        const boost::asio::any_io_executor resume_on = boost::asio::get_associated_executor(handler);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        const auto finish = [shared, resume_on](Result<T> result) {
          boost::asio::post(resume_on,
                            [shared, result = std::move(result)]() mutable { std::move (*shared)(std::move(result)); });
        };
        const bool accepted = target->try_submit([finish, task = std::move(task)]() mutable {
          try {
            finish(task());
          } catch (const std::exception& fault) {
            finish(fail(ErrorName::kInternal, fault.what()));
          }
        });
        if (!accepted) finish(fail(ErrorName::kOverloaded));
      },
      boost::asio::use_awaitable, &pool, std::move(work));
}

}  // namespace busflow::runtime
