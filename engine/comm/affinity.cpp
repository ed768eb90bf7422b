#include "comm/affinity.hpp"

#include <sched.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/parallel.hpp"

namespace scaffold {
namespace {

std::vector<int> own_cores() {
  cpu_set_t set;
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

void pin(const std::vector<int>& cores, std::size_t first, std::size_t count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (std::size_t i = first; i < first + count; ++i) CPU_SET(cores[i], &set);
  sched_setaffinity(0, sizeof set, &set);  // where it is forbidden, unpinned is as good as it gets
}

}  // namespace

int claim_cores(Communicator& ranks) {
  if (ranks.size() == 1) return available_threads();
  const auto machine = ranks.split_by_machine();
  const std::vector<int> cores = own_cores();
  std::string place;
  for (const int core : cores) place += std::to_string(core) + ",";
  // Ranks of one machine with the same cores share them; a launcher that pins gives each its own.
  const auto places = all_gather(*machine, place);
  const auto rank = static_cast<std::size_t>(machine->rank());
  const auto sharers =
      std::max<std::size_t>(static_cast<std::size_t>(std::count(places.begin(), places.end(), place)), 1);
  const auto before = static_cast<std::size_t>(
      std::count(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(rank), place));
  if (sharers == 1) return available_threads();
  const auto usable = static_cast<std::size_t>(available_threads());  // a cgroup's quota counts too
  const std::size_t share = std::max<std::size_t>(usable / sharers, 1);
  if (share * sharers <= cores.size()) pin(cores, before * share, share);
  return static_cast<int>(share);
}

}  // namespace scaffold
