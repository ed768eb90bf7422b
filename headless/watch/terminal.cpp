#include "headless/watch/terminal.hpp"

#define NCURSES_NOMACROS 1
#include <ncurses.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <langinfo.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "headless/watch/keys.hpp"

namespace scaffold::watch {
namespace {

/// The nearest of the eight colors that old terminals have.
Color of_eight(Color color) {
  switch (color) {
    case 40:
    case 36:
      return COLOR_GREEN;
    case 203:
    case 166:
      return COLOR_RED;
    case 220:
    case 208:
    case 227:
      return COLOR_YELLOW;
    case 39:
    case 25:
      return COLOR_BLUE;
    case 74:
      return COLOR_CYAN;
    case 175:
      return COLOR_MAGENTA;
    case 235:
      return COLOR_BLACK;
    default:
      return plain;
  }
}

std::optional<Key> key_of(wint_t code, bool special) {
  if (special) switch (code) {
      case KEY_LEFT:
        return Key::left;
      case KEY_RIGHT:
        return Key::right;
      case KEY_UP:
        return Key::up;
      case KEY_DOWN:
        return Key::down;
      case KEY_NPAGE:
        return Key::next_epoch;
      case KEY_PPAGE:
        return Key::last_epoch;
      default:
        return Key::other;
    }
  switch (code) {
    case 'q':
    case 'Q':
    case 3:
      return Key::quit;
    case '?':
    case 'h':
      return Key::help;
    case 'v':
      return Key::next_volume;
    case 'V':
      return Key::last_volume;
    case 'e':
      return Key::next_epoch;
    case 'E':
      return Key::last_epoch;
    case 'l':
      return Key::latest;
    case 'p':
      return Key::part;
    default:
      return Key::other;
  }
}

/// Seconds after which what follows an Esc is a key of its own.
constexpr double sequence_seconds = 0.2;

/// Sets the locale of characters; whether it is UTF-8.
bool use_locale() {
  const char* set = std::setlocale(LC_CTYPE, "");
  // A locale that is asked for and not installed says nothing of the terminal but that.
  if (!set && asks_for_utf8(std::getenv("LC_ALL"), std::getenv("LC_CTYPE"), std::getenv("LANG")))
    set = std::setlocale(LC_CTYPE, "C.UTF-8");
  return set && std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
}

/// Where signals knock; -1 while there is no terminal. A handler has no other way to it.
std::atomic<int> knocked{-1};

void knock() {
  const std::uint64_t one = 1;
  if (const int fd = knocked; fd >= 0) {
    [[maybe_unused]] const auto ignored = ::write(fd, &one, sizeof one);
  }
}

extern "C" void on_new_size(int) {
  const int before = errno;
  knock();
  errno = before;
}

}  // namespace

struct Terminal::Impl {
  SCREEN* screen = nullptr;
  FileDescriptor wake;
  int colors = 0;
  Glyphs glyphs = Glyphs::unicode;
  EscapeSequences sequences;
  Stopwatch since_character;

  attr_t attributes(const Style& style, short& pair) const {
    attr_t all = 0;
    if (style.bold) all |= A_BOLD;
    if (style.reverse) all |= A_REVERSE;
    pair = 0;
    if (colors >= 8 && (style.front != plain || style.back != plain)) {
      const auto of = [&](Color color) { return colors >= 256 ? color : of_eight(color); };
      pair = static_cast<short>(std::max(alloc_pair(of(style.front), of(style.back)), 0));
    }
    return all;
  }

  /// What has been typed; characters of escape sequences are left out.
  std::optional<Key> pressed() {
    for (wint_t code = 0;;) {
      const int got = ::wget_wch(stdscr, &code);
      if (got == ERR) return std::nullopt;
      if (since_character.seconds() > sequence_seconds) sequences.forget();
      since_character.restart();
      if (got != KEY_CODE_YES) {
        if (!sequences.takes(code)) return key_of(code, false);
      } else if (sequences.open()) {  // Alt and a key that ncurses knows
        sequences.forget();
      } else if (code == KEY_MOUSE) {  // ncurses knows how a report begins: the rest is still to come
        if (const char* begin = ::tigetstr("kmous"); begin && begin != reinterpret_cast<const char*>(-1))
          for (; *begin; ++begin) sequences.takes(static_cast<unsigned char>(*begin));
      } else {
        return key_of(code, true);
      }
    }
  }
};

void need_terminal() {
  if (::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO)) return;
  throw ConfigError("there is no terminal here: --once prints one line, --json the events");
}

Terminal::Terminal() : impl_(std::make_unique<Impl>()) {
  need_terminal();
  const bool utf8 = use_locale();
  impl_->wake = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!impl_->wake) throw_errno("create", "an eventfd");
  ::setenv("ESCDELAY", "50", 0);
  const char* term = std::getenv("TERM");
  impl_->glyphs = glyphs_of(term ? term : "", utf8);
  const auto unfit = [&](const char* why) {
    return ConfigError(
        cat("the terminal '", term ? term : "", "' ", why, ": set TERM, or use --once or --json"));
  };
  impl_->screen = ::newterm(nullptr, stdout, stdin);
  if (!impl_->screen) throw unfit("is not known here");
  if (const char* place = ::tigetstr("cup"); !place || place == reinterpret_cast<const char*>(-1)) {
    ::endwin();
    ::delscreen(impl_->screen);
    throw unfit("cannot place its cursor");
  }
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::curs_set(0);
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
  if (::has_colors() && !(no_color && *no_color)) {
    ::start_color();
    ::use_default_colors();
    impl_->colors = COLORS;
  }
  knocked = impl_->wake.get();
  signals::tell(knock);
  struct sigaction action {};
  action.sa_handler = on_new_size;  // for ncurses' own, which only a thread inside of it would notice
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGWINCH, &action, nullptr);
}

Terminal::~Terminal() {
  knocked = -1;
  ::endwin();
  ::delscreen(impl_->screen);
}

int Terminal::columns() const { return COLS; }
int Terminal::rows() const { return LINES; }
bool Terminal::colors() const { return impl_->colors >= 8; }
Glyphs Terminal::glyphs() const { return impl_->glyphs; }

void Terminal::show(const Screen& screen) {
  ::werase(stdscr);
  for (int y = 0; y < std::min(screen.rows(), LINES); ++y)
    for (int x = 0; x < std::min(screen.columns(), COLS); ++x) {
      const Cell& cell = screen.at(x, y);
      if (cell == Cell{}) continue;
      short pair = 0;
      const attr_t attributes = impl_->attributes(cell.style, pair);
      const std::array<wchar_t, 2> glyph{static_cast<wchar_t>(shown(impl_->glyphs, cell.glyph)), 0};
      cchar_t wide;
      ::setcchar(&wide, glyph.data(), attributes, pair, nullptr);
      ::mvwadd_wch(stdscr, y, x, &wide);
    }
  ::wrefresh(stdscr);
}

std::optional<Key> Terminal::wait(int milliseconds) {
  if (const auto key = impl_->pressed()) return key;
  std::array<pollfd, 2> items{{{STDIN_FILENO, POLLIN, 0}, {impl_->wake.get(), POLLIN, 0}}};
  const int ready = ::poll(items.data(), items.size(), milliseconds);
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
      (size.ws_row != LINES || size.ws_col != COLS)) {
    ::resizeterm(size.ws_row, size.ws_col);
    ::clearok(curscr, TRUE);
  }
  if (ready <= 0) return std::nullopt;
  if (items[1].revents) {
    std::uint64_t times = 0;
    [[maybe_unused]] const auto ignored = ::read(impl_->wake.get(), &times, sizeof times);
  }
  if (items[0].revents & (POLLHUP | POLLERR | POLLNVAL)) return Key::quit;  // the terminal is gone
  return impl_->pressed();
}

void Terminal::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(impl_->wake.get(), &one, sizeof one);
}

}  // namespace scaffold::watch
