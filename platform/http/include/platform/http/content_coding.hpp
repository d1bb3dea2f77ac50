#pragma once

#include <string>
#include <utility>
#include <vector>

namespace busflow::http {

/// In which codings a client takes an answer (RFC 9110, 12.5.3). Both may be false: then nothing that we have will do.
struct AcceptedCodings {
  bool gzip = false;
  bool identity = true;

  friend bool operator==(const AcceptedCodings&, const AcceptedCodings&) = default;
};

/// What all Accept-Encoding headers among `headers` (names in lower case) say together. Without any, and when they are
/// empty, identity alone. A quality of 0 excludes; others do not rank, and one that is no number counts as none. "*"
/// stands for what is not named. Never fails.
AcceptedCodings accepted_codings(const std::vector<std::pair<std::string, std::string>>& headers);

}  // namespace busflow::http
