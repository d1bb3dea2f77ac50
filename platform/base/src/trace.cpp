#include <platform/base/trace.hpp>

#include <algorithm>
#include <random>

#include <fmt/format.h>

namespace busflow {
namespace {

bool is_lower_hexadecimal(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

std::string random_digits(int words) {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr int kDigitsPerWord = 16;
  std::string text;
  text.reserve(static_cast<std::size_t>(words) * kDigitsPerWord);
  for (int i = 0; i < words; ++i) {
    auto word = generator() | 1U;  // Never all zero.
    for (int digit = 0; digit < kDigitsPerWord; ++digit, word >>= 4U) text += kDigits[word & 0xFU];
  }
  return text;
}

}  // namespace

TraceContext TraceContext::start() { return {random_digits(2), random_digits(1), true}; }

std::optional<TraceContext> TraceContext::parse(std::string_view header) {
  // 00-<32>-<16>-<2>
  if (header.size() != 55 || !header.starts_with("00-") || header[35] != '-' || header[52] != '-') return std::nullopt;
  const auto trace_id = header.substr(3, 32);
  const auto span_id = header.substr(36, 16);
  const auto flags = header.substr(53, 2);
  if (!is_lower_hexadecimal(trace_id) || !is_lower_hexadecimal(span_id) || !is_lower_hexadecimal(flags))
    return std::nullopt;
  if (is_zero(trace_id) || is_zero(span_id)) return std::nullopt;
  const bool sampled = std::string_view("13579bdf").contains(flags[1]);
  return TraceContext{std::string(trace_id), std::string(span_id), sampled};
}

TraceContext TraceContext::child() const { return {trace_id, random_digits(1), sampled}; }

std::string TraceContext::to_traceparent() const {
  return fmt::format("00-{}-{}-0{}", trace_id, span_id, sampled ? 1 : 0);
}

}  // namespace busflow
