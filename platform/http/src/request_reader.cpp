#include "request_reader.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <fmt/format.h>

namespace busflow::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::size_t kReadSize = 65536;
constexpr std::size_t kEnoughAtOnce = 512 << 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

boost::asio::awaitable<bool> RequestReader::receive() {
  const auto [error, size] =
      co_await socket_.async_read_some(buffer_.prepare(kReadSize), boost::asio::as_tuple(boost::asio::use_awaitable));
  if (error) co_return false;
  buffer_.commit(size);
  co_return true;
}

boost::asio::awaitable<void> RequestReader::offer_continue(const Parser* parser) {
  if (std::exchange(continued_, true) || buffer_.size() > 0) co_return;
  if (!boost::beast::iequals(parser->get()[beast_http::field::expect], "100-continue")) co_return;
  co_await boost::asio::async_write(socket_, boost::asio::buffer(kContinue),
                                    boost::asio::as_tuple(boost::asio::use_awaitable));
}

Error RequestReader::interrupted(const Parser& parser) const {
  if (!expired_) return {ErrorName::kBadRequest, "the connection was closed in the middle of a request", {}};
  return {ErrorName::kRequestTimeout,
          parser.is_header_done()
              ? fmt::format("the body did not arrive within {} ms", options_.body_timeout.count())
              : fmt::format("the header did not arrive within {} ms", options_.header_timeout.count()),
          {}};
}

/// Feeds the parser what has arrived. The parser may stop between header and body, so it is asked until it wants more.
std::optional<Error> RequestReader::parse(Parser& parser, Part part) {
  while (buffer_.size() > 0 && !(part == Part::kHeader ? parser.is_header_done() : parser.is_done())) {
    boost::system::error_code error;
    const auto used = parser.put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == beast_http::error::need_more) return std::nullopt;
    if (error == beast_http::error::header_limit) {
      return Error{
          ErrorName::kHeaderTooLarge, fmt::format("the header has more than {} bytes", options_.max_header_bytes), {}};
    }
    if (error == beast_http::error::body_limit) {
      return Error{
          ErrorName::kPayloadTooLarge, fmt::format("the body has more than {} bytes", options_.max_body_bytes), {}};
    }
    if (error) return Error{ErrorName::kBadRequest, fmt::format("malformed HTTP request: {}", error.message()), {}};
  }
  return std::nullopt;
}

std::optional<Error> RequestReader::check_length(Parser& parser) const {
  const auto length = parser.content_length();
  if (length && *length > options_.max_body_bytes) {
    return Error{
        ErrorName::kPayloadTooLarge, fmt::format("the body has more than {} bytes", options_.max_body_bytes), {}};
  }
  parser.body_limit(options_.max_body_bytes);
  return std::nullopt;
}

boost::asio::awaitable<Result<std::unique_ptr<Parser>>> RequestReader::read_header() {
  auto parser = std::make_unique<Parser>();
  parser->header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
  parser->body_limit(boost::none);  // Who takes the body decides.
  expired_ = false;
  continued_ = false;
  if (buffer_.size() == 0) {
    idle_ = true;
    deadline_ = std::chrono::steady_clock::now() + options_.idle_timeout;
    if (!co_await receive()) co_return nullptr;
  }
  idle_ = false;
  deadline_ = std::chrono::steady_clock::now() + options_.header_timeout;
  for (;;) {
    if (const auto error = parse(*parser, Part::kHeader)) co_return std::unexpected(*error);
    if (parser->is_header_done()) break;
    if (buffer_.size() > options_.max_header_bytes) {
      co_return fail(ErrorName::kHeaderTooLarge,
                     fmt::format("the header has more than {} bytes", options_.max_header_bytes));
    }
    if (!co_await receive()) co_return std::unexpected(interrupted(*parser));
  }
  deadline_ = SteadyTime::max();
  co_return parser;
}

boost::asio::awaitable<std::optional<Error>> RequestReader::read_body(Parser* parser) {
  if (parser->is_done()) co_return std::nullopt;
  if (const auto error = check_length(*parser)) co_return error;
  deadline_ = std::chrono::steady_clock::now() + options_.body_timeout;
  co_await offer_continue(parser);
  for (;;) {
    if (const auto error = parse(*parser, Part::kBody)) co_return error;
    if (parser->is_done()) break;
    if (!co_await receive()) co_return interrupted(*parser);
  }
  deadline_ = SteadyTime::max();
  co_return std::nullopt;
}

boost::asio::awaitable<Result<std::string>> RequestReader::read_piece(Parser* parser) {
  co_await offer_continue(parser);
  for (;;) {
    if (const auto error = parse(*parser, Part::kBody)) co_return std::unexpected(*error);
    auto& body = parser->get().body();
    // What has arrived already goes along, for each piece changes threads.
    boost::system::error_code unknown;
    const bool takes_more = body.size() < kEnoughAtOnce && socket_.available(unknown) > 0;
    if (parser->is_done() || (!body.empty() && !takes_more)) co_return std::exchange(body, {});
    deadline_ = std::chrono::steady_clock::now() + options_.body_timeout;
    if (!co_await receive()) co_return std::unexpected(interrupted(*parser));
    deadline_ = SteadyTime::max();
  }
}

}  // namespace busflow::http
