#include "execute/parts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <platform/graphql/error_response.hpp>

#include "execute/joins.hpp"
#include "mutation/fault.hpp"

namespace busflow::graphql {

namespace asio = boost::asio;

namespace {

/// What a failed mutation is about: a refusal of its own, or the database's words with the place they belong to.
Error mutation_error(const PlanStep& step, Error error) {
  if (error.name == ErrorName::kInternal) return error;
  if (error.name == ErrorName::kDataException) {
    const auto fault = compile::fault_number(error.detail);
    if (fault && *fault < step.faults.size()) return step.faults[*fault];
  }
  error.path = step.error_path;
  return error;
}

/// Consecutive steps of one source are a transaction; those before it stay carried out when it fails, as nothing holds
/// several databases together. The rows of each step.
asio::awaitable<Result<std::vector<postgres::Rows>>> run_steps(ExecutionResources resources, const Context* context,
                                                               Prepared* prepared) {
  const auto steps = steps_of(prepared->plan->parts());
  std::vector<postgres::Rows> rows;
  for (std::size_t begin = 0, end = 0; begin < steps.size(); begin = end) {
    while (end < steps.size() && steps[end]->source == steps[begin]->source) ++end;
    const auto pipeline = resources.databases.pipeline(steps[begin]->source);
    if (!pipeline) co_return std::unexpected(pipeline.error());
    std::vector<postgres::PipelineCall> calls;
    const auto introduction = prepared->introductions.find(steps[begin]->source);
    if (introduction != prepared->introductions.end()) calls.push_back(introduction->second);
    const std::size_t introduced = calls.size();
    std::move(prepared->writes.begin() + static_cast<std::ptrdiff_t>(begin),
              prepared->writes.begin() + static_cast<std::ptrdiff_t>(end), std::back_inserter(calls));
    const bool is_shared = std::all_of(steps.begin() + static_cast<std::ptrdiff_t>(begin),
                                       steps.begin() + static_cast<std::ptrdiff_t>(end),
                                       [](const PlanStep* step) { return step->may_share; });
    auto outcome = co_await (*pipeline)->transact(
        std::move(calls), std::string(context->session.tenant_id()), context->deadline,
        is_shared ? postgres::Sharing::kShared : postgres::Sharing::kAlone, prepared->time.statement_timeout());
    if (outcome.error) {
      const std::size_t failed = begin + outcome.failed_call - introduced;
      const bool is_of_step = outcome.failed_call >= introduced && failed < end;
      co_return std::unexpected(is_of_step ? mutation_error(*steps[failed], *outcome.error) : *outcome.error);
    }
    std::move(outcome.rows.begin() + static_cast<std::ptrdiff_t>(introduced), outcome.rows.end(),
              std::back_inserter(rows));
  }
  co_return rows;
}

/// The row of each statement of the plan.
asio::awaitable<Result<std::vector<postgres::Rows>>> run_reads(ExecutionResources resources, const Context* context,
                                                               Prepared* prepared) {
  const PlanParts& plan = prepared->plan->parts();
  std::vector<postgres::Rows> rows;
  for (std::size_t i = 0; i < plan.statements.size(); ++i) {
    const auto pipeline = resources.databases.pipeline(plan.statements[i].source);
    if (!pipeline) co_return std::unexpected(pipeline.error());
    auto answer = co_await (*pipeline)->execute(plan.statements[i].statement, std::move(prepared->reads[i]),
                                                std::string(context->session.tenant_id()), context->deadline,
                                                prepared->time.statement_timeout());
    if (!answer) co_return std::unexpected(answer.error());
    rows.push_back(std::move(*answer));
  }
  co_return rows;
}

/// Puts the fields' values together out of what the databases answered.
class PartsWriter {
 public:
  PartsWriter(std::vector<postgres::Rows> reads, std::vector<postgres::Rows> writes)
      : reads_(std::move(reads)), writes_(std::move(writes)) {}

  /// To be called for the fields in order, those with actions left out.
  void write(std::string& data, const PlanField& field) {
    if (field.is_object) {
      data += '{';
      std::string_view separator = "\"";
      for (const PlanField& member : field.members) {
        data.append(std::exchange(separator, ",\"")).append(member.response_name).append("\":");
        write(data, member);
      }
      data += '}';
    } else if (field.place) {
      append(data, reads_[field.place->statement], field.place->column);
    } else if (!field.steps.empty() || field.is_list_of_steps) {
      write_steps(data, field);
    } else {
      data += field.constant;
    }
  }

 private:
  static void append(std::string& data, const postgres::Rows& rows, std::size_t column) {
    data += rows.empty() || rows.is_null(0, column) ? std::string_view("null") : rows.text(0, column);
  }

  void write_steps(std::string& data, const PlanField& field) {
    if (field.is_list_of_steps) data += '[';
    bool is_first = true;
    for (const PlanStep& step : field.steps) {
      const postgres::Rows& rows = writes_[next_write_++];
      if (!step.gives_result) continue;
      if (!std::exchange(is_first, false)) data += ',';
      append(data, rows, 0);
    }
    if (field.is_list_of_steps) data += ']';
  }

  const std::vector<postgres::Rows> reads_;
  const std::vector<postgres::Rows> writes_;
  std::size_t next_write_ = 0;
};

}  // namespace

std::vector<const PlanStep*> steps_of(const PlanParts& plan) {
  std::vector<const PlanStep*> steps;
  if (plan.has_steps) for_each_step(plan.fields, [&](const PlanStep& step) { steps.push_back(&step); });
  return steps;
}

std::string data_response(std::string_view data) {
  std::string body;
  body.reserve(data.size() + 10);
  body.append(R"({"data":)").append(data).append("}");
  return body;
}

asio::awaitable<std::string> run_parts(ExecutionResources resources, const ActionEnvironment* environment,
                                       Prepared prepared, std::vector<json::Object> inputs) {
  const PlanParts& plan = prepared.plan->parts();
  const auto refuse = [environment](const Error& error) {
    const EngineOptions& options = environment->options;
    if (error.name == ErrorName::kInternal && options.on_fault) options.on_fault(error.message());
    return error_response(environment->time.blame(error));
  };
  auto reads = co_await run_reads(resources, &environment->context, &prepared);
  auto writes = co_await run_steps(resources, &environment->context, &prepared);
  for (const auto* done : {&reads, &writes}) {
    if (*done) continue;
    co_return refuse(done->error());
  }
  PartsWriter values(std::move(*reads), std::move(*writes));
  std::string data = "{";
  std::size_t next_input = 0;
  for (const PlanField& field : plan.fields) {
    data += data.size() > 1 ? ",\"" : "\"";
    data.append(field.response_name).append("\":");
    if (field.action == nullptr) {
      values.write(data, field);
      continue;
    }
    const auto value = co_await run_action(resources, environment, field.action.get(), std::move(inputs[next_input++]));
    if (!value) co_return "{\"errors\":[" + value.error() + "]}";
    data += *value;
  }
  data += '}';
  if (plan.joins.empty()) co_return data_response(data);
  const auto joined = co_await run_joins(resources, &environment->context, &prepared, std::move(data));
  if (joined) co_return data_response(*joined);
  co_return refuse(joined.error());
}

}  // namespace busflow::graphql
