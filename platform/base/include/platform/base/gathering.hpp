#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
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
    if (wait_for_turn(mine)) {
      const std::vector<Waiting*> batch = gather(mine);
      const std::exception_ptr problem = attempt(batch, carry_out);
      end();
      for (Waiting* waiting : batch) {
        if (waiting != &mine) waiting->tell(State::kDone, problem);
      }
      mine.problem = problem;
    }
    if (mine.problem) std::rethrow_exception(mine.problem);
  }

 private:
  enum class State : std::uint8_t { kWaits, kLeads, kDone };

  /// Belongs to a thread inside run(). What it is told has a lock of its own: threads that are told at the same time do
  /// not wait for each other.
  struct Waiting {
    Request* request;
    std::mutex mutex{};
    std::condition_variable changed{};
    State state = State::kWaits;
    std::exception_ptr problem{};

    void tell(State what, const std::exception_ptr& why) {
      const std::lock_guard lock(mutex);  // Until the end: after it, the thread may be gone.
      state = what;
      problem = why;
      changed.notify_one();
    }
    State listen() {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return state != State::kWaits; });
      return state;
    }
  };

  /// Whether it leads a batch; else another thread has carried it out.
  bool wait_for_turn(Waiting& mine) {
    {
      const std::lock_guard lock(mutex_);
      if (under_way_ < at_once_) {
        ++under_way_;
        return true;
      }
      waiting_.push_back(&mine);
    }
    return mine.listen() == State::kLeads;
  }

  /// Itself and those that wait by now.
  std::vector<Waiting*> gather(Waiting& mine) {
    const std::lock_guard lock(mutex_);
    std::vector<Waiting*> batch{&mine};
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most_ - 1, waiting_.size()));
    batch.insert(batch.end(), waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
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

  /// The first that waits leads the next batch, at once: those of this one are told afterwards.
  void end() {
    Waiting* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        --under_way_;
        return;
      }
      next = waiting_.front();
      waiting_.pop_front();
    }
    next->tell(State::kLeads, {});
  }

  const std::size_t at_once_;
  const std::size_t most_;
  std::mutex mutex_;
  std::deque<Waiting*> waiting_;  ///< Empty while fewer than `at_once` batches are under way.
  std::size_t under_way_ = 0;
};

}  // namespace busflow
