#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <span>
#include <vector>

namespace busflow {

/// Lets threads that want the same kind of thing at the same time have it done together: while some of it is under way,
/// the requests of other threads gather, and are carried out together next. Thread-safe.
template <class Request>
class Gathering {
 public:
  /// At most `at_once` batches are under way, of at most `most` requests each.
  Gathering(std::size_t at_once, std::size_t most) : at_once_(at_once), most_(most) {}

  /// Returns when the request has been carried out: by `carry_out(std::span<Request* const>)`, called for a batch that
  /// it is part of, on this thread or on that of another request. What that throws, each thread of the batch throws.
  template <class CarryOut>
  void run(Request& request, CarryOut&& carry_out) {
    Waiting mine{&request};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    mine.changed.wait(lock, [&] { return mine.is_done || (under_way_ < at_once_ && waiting_.front() == &mine); });
    if (!mine.is_done) {
      const std::vector<Waiting*> batch = begin();
      lock.unlock();
      const std::exception_ptr problem = attempt(batch, carry_out);
      lock.lock();
      end(batch, problem);
    }
    if (mine.problem) std::rethrow_exception(mine.problem);
  }

 private:
  struct Waiting {
    Request* request;
    std::condition_variable changed{};
    bool is_done = false;
    std::exception_ptr problem{};
  };

  std::vector<Waiting*> begin() {
    ++under_way_;
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most_, waiting_.size()));
    std::vector<Waiting*> batch(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    call_next();
    return batch;
  }

  template <class CarryOut>
  std::exception_ptr attempt(const std::vector<Waiting*>& batch, CarryOut& carry_out) {
    try {
      std::vector<Request*> requests;
      requests.reserve(batch.size());
      std::ranges::transform(batch, std::back_inserter(requests), &Waiting::request);
      carry_out(std::span<Request* const>(requests));
    } catch (...) {
      return std::current_exception();
    }
    return {};
  }

  void end(const std::vector<Waiting*>& batch, const std::exception_ptr& problem) {
    --under_way_;
    for (Waiting* waiting : batch) {
      waiting->problem = problem;
      waiting->is_done = true;
      waiting->changed.notify_one();
    }
    call_next();
  }

  void call_next() {
    if (!waiting_.empty() && under_way_ < at_once_) waiting_.front()->changed.notify_one();
  }

  const std::size_t at_once_;
  const std::size_t most_;
  std::mutex mutex_;
  std::deque<Waiting*> waiting_;  ///< Each belongs to a thread inside run().
  std::size_t under_way_ = 0;
};

}  // namespace busflow
