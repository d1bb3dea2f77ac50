#pragma once

namespace busflow::api {

/// Runs the verb that the arguments name. The process's exit code: 0, 2 for a usage error, otherwise
/// ErrorInfo::exit_code.
int run(int argument_count, const char* const* arguments);

}  // namespace busflow::api
