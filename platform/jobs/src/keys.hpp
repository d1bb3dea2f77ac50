#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

namespace busflow::jobs {

/// The names of one queue's keys in Redis: "bull:mail:wait".
class Keys {
 public:
  Keys(std::string_view prefix, std::string_view queue);

  /// "bull:mail:", what scripts put before ids.
  const std::string& base() const { return base_; }
  std::string operator()(std::string_view suffix) const { return base_ + std::string(suffix); }
  std::vector<std::string> list(std::initializer_list<std::string_view> suffixes) const;

 private:
  std::string base_;
};

/// A ':' would make keys ambiguous. kBadRequest.
Result<void> check_queue_name(std::string_view queue);
/// A plain number could meet a numbered job. kBadRequest.
Result<void> check_job_id(std::string_view id);

}  // namespace busflow::jobs
