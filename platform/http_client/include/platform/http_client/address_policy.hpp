#pragma once

#include <sys/socket.h>

namespace busflow::http_client {

/// Whether the address can be reached from the whole internet: none of the special-purpose ranges of RFC 6890 and its
/// successors (https://www.iana.org/assignments/iana-ipv4-special-registry, …-ipv6-…). Addresses that embed an IPv4 one
/// are judged by that one; families other than IPv4 and IPv6 are not public.
bool is_public_address(const sockaddr& address);

}  // namespace busflow::http_client
