#include <platform/http_client/client.hpp>

#include <mutex>
#include <new>
#include <stdexcept>
#include <vector>

#include <curl/curl.h>

#include "exchange.hpp"

namespace busflow::http_client {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

/// More idle handles than that are closed: each may hold connections.
constexpr std::size_t kMostIdle = 32;

}  // namespace

/// Handles that are not in use, with their open connections.
class Client::Handles {
 public:
  // Counted by libcurl and safe to call from several threads since 7.84.
  Handles() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl could not be initialised");
  }
  ~Handles() {
    idle_.clear();
    curl_global_cleanup();
  }
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;

  Handle take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        Handle handle = std::move(idle_.back());
        idle_.pop_back();
        return handle;
      }
    }
    Handle handle(curl_easy_init(), curl_easy_cleanup);
    if (!handle) throw std::bad_alloc();
    return handle;
  }

  void give_back(Handle handle) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(handle));
  }

 private:
  std::mutex mutex_;
  std::vector<Handle> idle_;
};

Client::Client(ClientOptions options) : options_(std::move(options)), handles_(std::make_unique<Handles>()) {}

Client::~Client() = default;

Result<Response> Client::send(Context& context, const Request& request) const {
  Handle handle = handles_->take();
  auto response = Exchange(options_, context, request).run(handle.get());
  handles_->give_back(std::move(handle));
  return response;
}

}  // namespace busflow::http_client
