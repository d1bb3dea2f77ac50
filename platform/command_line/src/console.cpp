#include <platform/command_line/console.hpp>

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include <platform/command_line/duration.hpp>

namespace busflow::command_line {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(200);
constexpr auto kPlainInterval = std::chrono::seconds(15);

/// Letters as a terminal counts them: UTF-8's continuation bytes take no room.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char letter) { return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U; }));
}

}  // namespace

void Console::say(std::string_view text) {
  clear_line();
  if (!options_.json) output_ << text << '\n' << std::flush;
}

void Console::table(const std::vector<std::string>& headings, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& heading : headings) widths.push_back(width(heading));
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], width(row[column]));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      text += cells[column];
      if (column + 1 < cells.size()) text += std::string(widths[column] - width(cells[column]) + 2, ' ');
    }
    return text;
  };
  say(line(headings));
  for (const auto& row : rows) say(line(row));
}

void Console::note(std::string_view text) {
  clear_line();
  if (!options_.quiet) notes_ << text << '\n' << std::flush;
}

void Console::warn(std::string_view text) {
  clear_line();
  notes_ << "warning: " << text << '\n' << std::flush;
}

void Console::begin_step(std::size_t number, std::size_t count, std::string_view text) {
  step_ = fmt::format("[{}/{}] {}", number, count, text.substr(0, text.find('\n')));
  step_begun_ = last_progress_ = clock_.steady_now();
  if (options_.quiet) return;
  clear_line();
  notes_ << step_ << (options_.terminal ? " …" : " …\n") << std::flush;
  line_open_ = options_.terminal;
}

void Console::progress(std::uint64_t done_bytes, std::uint64_t total_bytes) {
  const auto now = clock_.steady_now();
  if (options_.quiet || now - last_progress_ < (options_.terminal ? kRedraw : kPlainInterval)) return;
  const double seconds = std::chrono::duration<double>(now - step_begun_).count();
  const auto rate = seconds > 0 ? static_cast<double>(done_bytes) / seconds : 0;
  std::string text = show_bytes(done_bytes);
  if (total_bytes > 0) {
    const auto percent = 100 * static_cast<double>(done_bytes) / static_cast<double>(total_bytes);
    text += fmt::format(" of {} ({:.0f} %)", show_bytes(total_bytes), percent);
  }
  text += fmt::format(", {}/s", show_bytes(static_cast<std::uint64_t>(rate)));
  if (total_bytes > done_bytes && rate > 0)
    text += fmt::format(", {} left", show_duration(std::chrono::milliseconds(static_cast<std::int64_t>(
                                         1000 * static_cast<double>(total_bytes - done_bytes) / rate))));
  progress(text);
}

void Console::progress(std::string_view text) {
  const auto now = clock_.steady_now();
  if (options_.quiet || now - last_progress_ < (options_.terminal ? kRedraw : kPlainInterval)) return;
  last_progress_ = now;
  if (options_.terminal) {
    notes_ << "\r\033[K" << step_ << ": " << text << std::flush;
    line_open_ = true;
  } else {
    notes_ << "  " << text << '\n' << std::flush;
  }
}

void Console::end_step(bool success) {
  if (options_.quiet) return;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - step_begun_);
  clear_line();
  if (options_.terminal)
    notes_ << step_ << (success ? ": done, " : ": failed after ") << show_duration(took) << '\n' << std::flush;
  else
    notes_ << "  " << (success ? "done in " : "failed after ") << show_duration(took) << '\n' << std::flush;
}

void Console::clear_line() {
  if (!line_open_) return;
  notes_ << "\r\033[K" << std::flush;
  line_open_ = false;
}

}  // namespace busflow::command_line
