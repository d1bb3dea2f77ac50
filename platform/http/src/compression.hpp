#pragma once

#include <cstddef>

#include <platform/http/content_coding.hpp>
#include <platform/http/message.hpp>

namespace busflow::http {

/// Up to here an answer is gzipped where it is, on the event loop: that takes less than 0.1 ms, little more than the
/// way to another thread. Larger ones are gzipped more thoroughly, elsewhere.
inline constexpr std::size_t kMostBytesAtOnce = 20000;

/// Whether the answer shall be gzipped. Says in its header that it depends on the client's Accept-Encoding, if it does.
bool choose_gzip(AcceptedCodings accepted, Response& response);

/// Gzips the body; leaves it when that makes it no smaller and the client takes it so.
void gzip(AcceptedCodings accepted, Response& response);

}  // namespace busflow::http
