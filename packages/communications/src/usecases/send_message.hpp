#pragma once

#include <string_view>

#include <platform/base/context.hpp>
#include <platform/postgres/pool.hpp>

#include <communications/message_requested.hpp>

namespace busflow::communications {

inline constexpr std::string_view kSendMessage = "communications.send_message";

/// Finds the words and keeps the message. Once per event, however often it is called.
Result<void> send_message(Context& context, postgres::Pool& pool, const MessageRequested& request);

}  // namespace busflow::communications
