#pragma once

#include <string>
#include <string_view>

namespace busflow::postgres {

/// A name as an SQL identifier: always in double quotes, those inside doubled.
std::string quote_identifier(std::string_view name);

/// A text as an SQL literal, for where no parameter may stand. Needs standard_conforming_strings, which is on by
/// default.
std::string quote_literal(std::string_view text);

}  // namespace busflow::postgres
