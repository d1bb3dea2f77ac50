#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <platform/swarm/secrets.hpp>
#include <platform/swarm/stack_file.hpp>

/// From what a stack's files say to what a Swarm is told.
namespace busflow::swarm {

/// Gives every external secret the full name of its present version, and every config that comes from a file a name by
/// its content, since neither can be changed in place. kNotFound that names all secrets that are missing. Files of
/// configs are looked for from `folder`.
Result<json::Object> resolve(const StackFile& stack, const std::string& name, const std::filesystem::path& folder,
                             const std::vector<SecretVersion>& versions);

/// The same for the secrets of a document that was resolved before: a rotation is not undone by going back.
Result<void> use_present_secrets(json::Object& document, const std::vector<SecretVersion>& versions);

/// The document with only the services whose label busflow.phase has this value, and all networks, volumes and files.
json::Object only_phase(const json::Object& document, std::string_view phase);
/// The document without those.
json::Object without_phase(const json::Object& document, std::string_view phase);
bool has_phase(const json::Object& document, std::string_view phase);

/// Puts a label on every service.
void label_services(json::Object& document, std::string_view label, std::string_view value);

/// Sets a variable in the environment of every service of the phase, so that its tasks are new ones.
void mark_phase(json::Object& document, std::string_view phase, std::string_view variable, std::string_view value);

}  // namespace busflow::swarm
