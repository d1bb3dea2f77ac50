#pragma once

#include <string>
#include <string_view>

#include <platform/base/error.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql {

/// One element of a response's "errors": {"message", "extensions": {"path", "code"}}. The first line of the error's
/// detail is the message; further lines become extensions.hint. Details of kInternal are withheld: they go to the log
/// instead.
std::string error_object(const Error& error);

/// The same for an error that a handler returned: extensions also carry "name" (ErrorInfo::id) and "hint".
std::string handler_error_object(const Error& error);

/// The same for what somebody else refused: any message, and a code that need not be one of ours.
json::Object foreign_error(std::string_view message, std::string_view code = "unexpected");

/// The whole response body: {"errors":[…]}.
std::string error_response(const Error& error);

}  // namespace busflow::graphql
