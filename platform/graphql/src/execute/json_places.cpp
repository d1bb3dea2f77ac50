#include "execute/json_places.hpp"

namespace busflow::graphql {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Calls `visit` at the beginning of each item; it must leave the scanner behind the item.
  template <class Visit>
  void each_item(const Visit& visit) {
    for (open(); !is_closed(); separate()) visit();
    ++at_;
  }

  void collect(std::span<const std::string> place, std::vector<std::string_view>& found) {
    if (place.empty()) {
      const std::string_view value = take_value();
      if (value != "null") found.push_back(value);
    } else if (peek() == '[') {
      each_item([&] { collect(place, found); });
    } else if (peek() == '{') {
      each_item([&] {
        const std::string_view name = take_value();
        separate();
        if (name.substr(1, name.size() - 2) == place.front())
          collect(place.subspan(1), found);
        else
          take_value();
      });
    } else {
      take_value();
    }
  }

  std::string_view take_value() {
    peek();
    const std::size_t begin = at_;
    std::size_t depth = 0;
    do {
      switch (text_[at_]) {
        case '"': skip_string(); break;
        case '[':
        case '{':
          ++depth;
          ++at_;
          break;
        case ']':
        case '}':
          --depth;
          ++at_;
          break;
        default: depth > 0 ? static_cast<void>(++at_) : skip_word();
      }
    } while (depth > 0);
    return text_.substr(begin, at_ - begin);
  }

 private:
  static constexpr std::string_view kSpace = " \t\r\n";

  char peek() {
    at_ = text_.find_first_not_of(kSpace, at_);
    return text_[at_];
  }

  void open() {
    peek();
    ++at_;
  }

  bool is_closed() {
    const char next = peek();
    return next == ']' || next == '}';
  }

  /// Past a comma or colon, when there is one.
  void separate() {
    const char next = peek();
    if (next == ',' || next == ':') ++at_;
  }

  void skip_string() {
    for (++at_; text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  void skip_word() {
    constexpr std::string_view kEnds = " \t\r\n,]}:";
    at_ = std::min(text_.find_first_of(kEnds, at_), text_.size());
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string_view> values_at(std::string_view text, std::span<const std::string> place) {
  std::vector<std::string_view> found;
  Scanner(text).collect(place, found);
  return found;
}

std::vector<std::string_view> items_of(std::string_view text) {
  std::vector<std::string_view> items;
  Scanner scanner(text);
  scanner.each_item([&] { items.push_back(scanner.take_value()); });
  return items;
}

std::string replaced(std::string_view text, std::span<const std::string_view> parts,
                     std::span<const std::string_view> replacements) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto begin = static_cast<std::size_t>(parts[i].data() - text.data());
    out.append(text.substr(from, begin - from)).append(replacements[i]);
    from = begin + parts[i].size();
  }
  return out.append(text.substr(from));
}

}  // namespace busflow::graphql
