// Counts as people write them.
#pragma once
#include <string>

#include "core/text.hpp"

namespace scaffold {

/// "1 epoch", "3 epochs"; `plural` where it is not the word with an s.
template <class Count>
std::string counted(Count n, const std::string& word, const std::string& plural = "") {
  return cat(n, " ", n == 1 ? word : plural.empty() ? word + "s" : plural);
}

}  // namespace scaffold
