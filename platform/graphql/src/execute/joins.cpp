#include "execute/joins.hpp"

#include <unordered_map>

#include "execute/json_places.hpp"

namespace busflow::graphql {

namespace asio = boost::asio;

namespace {

/// The keys of all places, each once.
struct Keys {
  std::string list = "[";
  std::vector<std::size_t> of_place;  ///< For each place, which key.
};

Keys distinct_keys(const std::vector<std::string_view>& places) {
  Keys keys;
  std::unordered_map<std::string_view, std::size_t> known;
  for (const std::string_view place : places) {
    const auto [entry, is_new] = known.try_emplace(place, known.size());
    if (is_new) keys.list.append(keys.list.size() > 1 ? "," : "").append(place);
    keys.of_place.push_back(entry->second);
  }
  keys.list += ']';
  return keys;
}

asio::awaitable<Result<std::string>> run_join(ExecutionResources resources, const Context* context, Prepared* prepared,
                                              std::size_t number, std::string data) {
  const PlanJoin* join = &prepared->plan->parts().joins[number];
  const auto places = values_at(data, join->place);
  if (places.empty()) co_return data;
  Keys keys = distinct_keys(places);
  postgres::Parameters parameters = std::move(prepared->joins[number]);
  parameters[join->keys] = std::move(keys.list);
  const auto pipeline = resources.databases.pipeline(join->statement.source);
  if (!pipeline) co_return std::unexpected(pipeline.error());
  const auto rows = co_await (*pipeline)->execute(join->statement.statement, std::move(parameters),
                                                  std::string(context->session.tenant_id()), context->deadline,
                                                  prepared->time.statement_timeout());
  if (!rows) co_return std::unexpected(rows.error());
  const auto values = items_of(rows->text(0, 0));
  std::vector<std::string_view> replacements;
  for (const std::size_t key : keys.of_place) replacements.push_back(values.at(key));
  co_return replaced(data, places, replacements);
}

}  // namespace

asio::awaitable<Result<std::string>> run_joins(ExecutionResources resources, const Context* context, Prepared* prepared,
                                               std::string data) {
  for (std::size_t i = 0; i < prepared->plan->parts().joins.size(); ++i) {
    auto joined = co_await run_join(resources, context, prepared, i, std::move(data));
    if (!joined) co_return joined;
    data = std::move(*joined);
  }
  co_return data;
}

}  // namespace busflow::graphql
