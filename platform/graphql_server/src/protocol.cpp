#include "protocol.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include <platform/graphql/error_response.hpp>

namespace busflow::graphql_server {
namespace {

using Type = ClientMessage::Type;

constexpr std::array<std::pair<std::string_view, Type>, 8> kTypes = {{{"connection_init", Type::kInitialise},
                                                                      {"ping", Type::kPing},
                                                                      {"pong", Type::kPong},
                                                                      {"subscribe", Type::kSubscribe},
                                                                      {"start", Type::kSubscribe},
                                                                      {"complete", Type::kComplete},
                                                                      {"stop", Type::kComplete},
                                                                      {"connection_terminate", Type::kTerminate}}};

std::unexpected<Error> wrong(std::string detail) { return fail(ErrorName::kBadRequest, std::move(detail)); }

}  // namespace

Result<ClientMessage> read_message(std::string_view text) {
  const auto value = json::parse(text);
  const auto* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return wrong("the message is not a JSON object");
  const auto* type = object->if_contains("type");
  if (type == nullptr || !type->is_string()) return wrong("the message has no 'type'");
  ClientMessage message;
  const std::string_view name(type->get_string().data(), type->get_string().size());
  bool known = false;
  for (const auto& [candidate, value_of] : kTypes) {
    if (candidate != name) continue;
    message.type = value_of;
    known = true;
  }
  if (!known) return wrong("unknown message type");
  if (const auto* payload = object->if_contains("payload")) message.payload = *payload;
  if (message.type != Type::kSubscribe && message.type != Type::kComplete) return message;
  const auto* id = object->if_contains("id");
  if (id == nullptr || !id->is_string() || id->get_string().empty()) return wrong("the message has no 'id'");
  message.id = id->get_string();
  return message;
}

std::string acknowledgement() { return R"({"type":"connection_ack"})"; }

std::string keep_alive(Protocol protocol) {
  return protocol == Protocol::kLegacy ? R"({"type":"ka"})" : R"({"type":"ping","payload":{"message":"keepalive"}})";
}

std::string pong(const json::Value& payload) {
  if (payload.is_null()) return R"({"type":"pong"})";
  return fmt::format(R"({{"type":"pong","payload":{}}})", json::serialize(payload));
}

std::string connection_error(std::string_view reason) {
  return fmt::format(R"({{"type":"connection_error","payload":{}}})", json::quote(reason));
}

std::string next(Protocol protocol, std::string_view id, std::string_view body) {
  const auto type = protocol == Protocol::kLegacy ? "data" : "next";
  return fmt::format(R"({{"id":{},"type":"{}","payload":{}}})", json::quote(id), type, body);
}

std::string next_data(Protocol protocol, std::string_view id, std::string_view data) {
  const auto type = protocol == Protocol::kLegacy ? "data" : "next";
  return fmt::format(R"({{"id":{},"type":"{}","payload":{{"data":{}}}}})", json::quote(id), type, data);
}

std::string operation_error(Protocol protocol, std::string_view id, const Error& error) {
  const auto errors = fmt::format("[{}]", graphql::error_object(error));
  if (protocol == Protocol::kTransport)
    return fmt::format(R"({{"id":{},"type":"error","payload":{}}})", json::quote(id), errors);
  return fmt::format(R"({{"id":{},"type":"error","payload":{{"errors":{}}}}})", json::quote(id), errors);
}

std::string start_failed(std::string_view id, std::string_view reason) {
  return fmt::format(
      R"({{"id":{},"type":"error","payload":{{"errors":[{{"message":{},"extensions":{{"path":"$","code":"start-failed"}}}}]}}}})",
      json::quote(id), json::quote(reason));
}

std::string complete(std::string_view id) { return fmt::format(R"({{"id":{},"type":"complete"}})", json::quote(id)); }

}  // namespace busflow::graphql_server
