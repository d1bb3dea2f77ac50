#pragma once

#include <string>

#include <platform/json/json.hpp>

namespace busflow::jobs {

/// MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) of a JSON value, as Redis' cmsgpack reads it:
/// integers stay integers, `null` becomes nil, objects become maps in their order.
std::string to_message_pack(const json::Value& value);

}  // namespace busflow::jobs
