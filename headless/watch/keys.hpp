// What a terminal sends that is no plain key: keys with Alt, and reports that another program asked for and
// left on, such as of the focus, the mouse or a paste. `scaffold watch` has no use for any of them.
//
// Sequences are those of ECMA-48 (5.4, 5.6) and of xterm's ctlseqs.
#pragma once
#include <string>

namespace scaffold::watch {

class EscapeSequences {
 public:
  /// Whether `code`, the next character, belongs to a sequence: then it is no key.
  bool takes(char32_t code);
  /// A sequence has begun and not ended.
  bool open() const { return state_ != State::none; }
  /// What has begun is over: what comes next is typed. An Esc alone, or the rest of a sequence was lost.
  void forget() { state_ = State::none; }

 private:
  enum class State { none, escape, charset, control, console_key, single_shift, text, text_escape, mouse };
  void after_escape(char32_t code);
  void in_control(char32_t code);

  State state_ = State::none;
  std::string parameters_;
  bool pasting_ = false;
  int mouse_left_ = 0;  ///< bytes of an old mouse report
};

}  // namespace scaffold::watch
