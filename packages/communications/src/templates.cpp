#include "templates.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace busflow::communications {
namespace {

struct Words {
  std::string_view name;
  std::string_view channel;
  std::string_view locale;
  std::string_view subject;
  std::string_view body;
};

// "en" is what everybody gets whose language is not here: each template has it.
constexpr std::array kWords = {
    Words{"verify-email", "EMAIL", "en", "Confirm your e-mail address",
          "Hello {{display_name}},\n\nplease confirm that this address is yours:\n\n{{link}}\n\n"
          "If you did not ask for this, ignore this message."},
    Words{"verify-email", "EMAIL", "de", "Bestätigen Sie Ihre E-Mail-Adresse",
          "Guten Tag {{display_name}},\n\nbitte bestätigen Sie, dass diese Adresse Ihnen gehört:\n\n{{link}}\n\n"
          "Wenn Sie das nicht angefordert haben, ignorieren Sie diese Nachricht."},
    Words{"account-exists", "EMAIL", "en", "You already have an account",
          "Hello {{display_name}},\n\nsomebody, probably you, tried to sign up with this address. You have an account "
          "already. Sign in, or choose a new password, here:\n\n{{link}}"},
    Words{"account-exists", "EMAIL", "de", "Sie haben bereits ein Konto",
          "Guten Tag {{display_name}},\n\njemand, wahrscheinlich Sie, wollte sich mit dieser Adresse registrieren. Sie "
          "haben bereits ein Konto. Hier melden Sie sich an oder wählen ein neues Passwort:\n\n{{link}}"},
    Words{"password-reset", "EMAIL", "en", "Choose a new password",
          "Hello {{display_name}},\n\nhere you choose a new password:\n\n{{link}}\n\n"
          "If you did not ask for this, ignore this message: your password stays as it is."},
    Words{"password-reset", "EMAIL", "de", "Wählen Sie ein neues Passwort",
          "Guten Tag {{display_name}},\n\nhier wählen Sie ein neues Passwort:\n\n{{link}}\n\n"
          "Wenn Sie das nicht angefordert haben, ignorieren Sie diese Nachricht: Ihr Passwort bleibt, wie es ist."},
    Words{"invitation", "EMAIL", "en", "You are invited to {{tenant_name}}",
          "Hello {{display_name}},\n\n{{tenant_name}} invites you to Busflow. Choose a password here:\n\n{{link}}"},
    Words{"invitation", "EMAIL", "de", "Sie sind zu {{tenant_name}} eingeladen",
          "Guten Tag {{display_name}},\n\n{{tenant_name}} lädt Sie zu Busflow ein. Hier wählen Sie ein "
          "Passwort:\n\n{{link}}"},
    Words{"passenger-link", "EMAIL", "en", "Your booking with {{tenant_name}}",
          "Hello {{display_name}},\n\nhere you see your booking with {{tenant_name}}:\n\n{{link}}\n\nWhoever has this "
          "link sees it too: do not pass it on."},
    Words{"passenger-link", "EMAIL", "de", "Ihre Buchung bei {{tenant_name}}",
          "Guten Tag {{display_name}},\n\nhier sehen Sie Ihre Buchung bei {{tenant_name}}:\n\n{{link}}\n\nWer diesen "
          "Link hat, sieht sie auch: Geben Sie ihn nicht weiter."},
    Words{"sign-in-link", "EMAIL", "en", "Your sign-in link",
          "Hello {{display_name}},\n\nthis link signs you in:\n\n{{link}}\n\nDo not pass it on."},
    Words{"sign-in-link", "EMAIL", "de", "Ihr Anmeldelink",
          "Guten Tag {{display_name}},\n\nmit diesem Link melden Sie sich an:\n\n{{link}}\n\nGeben Sie ihn nicht "
          "weiter."},
    Words{
        "sign-in-code", "EMAIL", "en", "Your sign-in code: {{code}}",
        "Hello {{display_name}},\n\nyour code is {{code}}. It is valid for a few minutes.\n\nNobody from us will ever "
        "ask you for it."},
    Words{"sign-in-code", "EMAIL", "de", "Ihr Anmeldecode: {{code}}",
          "Guten Tag {{display_name}},\n\nIhr Code ist {{code}}. Er gilt für wenige Minuten.\n\nNiemand von uns wird "
          "Sie je danach fragen."},
    Words{"sign-in-code", "SMS", "en", "", "Your Busflow code is {{code}}. Nobody from us will ever ask you for it."},
    Words{"sign-in-code", "SMS", "de", "", "Ihr Busflow-Code ist {{code}}. Niemand von uns wird Sie je danach fragen."},
    Words{"change-email", "EMAIL", "en", "Confirm your new e-mail address",
          "Hello {{display_name}},\n\nplease confirm that this is your new address:\n\n{{link}}"},
    Words{"change-email", "EMAIL", "de", "Bestätigen Sie Ihre neue E-Mail-Adresse",
          "Guten Tag {{display_name}},\n\nbitte bestätigen Sie, dass dies Ihre neue Adresse ist:\n\n{{link}}"},
    Words{"password-changed", "EMAIL", "en", "Your password was changed",
          "Hello {{display_name}},\n\nyour password was changed, and all other devices were signed out. If it was not "
          "you, choose a new one at once:\n\n{{link}}"},
    Words{
        "password-changed", "EMAIL", "de", "Ihr Passwort wurde geändert",
        "Guten Tag {{display_name}},\n\nIhr Passwort wurde geändert, alle anderen Geräte wurden abgemeldet. Waren Sie "
        "das nicht, wählen Sie sofort ein neues:\n\n{{link}}"},
};

const Words* words_of(std::string_view name, std::string_view channel, std::string_view locale) {
  const auto* found = std::ranges::find_if(kWords, [&](const Words& words) {
    return words.name == name && words.channel == channel && words.locale == locale;
  });
  return found == kWords.end() ? nullptr : found;
}

Result<std::string> fill(std::string_view text, const std::map<std::string, std::string>& variables) {
  std::string filled;
  while (true) {
    const auto begin = text.find("{{");
    filled += text.substr(0, begin);
    if (begin == std::string_view::npos) return filled;
    const auto end = text.find("}}", begin);
    const auto name = std::string(text.substr(begin + 2, end - begin - 2));
    const auto value = variables.find(name);
    if (value == variables.end()) {
      return fail(ErrorName::kValidationFailed, fmt::format("the template needs '{}'", name), "$.variables." + name);
    }
    filled += value->second;
    text.remove_prefix(end + 2);
  }
}

}  // namespace

Result<Rendered> render(std::string_view name, std::string_view channel, std::string_view locale,
                        const std::map<std::string, std::string>& variables) {
  const Words* words = words_of(name, channel, locale.substr(0, 2));
  if (words == nullptr) words = words_of(name, channel, "en");
  if (words == nullptr) {
    return fail(ErrorName::kNotFound, fmt::format("there is no template '{}' for {}", name, channel), "$.template");
  }
  BUSFLOW_TRY(auto subject, fill(words->subject, variables));
  BUSFLOW_TRY(auto body, fill(words->body, variables));
  // A line break in a header would begin another header.
  std::ranges::replace_if(subject, [](unsigned char c) { return c < ' '; }, ' ');
  return Rendered{.subject = std::move(subject), .body = std::move(body), .locale = std::string(words->locale)};
}

std::vector<std::string_view> template_names() {
  std::vector<std::string_view> names;
  for (const auto& words : kWords) {
    if (std::ranges::find(names, words.name) == names.end()) names.push_back(words.name);
  }
  return names;
}

}  // namespace busflow::communications
