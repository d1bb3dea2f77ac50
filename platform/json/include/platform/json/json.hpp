#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include <platform/base/result.hpp>

/// JSON values (Boost.JSON). Packages use these names and never the library's own, so that it can be exchanged.
namespace busflow::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;
using String = boost::json::string;

/// Parses one whole document, at most 64 levels deep. kInvalidJson names the byte at which it failed.
Result<Value> parse(std::string_view text);

/// Numbers with a fraction in their shortest form that reads back as the same: 12.5.
std::string serialize(const Value& value);
std::string serialize(const Object& object);

/// `text` as a JSON string literal, quotes included.
std::string quote(std::string_view text);

}  // namespace busflow::json
