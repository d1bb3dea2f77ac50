#include <platform/http/event_stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace busflow::http {

boost::asio::awaitable<bool> EventStream::write(std::string text) {
  const auto [error, written] = co_await boost::asio::async_write(socket_, boost::asio::buffer(text),
                                                                  boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return !error;
}

boost::asio::awaitable<bool> EventStream::send(std::string data, std::string event, std::string id) {
  std::string text;
  if (!event.empty()) text += "event: " + event + "\n";
  if (!id.empty()) text += "id: " + id + "\n";
  std::string_view rest = data;
  for (;;) {
    const auto line_end = rest.find('\n');
    text += "data: ";
    text += rest.substr(0, line_end);
    text += "\n";
    if (line_end == std::string_view::npos) break;
    rest.remove_prefix(line_end + 1);
  }
  text += "\n";
  co_return co_await write(std::move(text));
}

boost::asio::awaitable<bool> EventStream::heartbeat() { co_return co_await write(":\n\n"); }

}  // namespace busflow::http
