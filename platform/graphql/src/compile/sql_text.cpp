#include "compile/sql_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql::compile {
namespace {

bool same_value(const schema::ParameterSource& a, const schema::ParameterSource& b) {
  return a.kind == b.kind && a.name == b.name && a.inside == b.inside && a.constant == b.constant &&
         a.sql_type == b.sql_type && a.is_path == b.is_path && a.rule.kind == b.rule.kind &&
         a.rule.is_list == b.rule.is_list && a.rule.is_nullable == b.rule.is_nullable;
}

}  // namespace

std::string quote_literal(std::string_view text) {
  std::string quoted = text.find('\\') == std::string_view::npos ? "'" : "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

void SqlText::add_parameter(const schema::ParameterSource& source) {
  if (source.kind == schema::ParameterSource::Kind::kInline) {
    add(source.constant ? quote_literal(*source.constant) : "NULL", "::", source.sql_type);
    return;
  }
  const auto known = std::ranges::find_if(parameters_, [&](const auto& other) { return same_value(source, other); });
  const auto index = static_cast<std::size_t>(known - parameters_.begin());
  if (known == parameters_.end()) parameters_.push_back(source);
  places_.emplace_back(text_.size(), index);
}

void SqlText::put_in_front(std::string_view text) {
  text_.insert(0, text);
  for (auto& [offset, index] : places_) offset += text.size();
}

std::string SqlText::many_statement() const {
  if (parameters_.empty()) return {};
  std::string arrays;
  std::string columns;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    // Behind a subquery the planner does not look at the values, so that one plan is as good as the next and is kept.
    arrays += fmt::format("{}(SELECT ${}::text[])", i == 0 ? "" : ", ", i + 1);
    columns += fmt::format("p{}, ", i);
  }
  return fmt::format("{}, _many.n FROM unnest({}) WITH ORDINALITY AS _many({}n)", render(Style::kMany), arrays,
                     columns);
}

std::string SqlText::render(Style style) const {
  std::string out;
  out.reserve(text_.size() + places_.size() * 32);
  std::size_t from = 0;
  for (const auto& [offset, index] : places_) {
    out.append(text_, from, offset - from);
    from = offset;
    const std::string& type = parameters_[index].sql_type;
    switch (style) {
      case Style::kOne: out += fmt::format("${}::{}", index + 1, type); break;
      case Style::kLive: out += fmt::format("(_subs.result_vars->>{})::{}", index, type); break;
      case Style::kMany: out += fmt::format("(_many.p{})::{}", index, type); break;
    }
  }
  return out.append(text_, from);
}

}  // namespace busflow::graphql::compile
