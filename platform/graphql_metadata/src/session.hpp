#pragma once

#include <string>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {

/// Carries out one request, bulks included, on a draft.
class Session {
 public:
  Session(Draft& draft, Store& store, SourcePools& pools, const ServiceOptions& options, Surface surface)
      : draft_(draft), store_(store), pools_(pools), options_(options), surface_(surface) {}

  Outcome<json::Value> run(const json::Value& request) { return run_at(request, ""); }

 private:
  /// `step` leads to the request inside a bulk: ".args[2]".
  Outcome<json::Value> run_at(const json::Value& request, const std::string& step);
  Outcome<json::Value> run_bulk(const json::Value& requests, const std::string& step, bool keeps_going);
  Outcome<json::Value> run_one(const Operation& operation, const json::Object& request, const json::Object& args);
  Outcome<void> settle(Call& call);

  Draft& draft_;
  Store& store_;
  SourcePools& pools_;
  const ServiceOptions& options_;
  const Surface surface_;
};

}  // namespace busflow::graphql_metadata
