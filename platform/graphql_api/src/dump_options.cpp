#include <platform/graphql_api/dump_options.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace busflow::graphql_api {
namespace {

using graphql_metadata::Outcome;
using graphql_metadata::refuse;

enum class Takes : std::uint8_t { kNothing, kValue };

struct Option {
  char letter;  ///< 0: none.
  std::string_view name;
  Takes takes = Takes::kNothing;
  std::string_view refusal = {};  ///< Why it may not be given; empty: it may.
};

constexpr std::string_view kFiles = "the dump is the answer, and nothing else is written or read";
constexpr std::string_view kConnects = "the source says what is connected to, and as whom";
constexpr std::string_view kText = "the answer is one text";
constexpr std::string_view kNoDump = "it makes no dump";

// What is not listed is refused as well; what is listed as refused can be told why.
constexpr Option kOptions[] = {
    {'a', "data-only"},
    {'b', "blobs"},
    {'b', "large-objects"},
    {'B', "no-blobs"},
    {'B', "no-large-objects"},
    {'c', "clean"},
    {'C', "create"},
    {'e', "extension", Takes::kValue},
    {'E', "encoding", Takes::kValue},
    {'F', "format", Takes::kValue},
    {'n', "schema", Takes::kValue},
    {'N', "exclude-schema", Takes::kValue},
    {'O', "no-owner"},
    {'s', "schema-only"},
    {'S', "superuser", Takes::kValue},
    {'t', "table", Takes::kValue},
    {'T', "exclude-table", Takes::kValue},
    {'v', "verbose"},
    {'x', "no-privileges"},
    {'x', "no-acl"},
    {0, "attribute-inserts"},
    {0, "column-inserts"},
    {0, "disable-dollar-quoting"},
    {0, "disable-triggers"},
    {0, "enable-row-security"},
    {0, "exclude-extension", Takes::kValue},
    {0, "exclude-table-and-children", Takes::kValue},
    {0, "exclude-table-data", Takes::kValue},
    {0, "exclude-table-data-and-children", Takes::kValue},
    {0, "extra-float-digits", Takes::kValue},
    {0, "if-exists"},
    {0, "include-foreign-data", Takes::kValue},
    {0, "inserts"},
    {0, "load-via-partition-root"},
    {0, "lock-wait-timeout", Takes::kValue},
    {0, "no-comments"},
    {0, "no-data"},
    {0, "no-policies"},
    {0, "no-publications"},
    {0, "no-schema"},
    {0, "no-security-labels"},
    {0, "no-statistics"},
    {0, "no-subscriptions"},
    {0, "no-sync"},
    {0, "no-table-access-method"},
    {0, "no-tablespaces"},
    {0, "no-toast-compression"},
    {0, "no-unlogged-table-data"},
    {0, "on-conflict-do-nothing"},
    {0, "quote-all-identifiers"},
    {0, "restrict-key", Takes::kValue},
    {0, "role", Takes::kValue},
    {0, "rows-per-insert", Takes::kValue},
    {0, "section", Takes::kValue},
    {0, "sequence-data"},
    {0, "serializable-deferrable"},
    {0, "snapshot", Takes::kValue},
    {0, "statistics"},
    {0, "statistics-only"},
    {0, "strict-names"},
    {0, "table-and-children", Takes::kValue},
    {0, "use-set-session-authorization"},
    {'f', "file", Takes::kValue, kFiles},
    {0, "filter", Takes::kValue, kFiles},
    {'d', "dbname", Takes::kValue, kConnects},
    {'h', "host", Takes::kValue, kConnects},
    {'p', "port", Takes::kValue, kConnects},
    {'U', "username", Takes::kValue, kConnects},
    {'w', "no-password", Takes::kNothing, kConnects},
    {'W', "password", Takes::kNothing, kConnects},
    {'j', "jobs", Takes::kValue, kText},
    {'Z', "compress", Takes::kValue, kText},
    {0, "binary-upgrade", Takes::kNothing, kNoDump},
    {'V', "version", Takes::kNothing, kNoDump},
    {'?', "help", Takes::kNothing, kNoDump},
};

const Option* find_name(std::string_view name) {
  const auto* found = std::ranges::find(kOptions, name, &Option::name);
  return found == std::end(kOptions) ? nullptr : found;
}

const Option* find_letter(char letter) {
  const auto* found = letter == 0 ? std::end(kOptions) : std::ranges::find(kOptions, letter, &Option::letter);
  return found == std::end(kOptions) ? nullptr : found;
}

/// Goes through the words as getopt_long() does.
class Reader {
 public:
  explicit Reader(const std::vector<std::string>& words) : words_(words) {}

  Outcome<void> run() {
    for (; at_ < words_.size(); ++at_) {
      first_ = at_;
      const std::string_view word = words_[at_];
      // Arguments of programs end at the first such byte; what follows it would not be what was looked at.
      if (word.contains('\0')) return refused("it holds a zero byte");
      if (word.starts_with("--") && word.size() > 2) {
        BUSFLOW_CHECK(read_name(word.substr(2)));
      } else if (word.starts_with('-') && word.size() > 1 && word != "--") {
        BUSFLOW_CHECK(read_letters(word.substr(1)));
      } else {
        return refused("it is no option, and pg_dump would take it for the name of a database");
      }
    }
    return {};
  }

 private:
  Outcome<void> read_name(std::string_view text) {
    const auto equals = text.find('=');
    const Option* option = find_name(text.substr(0, equals));
    if (option == nullptr) return refused("it is not known here; names must be written in full");
    std::optional<std::string_view> value;
    if (equals != std::string_view::npos) value = text.substr(equals + 1);
    if (value && option->takes == Takes::kNothing) return refused("it takes no value");
    return judge(*option, value);
  }

  /// Flags in a row, of which the last may take a value: the rest of the word, or the next one.
  Outcome<void> read_letters(std::string_view letters) {
    while (!letters.empty()) {
      const Option* option = find_letter(letters.front());
      if (option == nullptr) return refused(fmt::format("there is no option -{} here", letters.front()));
      letters.remove_prefix(1);
      std::optional<std::string_view> value;
      if (option->takes == Takes::kValue && !letters.empty()) value = std::exchange(letters, {});
      BUSFLOW_CHECK(judge(*option, value));
    }
    return {};
  }

  Outcome<void> judge(const Option& option, std::optional<std::string_view> value) {
    if (!option.refusal.empty()) return refused(option.refusal);
    if (option.takes == Takes::kNothing) return {};
    if (!value && at_ + 1 == words_.size()) return refused("its value is missing");
    if (!value) value = words_[++at_];
    if (value->contains('\0')) return refused("its value holds a zero byte");
    if (option.name == "format" && *value != "p" && *value != "plain") return refused(kText);
    return {};
  }

  std::unexpected<graphql_metadata::Problem> refused(std::string_view reason) const {
    return refuse("bad-request", fmt::format("pg_dump may not be given '{}' here: {}", words_[first_], reason),
                  fmt::format("$.opts[{}]", first_));
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  std::size_t first_ = 0;  ///< Of the option that is looked at; its value may be the next word.
};

}  // namespace

Outcome<void> check_dump_options(const std::vector<std::string>& words) { return Reader(words).run(); }

}  // namespace busflow::graphql_api
