#pragma once

#include <map>
#include <memory>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

namespace prometheus {
class Registry;
}

namespace busflow::telemetry {

using Labels = std::map<std::string, std::string>;

/// The process's metrics in Prometheus' form. Thread-safe. Resolve a metric once and keep the reference: looking it up
/// takes a lock, counting does not. Names end in their unit (_seconds, _bytes) or _total, as Prometheus advises.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  prometheus::Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// Of durations in seconds, from half a millisecond to ten seconds.
  prometheus::Histogram& duration(const std::string& name, const std::string& help, const Labels& labels = {});

  /// Text exposition format, version 0.0.4.
  std::string render() const;

 private:
  std::unique_ptr<prometheus::Registry> registry_;
};

}  // namespace busflow::telemetry
