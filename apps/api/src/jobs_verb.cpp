#include "jobs_verb.hpp"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include <platform/base/clock.hpp>
#include <platform/jobs_console/console.hpp>
#include <platform/runtime/signals.hpp>

#include "options.hpp"

namespace busflow::api {
namespace {

using jobs_console::Console;

constexpr auto kExamples =
    "Examples:\n"
    "  busflow jobs list                                     how many jobs each queue has\n"
    "  busflow jobs list commerce.create_offering --state failed   its dead letters\n"
    "  busflow jobs show commerce.create_offering ID         why one failed\n"
    "  busflow jobs retry commerce.create_offering           all failed ones run again\n"
    "  busflow jobs clean commerce.create_offering --state completed --older-than 86400\n"
    "  busflow jobs watch                                    a live view\n";

struct Options {
  std::string queue;
  std::string id;
  std::string state;
  std::size_t count = 20;
  std::int64_t age_seconds = 0;
  std::size_t most = 0;
  std::int64_t interval_ms = 1000;
  bool delayed_as_well = false;
  bool as_json = false;
};

Result<void> watch(Console& console, const Options& options) {
  runtime::Signals signals;
  std::stop_source stop;
  Result<void> watched;
  std::jthread thread([&] {
    watched =
        console.watch(std::chrono::milliseconds(options.interval_ms), isatty(STDOUT_FILENO) == 1, stop.get_token());
    if (!stop.stop_requested()) kill(getpid(), SIGTERM);  // Redis is gone: wakes wait() below.
  });
  signals.wait();
  stop.request_stop();
  thread.join();
  return watched;
}

}  // namespace

void add_jobs_verb(CLI::App& app, const std::function<Result<config::Settings>()>& load,
                   const std::function<void(std::function<Result<void>()>)>& choose) {
  auto options = std::make_shared<Options>();
  auto* jobs = app.add_subcommand("jobs", "look into job queues and mend them");
  jobs->fallthrough();
  jobs->require_subcommand(1);
  jobs->footer(kExamples);
  jobs->add_flag("--json", options->as_json, "one JSON document instead of text");

  using Action = std::function<Result<void>(Console&, const Options&)>;
  const auto add = [&](const char* name, const char* help, Action action) {
    auto* verb = jobs->add_subcommand(name, help);
    verb->fallthrough();
    verb->callback([options, load, choose, action = std::move(action)] {
      choose([options, load, action]() -> Result<void> {
        BUSFLOW_TRY(const auto settings, load());
        const SystemClock clock;
        Console console(redis_options(settings), settings.text("jobs.prefix"), clock, std::cout, options->as_json);
        return action(console, *options);
      });
    });
    return verb;
  };
  const auto add_queue = [&](CLI::App* verb) {
    verb->add_option("QUEUE", options->queue, "the queue's name")->required();
  };

  auto* list = add("list", "queues; or, of one queue, jobs of a state", [](Console& console, const Options& chosen) {
    if (chosen.queue.empty()) return console.list();
    return console.list_jobs(chosen.queue, chosen.state.empty() ? "failed" : chosen.state, chosen.count);
  });
  list->add_option("QUEUE", options->queue, "the queue's name");
  list->add_option("--state", options->state, "waiting, active, delayed, prioritized, completed, failed (default) …");
  list->add_option("--count", options->count, "at most so many (20)");

  auto* show = add("show", "one job: data, options, log, failures",
                   [](Console& console, const Options& chosen) { return console.show(chosen.queue, chosen.id); });
  add_queue(show);
  show->add_option("ID", options->id, "the job's id")->required();

  auto* retry = add("retry", "run a failed or completed job again; without ID all failed ones",
                    [](Console& console, const Options& chosen) { return console.retry(chosen.queue, chosen.id); });
  add_queue(retry);
  retry->add_option("ID", options->id, "the job's id");

  auto* promote = add("promote", "run a delayed job now; without ID all",
                      [](Console& console, const Options& chosen) { return console.promote(chosen.queue, chosen.id); });
  add_queue(promote);
  promote->add_option("ID", options->id, "the job's id");

  auto* remove = add("remove", "remove a job that nobody works on",
                     [](Console& console, const Options& chosen) { return console.remove(chosen.queue, chosen.id); });
  add_queue(remove);
  remove->add_option("ID", options->id, "the job's id")->required();

  add_queue(add("pause", "let no worker take jobs of the queue",
                [](Console& console, const Options& chosen) { return console.pause(chosen.queue); }));
  add_queue(add("resume", "let workers take jobs again",
                [](Console& console, const Options& chosen) { return console.resume(chosen.queue); }));

  auto* drain = add("drain", "remove all jobs that wait", [](Console& console, const Options& chosen) {
    return console.drain(chosen.queue, chosen.delayed_as_well);
  });
  add_queue(drain);
  drain->add_flag("--delayed", options->delayed_as_well, "delayed ones as well");

  auto* clean = add("clean", "remove old jobs of a state", [](Console& console, const Options& chosen) {
    return console.clean(chosen.queue, chosen.state, std::chrono::seconds(chosen.age_seconds), chosen.most);
  });
  add_queue(clean);
  clean->add_option("--state", options->state, "completed, failed, delayed, waiting …")->required();
  clean->add_option("--older-than", options->age_seconds, "seconds")->required();
  clean->add_option("--most", options->most, "at most so many; 0 for all");

  auto* live = add("watch", "the queues, again and again, until Ctrl-C", watch);
  live->add_option("--interval", options->interval_ms, "milliseconds between looks (1000)");
}

}  // namespace busflow::api
