#include "core/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/text.hpp"

namespace scaffold {
namespace {
std::atomic<bool> line_shown{false};

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/// A line can be drawn over: not in a file, and not where no escape sequence is understood.
bool redraws() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) && term && std::string_view(term) != "dumb";
}
}  // namespace

void ProgressLine::clear() {
  if (line_shown.exchange(false)) std::fputs("\r\033[K", stderr);
}
void ProgressLine::show(const std::string& line) {
  std::fprintf(stderr, "\r\033[K%s", line.substr(0, terminal_width() - 1).c_str());
  std::fflush(stderr);
  line_shown = true;
}

Progress::Progress(std::string label, std::uint64_t total, std::string unit)
    : label_(std::move(label)), unit_(std::move(unit)), total_(total), terminal_(redraws()) {}

Progress::~Progress() {
  if (terminal_) ProgressLine::clear();
}

void Progress::advance(std::uint64_t items, const std::string& note) {
  const std::lock_guard lock(mutex_);
  done_ += items;
  if (!note.empty()) note_ = note;
  const double now = clock_.seconds();
  if (now - last_ < (terminal_ ? 0.2 : 30.0)) return;
  last_ = now;
  draw(false);
}

void Progress::draw(bool) {
  const double elapsed = clock_.seconds();
  const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - std::min(done_, total_)) / rate : 1e18;
  std::string text = cat(label_, "  ", done_, "/", total_, " ", unit_, "  ", fixed(rate, rate < 10 ? 2 : 0),
                         " ", unit_, "/s  ", human_seconds(left), " left");
  if (!note_.empty()) text += "  " + note_;
  if (!terminal_) {
    std::fprintf(stderr, "%s\n", text.c_str());
    return;
  }
  const std::size_t cells = 20;
  const std::size_t full = total_ ? std::min<std::size_t>(cells, done_ * cells / total_) : cells;
  ProgressLine::show("[" + std::string(full, '=') + std::string(cells - full, ' ') + "] " + text);
}

}  // namespace scaffold
