#include "mailbox.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include <platform/base/context.hpp>
#include <platform/base/text.hpp>
#include <platform/json/json.hpp>

#include "storage/message_storage.hpp"

namespace busflow::communications {
namespace {

using application::RouteRequest;
using application::RouteResponse;

const postgres::TransactionOptions kTransaction{.database_role = "busflow_communications", .read_only = true};
constexpr std::size_t kShown = 100;

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mailbox</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #1b2733 }}
article {{ border: 1px solid #c9d3dd; border-radius: 6px; padding: 1rem; margin: 1rem 0 }}
h2 {{ font-size: 1.1rem; margin: 0 }} .about {{ color: #51606f; font-size: .9rem }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .75rem 0 0 }}
</style></head><body><h1>Mailbox</h1>
<p>What this installation would have sent, the newest first. <a href="">Load again</a></p>
{}</body></html>
)";

bool begins_address(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

/// The text with its web addresses as links.
std::string with_links(std::string_view text) {
  std::string linked;
  while (!text.empty()) {
    if (begins_address(text)) {
      const auto address = escape_markup(text.substr(0, text.find_first_of(" \n\t<>\"")));
      text.remove_prefix(std::min(text.size(), text.find_first_of(" \n\t<>\"")));
      linked += fmt::format("<a href=\"{0}\">{0}</a>", address);
    } else {
      linked += escape_markup(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  return linked;
}

std::string to_article(const Message& message) {
  return fmt::format("<article><h2>{}</h2><div class=\"about\">{} to {} · {}</div><pre>{}</pre></article>\n",
                     escape_markup(message.subject.empty() ? message.template_ : message.subject),
                     escape_markup(message.channel), escape_markup(message.recipient),
                     escape_markup(message.created_at), with_links(message.body));
}

json::Object to_object(const Message& message) {
  return {{"id", message.id},
          {"channel", message.channel},
          {"recipient", message.recipient},
          {"template", message.template_},
          {"locale", message.locale},
          {"subject", message.subject},
          {"body", message.body},
          {"createdAt", message.created_at}};
}

Result<std::vector<Message>> read(Context& context, postgres::Pool& pool, const RouteRequest& request) {
  const std::string recipient(request.query_parameter("recipient").value_or(""));
  return pool.transact(context, kTransaction, [&](postgres::Transaction& transaction) {
    return newest_messages(transaction, recipient, kShown);
  });
}

}  // namespace

std::vector<application::Route> mailbox_routes(postgres::Pool& pool) {
  const auto page = [&pool](Context& context, const RouteRequest& request) -> Result<RouteResponse> {
    BUSFLOW_TRY(const auto messages, read(context, pool, request));
    std::string articles;
    for (const auto& message : messages) articles += to_article(message);
    if (articles.empty()) articles = "<p>Nothing yet.</p>";
    return RouteResponse{.body = fmt::format(kPage, articles),
                         .headers = {{"cache-control", "no-store"}},
                         .content_type = "text/html; charset=utf-8"};
  };
  const auto messages = [&pool](Context& context, const RouteRequest& request) -> Result<RouteResponse> {
    BUSFLOW_TRY(const auto found, read(context, pool, request));
    json::Array list;
    for (const auto& message : found) list.emplace_back(to_object(message));
    return RouteResponse{.body = json::serialize(json::Value(std::move(list))),
                         .headers = {{"cache-control", "no-store"}}};
  };
  return {{"GET", "/v1/mailbox", page}, {"GET", "/v1/mailbox/messages", messages}};
}

}  // namespace busflow::communications
