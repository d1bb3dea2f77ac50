#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/parameter.hpp"

namespace busflow::graphql::compile {

/// A statement in the making: text with places for parameters. The same source takes one parameter however often it is
/// used.
class SqlText {
 public:
  template <class... Parts>
  void add(const Parts&... parts) {
    (text_.append(parts), ...);
  }
  /// Text without parameters, before all that is there.
  void put_in_front(std::string_view text);
  /// `$n::type`, or the quoted literal of an inline value.
  void add_parameter(const schema::ParameterSource& source);
  /// A table alias that the statement does not use yet: "t3".
  std::string new_alias(char letter) { return letter + std::to_string(aliases_++); }

  /// Between these, what is written is the value of that member of the JSON object in the making.
  void enter(const std::string& member) { place_.push_back(member); }
  void leave() { place_.pop_back(); }
  /// The members that lead to what is written now.
  const std::vector<std::string>& place() const { return place_; }

  /// With parameters as $1::type, …
  std::string statement() const { return render(Style::kOne); }
  /// With parameters read from the row's JSON array: (_subs.result_vars->>0)::type.
  std::string live_statement() const { return render(Style::kLive); }
  /// A SELECT without FROM for several requests (PipelineStatement::many): parameters are columns of the row of each.
  /// Empty without parameters.
  std::string many_statement() const;
  std::vector<schema::ParameterSource> take_parameters() && { return std::move(parameters_); }

 private:
  enum class Style : std::uint8_t { kOne, kLive, kMany };
  std::string render(Style style) const;

  std::string text_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;  ///< Offset in the text, parameter.
  std::vector<schema::ParameterSource> parameters_;
  std::size_t aliases_ = 0;
  std::vector<std::string> place_;
};

/// 'text' as an SQL string literal, whatever standard_conforming_strings says.
std::string quote_literal(std::string_view text);

}  // namespace busflow::graphql::compile
