#include "core/system.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include "core/parallel.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// Value in bytes of a "Name:  123 kB" line; 0 when there is none.
std::uint64_t kib_line(const char* file, std::string_view name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.size() > name.size() && line.compare(0, name.size(), name) == 0 && line[name.size()] == ':') {
      std::istringstream rest(line.substr(name.size() + 1));
      std::uint64_t kib = 0;
      rest >> kib;
      return kib * 1024;
    }
  }
  return 0;
}

std::string text_line(const char* file, std::string_view name, char separator) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.compare(0, name.size(), name) == 0)
      if (const auto at = line.find(separator); at != line.npos)
        return std::string(trim(std::string_view(line).substr(at + 1)));
  return {};
}

std::uint64_t number_in(const char* file, std::uint64_t otherwise) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : otherwise;
}

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

}  // namespace

MachineDescription describe_machine() {
  MachineDescription machine;
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  machine.host = host;
  machine.cpu = text_line("/proc/cpuinfo", "model name", ':');
  machine.os = text_line("/etc/os-release", "PRETTY_NAME", '=');
  std::erase(machine.os, '"');
  utsname name{};
  if (uname(&name) == 0) machine.kernel = cat(name.sysname, " ", name.release, " ", name.machine);
  machine.cores = available_threads();
  machine.memory_bytes =
      std::min(kib_line("/proc/meminfo", "MemTotal"), number_in("/sys/fs/cgroup/memory.max", no_limit));
  return machine;
}

std::uint64_t available_memory() {
  const std::uint64_t free = kib_line("/proc/meminfo", "MemAvailable");
  const std::uint64_t limit = number_in("/sys/fs/cgroup/memory.max", no_limit);
  const std::uint64_t used = number_in("/sys/fs/cgroup/memory.current", 0);
  return limit == no_limit ? free : std::min(free, limit > used ? limit - used : 0);
}

std::uint64_t peak_memory() { return kib_line("/proc/self/status", "VmHWM"); }
std::uint64_t resident_memory() { return kib_line("/proc/self/status", "VmRSS"); }

}  // namespace scaffold
