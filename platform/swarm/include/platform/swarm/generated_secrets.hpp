#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <platform/swarm/stack_file.hpp>

/// Secrets that nobody needs to think of. A stack's file says under x-make of a secret what it is:
///   random                  64 hexadecimal digits
///   authority               the certificate that clients of the stack's servers trust
///   certificate of HOST     a server's certificate, signed by that authority
///   key of HOST             its private key
/// What has no x-make comes from somebody.
namespace busflow::swarm {

/// Those that are not `present`, by name. An authority and what it signs are made together; kStateConflict when only
/// some of them are there. kInvalidSetting for an x-make that is none of these.
Result<std::map<std::string, std::string>> generate_secrets(const StackFile& stack,
                                                            const std::set<std::string>& present);

/// Whether the secret is an authority, or something that one signed.
bool is_certified(const StackFile& stack, const std::string& name);

/// The names of those that somebody must bring and that are not present.
std::vector<std::string> secrets_to_bring(const StackFile& stack, const std::set<std::string>& present);

}  // namespace busflow::swarm
