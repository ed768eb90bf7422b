// Escape sequences among keys, as terminals send them: xterm's ctlseqs, ECMA-48, console_codes(4).
#include <rapidcheck.h>

#include <string>

#include "catch.hpp"
#include "headless/watch/keys.hpp"

using namespace scaffold::watch;

namespace {

/// What of a terminal's bytes is left as keys.
std::u32string keys_of(EscapeSequences& sequences, const std::u32string& sent) {
  std::u32string keys;
  for (const char32_t code : sent)
    if (!sequences.takes(code)) keys += code;
  return keys;
}

std::u32string keys_of(const std::u32string& sent) {
  EscapeSequences sequences;
  return keys_of(sequences, sent);
}

}  // namespace

TEST_CASE("Nothing of an escape sequence is a key") {
  for (const std::u32string sent : {
           U"\033q", U"\033\u00e9", U"\033[I", U"\033[O", U"\033Oq", U"\033[1;3D",
           U"\033\033[D",                                                 // Alt, focus, keypad
           U"\033[<0;17;4M", U"\033[<0;17;4m", U"\033[Mq!q", U"\033[[E",  // mouse; F5 of the console
           U"\033[200~quit\nq\033[201~", U"\033[?62;22c", U"\033[8;24;80t",
           U"\033(q",  // a paste, answers, a charset
           U"\033]11;rgb:0/0/0\033\\", U"\033]11;q\a", U"\033Pq\033\\", U"\033_q\033\\"  // answers in words
       }) {
    CHECK(keys_of(sent).empty());
    EscapeSequences sequences;
    CHECK(keys_of(sequences, sent + U"e" + sent + U"v") == U"ev");
    CHECK_FALSE(sequences.open());
  }
}

TEST_CASE("Keys are keys") { CHECK(keys_of(U"q?vVeElp[O~\u00e9") == U"q?vVeElp[O~\u00e9"); }

TEST_CASE("An Esc alone takes no key with it once it is over") {
  EscapeSequences sequences;
  CHECK(sequences.takes(27));
  CHECK(sequences.open());
  sequences.forget();
  CHECK_FALSE(sequences.takes('q'));
  CHECK(keys_of(U"\033[1\030q") == U"q");  // CAN ends a sequence
}

TEST_CASE("Whatever comes, a sequence that is forgotten leaves keys working") {
  CHECK(rc::check([] {
    EscapeSequences sequences;
    for (const auto code : *rc::gen::container<std::u32string>(rc::gen::element<char32_t>(
             27, '[', 'O', ']', 'P', 'M', '~', '0', '2', ';', '<', 'q', 7, '\\', 0x18, 0x1f600)))
      sequences.takes(code);
    sequences.forget();
    keys_of(sequences, U"\033[201~");  // whatever was pasted has an end
    RC_ASSERT(!sequences.takes('q'));
  }));
}
