#include <platform/gate_testkit/tcp_gate.hpp>

#include <array>
#include <atomic>
#include <future>
#include <list>
#include <optional>
#include <thread>

#include <boost/asio.hpp>

namespace busflow::testkit {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;

constexpr std::size_t kBufferSize = 16384;

struct Connection {
  tcp::socket client;
  stream_protocol::socket server;

  void close() {
    boost::system::error_code ignored;
    client.close(ignored);
    server.close(ignored);
  }
};

}  // namespace

/// Everything but cuts() runs on the one thread.
class TcpGate::Implementation {
 public:
  explicit Implementation(const std::string& server_socket)
      : server_(server_socket), acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::jthread([this] { io_.run(); });
  }

  ~Implementation() { io_.stop(); }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::size_t cuts() const { return cuts_; }

  void set(bool is_refusing, bool is_stalled) {
    apply([&] {
      is_refusing_ = is_refusing;
      is_stalled_ = is_stalled;
      if (is_refusing) close_all();
      moved_.cancel();
    });
  }

  void cut() {
    apply([&] { close_all(); });
  }

  void cut_after(Direction direction, std::size_t bytes) {
    apply([&] { fault_ = Fault{.direction = direction, .bytes = bytes}; });
  }

 private:
  struct Fault {
    Direction direction;
    std::size_t bytes;
  };

  void apply(std::function<void()> change) { asio::post(io_, std::packaged_task<void()>(std::move(change))).wait(); }

  void close_all() {
    for (const auto& known : connections_) {
      if (const auto connection = known.lock()) connection->close();
    }
    connections_.clear();
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto client = co_await acceptor_.async_accept(asio::use_awaitable);
      if (is_refusing_) continue;  // Closed by its destructor.
      client.set_option(tcp::no_delay(true));
      auto connection = std::make_shared<Connection>(std::move(client), stream_protocol::socket(io_));
      boost::system::error_code problem;
      connection->server.connect(server_, problem);
      if (problem) continue;
      connections_.push_back(connection);
      asio::co_spawn(io_, pass(connection, Direction::kToServer, &connection->client, &connection->server),
                     asio::detached);
      asio::co_spawn(io_, pass(connection, Direction::kToClient, &connection->server, &connection->client),
                     asio::detached);
    }
  }

  /// Until one side closes; then the other learns of it.
  template <typename From, typename To>
  asio::awaitable<void> pass(std::shared_ptr<Connection> connection, Direction direction, From* from, To* to) {
    constexpr auto kQuietly = asio::as_tuple(asio::use_awaitable);
    std::array<char, kBufferSize> buffer{};
    for (bool is_cut = false; !is_cut;) {
      const auto [problem, size] = co_await from->async_read_some(asio::buffer(buffer), kQuietly);
      if (problem) break;
      while (is_stalled_) co_await moved_.async_wait(kQuietly);
      const auto passing = before_fault(direction, size);
      is_cut = passing.has_value();
      const auto [refused, written] =
          co_await asio::async_write(*to, asio::buffer(buffer, passing.value_or(size)), kQuietly);
      if (refused) break;
    }
    connection->close();
  }

  /// How many of the bytes pass before the connection is to be cut; nothing when it is not these that cut it.
  std::optional<std::size_t> before_fault(Direction direction, std::size_t size) {
    if (!fault_ || fault_->direction != direction) return std::nullopt;
    if (size < fault_->bytes) {
      fault_->bytes -= size;
      return std::nullopt;
    }
    const auto passing = fault_->bytes;
    fault_.reset();  // At once: while this connection writes, others read.
    ++cuts_;
    return passing;
  }

  asio::io_context io_;
  const stream_protocol::endpoint server_;
  tcp::acceptor acceptor_;
  asio::steady_timer moved_{io_, asio::steady_timer::time_point::max()};  ///< Cancelled when bytes may move again.
  std::list<std::weak_ptr<Connection>> connections_;
  bool is_refusing_ = false;
  bool is_stalled_ = false;
  std::optional<Fault> fault_;
  std::atomic<std::size_t> cuts_ = 0;
  std::jthread thread_;
};

TcpGate::TcpGate(const std::string& server_socket) : implementation_(std::make_unique<Implementation>(server_socket)) {}
TcpGate::~TcpGate() = default;

std::uint16_t TcpGate::port() const { return implementation_->port(); }
std::size_t TcpGate::cuts() const { return implementation_->cuts(); }
void TcpGate::open() { implementation_->set(false, false); }
void TcpGate::refuse() { implementation_->set(true, false); }
void TcpGate::stall() { implementation_->set(false, true); }
void TcpGate::cut() { implementation_->cut(); }
void TcpGate::cut_after(Direction direction, std::size_t bytes) { implementation_->cut_after(direction, bytes); }

}  // namespace busflow::testkit
