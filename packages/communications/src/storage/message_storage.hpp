#pragma once

#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::communications {

struct Message {
  std::string id;
  std::string tenant_id;  ///< Empty when the platform itself is the sender.
  std::string channel;
  std::string recipient;
  std::string template_;
  std::string locale;
  std::string subject;
  std::string body;
  std::string created_at;  ///< RFC 3339.
};

Result<void> insert_message(postgres::Transaction& transaction, const Message& message);

/// The newest first, at most `count`; to anybody when `recipient` is empty.
Result<std::vector<Message>> newest_messages(postgres::Transaction& transaction, const std::string& recipient,
                                             std::size_t count);

}  // namespace busflow::communications
