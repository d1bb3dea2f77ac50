#pragma once

#include <string>

/// Who this process is, for locks and logs that other machines read.
namespace busflow::process {

std::string host_name();
/// "root@worker-1".
std::string account_at_host();

}  // namespace busflow::process
