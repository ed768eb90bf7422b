#include "headless/watch/keys.hpp"

namespace scaffold::watch {
namespace {
constexpr char32_t bell = 0x07, cancel = 0x18, substitute = 0x1a, escape = 0x1b;
constexpr std::size_t max_parameters = 64;
}  // namespace

bool EscapeSequences::takes(char32_t code) {
  if (code == cancel || code == substitute) {  // they end whatever has begun
    const bool ours = open();
    forget();
    return ours;
  }
  switch (state_) {
    case State::none:
      if (code != escape) return pasting_;
      state_ = State::escape;
      break;
    case State::escape:
      after_escape(code);
      break;
    case State::charset:
      if (code < 0x20 || code > 0x2f) state_ = State::none;
      break;
    case State::control:
      in_control(code);
      break;
    case State::console_key:
    case State::single_shift:
      state_ = State::none;
      break;
    case State::text:
      if (code == bell) state_ = State::none;
      if (code == escape) state_ = State::text_escape;
      break;
    case State::text_escape:
      state_ = code == '\\' ? State::none : State::text;
      break;
    case State::mouse:
      if (--mouse_left_ == 0) state_ = State::none;
      break;
  }
  return true;
}

void EscapeSequences::after_escape(char32_t code) {
  parameters_.clear();
  switch (code) {
    case escape:  // Alt and a key that sends a sequence
      return;
    case '[':
      state_ = State::control;
      return;
    case 'O':
      state_ = State::single_shift;
      return;
    case 'P':
    case 'X':
    case ']':
    case '^':
    case '_':
      state_ = State::text;
      return;
    default:
      state_ = code >= 0x20 && code <= 0x2f ? State::charset : State::none;  // else Alt and a key
  }
}

void EscapeSequences::in_control(char32_t code) {
  if (code == escape) {
    state_ = State::escape;
    return;
  }
  if (code >= 0x20 && code <= 0x3f) {  // parameters and what may follow them
    if (parameters_.size() < max_parameters) parameters_ += static_cast<char>(code);
    return;
  }
  state_ = State::none;
  if (!parameters_.empty()) {
    if (code == '~' && parameters_ == "200") pasting_ = true;
    if (code == '~' && parameters_ == "201") pasting_ = false;
  } else if (code == 'M') {  // the mouse as X10 reported it: button, column and row, a byte each
    state_ = State::mouse;
    mouse_left_ = 3;
  } else if (code == '[') {  // function keys of Linux' console
    state_ = State::console_key;
  }
}

}  // namespace scaffold::watch
