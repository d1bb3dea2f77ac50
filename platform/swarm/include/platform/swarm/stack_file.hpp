#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

namespace busflow::swarm {

/// Where something stands in a file.
struct Place {
  std::string file;
  int line = 0;

  std::string describe() const;
};

/// What ${NAME} in a stack file becomes; nothing when NAME is not set.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;

/// A stack of Docker Swarm as its files declare it: merged, with variables put in. The format is that of
/// `docker stack deploy`, the Compose file format 3 (docs.docker.com/reference/compose-file/legacy-versions).
/// Immutable once read; safe to read from any thread.
struct StackFile {
  json::Object document;
  /// JSON pointer ("/services/api/image") to where that key stands, in the file that had the last word.
  std::map<std::string, Place, std::less<>> places;

  /// The nearest place that is known at or above the pointer.
  Place place(std::string_view pointer) const;
  /// An empty object when there is none of that name.
  const json::Object& services() const;
};

/// Reads the files in order: of two, maps are merged, lists joined, and of single values the later one holds. A value
/// tagged !override takes the earlier one's place, and one tagged !reset takes it away, as in the Compose specification
/// (docs.docker.com/reference/compose-file/merge).
/// What an env_file says becomes part of the environment.
/// Errors: kInvalidSetting with file and line.
Result<StackFile> read_stack(const std::vector<std::string>& files, const Variables& variables);

/// The same for one text, which messages call `name`.
Result<StackFile> parse_stack(const std::string& name, const std::string& text, const Variables& variables);

/// A map of names to texts, in YAML or JSON. Errors: kInvalidSetting with the line, never with a value.
Result<std::map<std::string, std::string>> parse_values(const std::string& name, const std::string& text);

/// The text that `docker stack deploy --compose-file -` reads back as this document. Top-level x- keys are left out.
std::string to_compose(const json::Object& document);

/// "1h30m", "500ms", "10s", as durations in stack files are written; nothing when it is none.
std::optional<std::chrono::milliseconds> parse_compose_duration(std::string_view text);

/// "512M", "1g", "1048576": bytes, in powers of 1024; nothing when it is none.
std::optional<std::uint64_t> parse_compose_size(std::string_view text);

}  // namespace busflow::swarm
