#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace busflow {

/// A UUID (RFC 9562). Prints in lower case with hyphens.
class Uuid {
 public:
  constexpr Uuid() = default;
  constexpr explicit Uuid(std::array<std::uint8_t, 16> bytes) : bytes_(bytes) {}

  /// Accepts the 36-character form in either case; nothing else.
  static std::optional<Uuid> parse(std::string_view text);
  std::string to_string() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

  friend auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// Where code gets new ids from, so that tests and demo data are repeatable. Thread-safe.
class IdentifierSource {
 public:
  virtual ~IdentifierSource() = default;
  virtual Uuid next() = 0;
};

/// Version 7: ordered by time, so that indexes grow at one end. Randomness from the kernel (getrandom).
class RandomIdentifierSource final : public IdentifierSource {
 public:
  Uuid next() override;
};

/// Version 8, the same for the same name at all times: ids of demo data and of events derived from other events.
Uuid name_based_identifier(std::string_view name);

}  // namespace busflow
