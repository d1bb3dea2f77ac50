#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <platform/base/error.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

/// The messages of graphql-transport-ws and its close codes.
namespace busflow::graphql_server {

inline constexpr std::string_view kSubprotocol = "graphql-transport-ws";

enum class CloseCode : std::uint16_t {
  kGoingAway = 1001,
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
  enum class Type : std::uint8_t { kInitialise, kPing, kPong, kSubscribe, kComplete };
  Type type = Type::kPing;
  std::string id;       ///< Of kSubscribe and kComplete.
  json::Value payload;  ///< Null when there is none.
};

/// kBadRequest says what is wrong with it.
Result<ClientMessage> read_message(std::string_view text);

std::string acknowledgement();
std::string ping();
std::string pong(const json::Value& payload);
/// `body` is a whole GraphQL response: {"data":…} or {"errors":…}.
std::string next(std::string_view id, std::string_view body);
/// `data` is the data object alone.
std::string next_data(std::string_view id, std::string_view data);
std::string operation_error(std::string_view id, const Error& error);
std::string complete(std::string_view id);

}  // namespace busflow::graphql_server
