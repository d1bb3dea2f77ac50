#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/change_feed/changes.hpp>
#include <platform/postgres/pipeline.hpp>

namespace busflow::graphql_server {

/// Gets the data object as JSON text; or the error that ends the subscription.
using Deliver = std::function<void(Result<std::string_view>)>;

struct Cohort;

/// A live statement, and what is known about when its results may change. Shared by its cohorts.
struct LiveStatement {
  std::string source;
  std::shared_ptr<const postgres::PipelineStatement> statement;
  std::optional<std::size_t> stream_cursor;  ///< Of streams: graphql::Plan::stream_cursor().
  std::set<change_feed::TableName> tables;
  bool reads_everything = true;  ///< Any change concerns it: nobody has found out yet what it reads, or could.
  bool is_polled = false;        ///< Its results may change without the feed's telling.
  std::set<Cohort*> cohorts;
};

/// Subscribers whose statement and values are equal, so that they share each result; or the one subscriber of a stream,
/// which is at a place of its own.
struct Variant {
  using Digest = std::array<char, 32>;
  struct Subscriber {
    Uuid id;
    std::shared_ptr<const Deliver> deliver;
    bool has_result = false;
  };

  std::string parameters;        ///< A JSON array of texts and nulls. Those of a stream go on with it.
  std::string asked;             ///< Of streams: as they were subscribed to.
  std::optional<Digest> digest;  ///< Of the last result.
  std::vector<Subscriber> subscribers;
};

/// Subscribers of equal statement, equal tenant and equal time limit: one run of the statement serves a batch of them.
struct Cohort : std::enable_shared_from_this<Cohort> {
  std::shared_ptr<LiveStatement> live;
  std::string tenant_id;
  std::optional<std::chrono::seconds> time_limit;  ///< Of their roles, for each run.
  std::map<Uuid, Variant> variants;
  std::unordered_map<std::string, Uuid> by_parameters;
  std::vector<Uuid> fresh;              ///< Variants with a subscriber that has no result yet.
  std::optional<SteadyTime> run_at;     ///< When all variants are to be run, not only the fresh ones.
  std::optional<SteadyTime> scheduled;  ///< Its place in the schedule.
  SteadyTime last_run{};
  bool is_running = false;
  bool is_gone = false;  ///< The last subscriber has left.
};

/// $1 and $2 of a live statement, for those of `ids` that are still members; nothing when none is.
std::optional<postgres::Parameters> batch_parameters(const Cohort& cohort, std::span<const Uuid> ids);

/// BoundQuery's parameters as Variant::parameters.
std::string parameters_text(const postgres::Parameters& parameters);

/// One of them.
postgres::Parameter parameter_at(const std::string& parameters, std::size_t index);
/// The parameters with another text in one place.
std::string replace_parameter(const std::string& parameters, std::size_t index, std::string_view text);

Variant::Digest digest_of(std::string_view result);

}  // namespace busflow::graphql_server
