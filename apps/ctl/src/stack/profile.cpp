#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <platform/base/pause.hpp>
#include <platform/command_line/duration.hpp>

#include "common.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::OptionInfo kOptions[] = {kStackOption,
                                                 kHostOption,
                                                 {.name = "for",
                                                  .kind = command_line::OptionKind::kDuration,
                                                  .value_name = "TIME",
                                                  .default_value = "1m",
                                                  .help = "how long to look"}};
constexpr command_line::Example kExamples[] = {{"busflowctl stack profile --for 10m --host ssh://root@worker-1",
                                                "what the tasks on worker-1 take, during a load test"}};

/// What the tasks of one service took, the largest of them.
struct Usage {
  std::uint64_t peak_bytes = 0;
  double peak_cpus = 0;
  double sum_cpus = 0;
  int samples = 0;

  /// Twice what was seen, in steps of 32 MiB: a limit that is met kills.
  std::uint64_t limit_mebibytes() const { return ((2 * peak_bytes >> 20) / 32 + 1) * 32; }
  /// What it took on average, in steps of 0.05.
  double reservation() const { return std::max(0.05, std::ceil(sum_cpus / std::max(1, samples) * 20) / 20); }
};

/// "1.5MiB / 512MiB": the first of the two, in bytes.
std::uint64_t bytes_of(const std::string& usage) {
  std::string text = usage.substr(0, usage.find(' '));
  std::erase(text, 'i');
  return swarm::parse_compose_size(text).value_or(0);
}

class Profile {
 public:
  explicit Profile(Invocation& call) : call_(call), engine_(engine_of(call)), prefix_(call.text("stack") + "_") {}

  Result<int> run() {
    const auto end = call_.context().clock.steady_now() + call_.duration("for");
    while (call_.context().clock.steady_now() < end) {
      BUSFLOW_CHECK(call_.context().check());
      BUSFLOW_CHECK(sample());
      call_.console().progress(fmt::format("{} looks", ++looks_));
      pause(call_.context().cancellation, std::chrono::milliseconds(200));
    }
    if (usages_.empty())
      return fail(ErrorName::kNotFound,
                  fmt::format("no task of the stack '{}' runs on this node", call_.text("stack")));
    show();
    return 0;
  }

 private:
  Result<void> sample() {
    BUSFLOW_TRY(const auto lines, engine_.lines(call_.context(), {"stats", "--no-stream", "--format", "{{json .}}"}));
    for (const auto& line : lines) {
      BUSFLOW_TRY(const auto task, json::parse(line));
      const std::string name = swarm::text_at(task, "Name");
      if (!name.starts_with(prefix_)) continue;
      auto& usage = usages_[name.substr(prefix_.size(), name.find('.') - prefix_.size())];
      const double cpus = std::strtod(swarm::text_at(task, "CPUPerc").c_str(), nullptr) / 100;
      usage.peak_bytes = std::max(usage.peak_bytes, bytes_of(swarm::text_at(task, "MemUsage")));
      usage.peak_cpus = std::max(usage.peak_cpus, cpus);
      usage.sum_cpus += cpus;
      ++usage.samples;
    }
    return {};
  }

  void show() {
    const std::string day = to_rfc3339(call_.context().clock.now()).substr(0, 10);
    std::vector<std::vector<std::string>> rows;
    json::Array list;
    for (const auto& [service, usage] : usages_) {
      const std::string line =
          fmt::format("peak {}, {:.2f} CPU, {} looks, {}", command_line::show_bytes(usage.peak_bytes), usage.peak_cpus,
                      usage.samples, day);
      rows.push_back(
          {service, fmt::format("{}M", usage.limit_mebibytes()), fmt::format("{:.2f}", usage.reservation()), line});
      list.push_back(json::Object{{"service", service},
                                  {"memory_limit", fmt::format("{}M", usage.limit_mebibytes())},
                                  {"cpu_reservation", usage.reservation()},
                                  {"peak_bytes", usage.peak_bytes},
                                  {"peak_cpus", usage.peak_cpus},
                                  {"x-profile", line}});
    }
    call_.console().table({"SERVICE", "MEMORY LIMIT", "CPUS", "X-PROFILE"}, rows);
    call_.console().result({{"services", std::move(list)}});
  }

  Invocation& call_;
  swarm::Engine engine_;
  std::string prefix_;
  std::map<std::string, Usage> usages_;
  int looks_ = 0;
};

}  // namespace

command_line::Verb stack_profile_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "profile",
      .summary = "measure what each service takes, for its limits",
      .description =
          "Looks at the tasks on one node again and again, while it is under load. Proposes a memory limit of twice "
          "the peak, a CPU reservation of the "
          "average, and the line to write as x-profile beside them.",
      .arguments = {},
      .options = kOptions,
      .examples = kExamples,
      .exit_codes = {}};
  return {&info, [](Invocation& call) { return Profile(call).run(); }};
}

}  // namespace busflow::ctl
