#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

namespace busflow::communications {

struct Rendered {
  std::string subject;  ///< Empty for an SMS.
  std::string body;     ///< Plain text.
  std::string locale;   ///< Of the words.
};

/// The template's words with "{{name}}" replaced. kNotFound for an unknown template, kValidationFailed for a variable
/// that it asks for and that is not there.
Result<Rendered> render(std::string_view name, std::string_view channel, std::string_view locale,
                        const std::map<std::string, std::string>& variables);

/// All there are.
std::vector<std::string_view> template_names();

}  // namespace busflow::communications
