#include <platform/graphql_server/operation_counter.hpp>

namespace busflow::graphql_server {
namespace {

constexpr std::size_t kThreads = 2;
constexpr std::size_t kQueueLimit = 1024;
constexpr std::chrono::seconds kMinute{60};

using Wait = std::optional<std::chrono::seconds>;

}  // namespace

OperationCounter::OperationCounter(rate_limit::Limiter& limiter) : limiter_(limiter), threads_(kThreads, kQueueLimit) {}

graphql::CountOperation OperationCounter::function() {
  return [this](Context context, std::size_t most, std::string subject) {
    return count(std::move(context), most, std::move(subject));
  };
}

boost::asio::awaitable<Result<Wait>> OperationCounter::count(Context context, std::size_t most, std::string subject) {
  const rate_limit::Limit limit{.name = "operations", .most = most, .window = kMinute};
  std::move_only_function<Result<Wait>()> work = [this, &context, &limit, &subject]() -> Result<Wait> {
    return limiter_.take(context, limit, scope_ + " " + subject);
  };
  co_return co_await runtime::run_on<Wait>(threads_, std::move(work));
}

}  // namespace busflow::graphql_server
