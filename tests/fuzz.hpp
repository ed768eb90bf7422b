// How long the fuzz tests run: briefly by default, SCAFFOLD_FUZZ_FACTOR times as long when it is set
// (scripts/test --fuzz FACTOR).
#pragma once
#include <algorithm>
#include <cstdlib>

namespace scaffold {

inline int fuzz_factor() {
  const char* factor = std::getenv("SCAFFOLD_FUZZ_FACTOR");
  return factor ? std::clamp(std::atoi(factor), 1, 100000) : 1;
}
inline int fuzz_rounds(int rounds) { return rounds * fuzz_factor(); }

}  // namespace scaffold
