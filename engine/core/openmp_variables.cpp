#include "core/openmp_variables.hpp"

#include <cstddef>
#include <iterator>

namespace scaffold {
namespace {

/// OpenMP 5.2, chapter 21; GOMP_CPU_AFFINITY is GNU's. How long threads wait (OMP_WAIT_POLICY) is left alone.
constexpr const char* names[] = {"OMP_PROC_BIND",    "OMP_PLACES", "GOMP_CPU_AFFINITY",    "OMP_DYNAMIC",
                                 "OMP_THREAD_LIMIT", "OMP_NESTED", "OMP_MAX_ACTIVE_LEVELS"};
bool removed[std::size(names)];

SCAFFOLD_BEFORE_LIBRARIES bool skip(const char*& text, const char* word) noexcept {
  const char* at = text;
  for (; *word; ++word, ++at)
    if (*at != *word) return false;
  text = at;
  return true;
}

/// "NAME=…", or "NAME_ALL=…", which is for devices and the host.
SCAFFOLD_BEFORE_LIBRARIES bool sets(const char* entry, const char* name) noexcept {
  if (!skip(entry, name)) return false;
  skip(entry, "_ALL");
  return *entry == '=';
}

}  // namespace

SCAFFOLD_BEFORE_LIBRARIES void remove_openmp_variables(char** environment) noexcept {
  char** into = environment;
  for (char** entry = environment; *entry; ++entry) {
    bool remove = false;
    for (std::size_t i = 0; i < std::size(names); ++i)
      if (sets(*entry, names[i])) remove = removed[i] = true;
    if (!remove) *into++ = *entry;
  }
  *into = nullptr;
}

std::vector<std::string_view> removed_openmp_variables() {
  std::vector<std::string_view> found;
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (removed[i]) found.emplace_back(names[i]);
  return found;
}

}  // namespace scaffold
