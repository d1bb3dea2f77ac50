#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <platform/base/error.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

/// The messages of two WebSocket subprotocols and their close codes: graphql-transport-ws
/// (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md) and the older graphql-ws
/// (https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md). Like the reference, clients
/// of one may use the words of the other; answers are in their own.
namespace busflow::graphql_server {

enum class Protocol : std::uint8_t { kTransport, kLegacy };

inline constexpr std::string_view kTransportName = "graphql-transport-ws";
inline constexpr std::string_view kLegacyName = "graphql-ws";

enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kServiceRestart = 1012,
  kTryAgainLater = 1013,
  kBadRequest = 4400,
  kUnauthorized = 4401,
  kForbidden = 4403,
  kSubprotocolNotAcceptable = 4406,
  kInitialisationTimeout = 4408,
  kSubscriberExists = 4409,
  kTooManyInitialisations = 4429,
};

struct ClientMessage {
  enum class Type : std::uint8_t { kInitialise, kPing, kPong, kSubscribe, kComplete, kTerminate };
  Type type = Type::kPing;
  std::string id;       ///< Of kSubscribe and kComplete.
  json::Value payload;  ///< Null when there is none.
};

/// kBadRequest says what is wrong with it.
Result<ClientMessage> read_message(std::string_view text);

std::string acknowledgement();
/// Sent now and then so that nothing between us and the client takes the connection for dead.
std::string keep_alive(Protocol protocol);
std::string pong(const json::Value& payload);
/// Of the older protocol: why connection_init was refused, or a message not understood.
std::string connection_error(std::string_view reason);
/// `body` is a whole GraphQL response: {"data":…} or {"errors":…}.
std::string next(Protocol protocol, std::string_view id, std::string_view body);
/// `data` is the data object alone.
std::string next_data(Protocol protocol, std::string_view id, std::string_view data);
std::string operation_error(Protocol protocol, std::string_view id, const Error& error);
/// Of the older protocol: the operation was not even looked at.
std::string start_failed(std::string_view id, std::string_view reason);
std::string complete(std::string_view id);

}  // namespace busflow::graphql_server
