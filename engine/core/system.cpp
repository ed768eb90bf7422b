#include "core/system.hpp"

#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

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

std::uint64_t number_in(const std::string& file, std::uint64_t otherwise) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : otherwise;
}

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

/// This process's own cgroup (version 2) and those above it, "/sys/fs/cgroup" last.
std::vector<std::string> cgroup_folders() {
  const std::string root = "/sys/fs/cgroup";
  std::vector<std::string> folders;
  for (std::string path = text_line("/proc/self/cgroup", "0::", ':'); !path.empty();) {
    if (path.front() == ':') path.erase(0, 1);
    if (path.size() > 1) folders.push_back(root + path);
    const auto slash = path.rfind('/');
    path.resize(slash == path.npos ? 0 : slash);
  }
  folders.push_back(root);
  return folders;
}

/// What a cgroup may still allocate: its limit less what it holds, page cache (which gives way) not counted.
std::uint64_t cgroup_free(const std::string& folder) {
  const std::uint64_t limit = number_in(folder + "/memory.max", no_limit);
  if (limit == no_limit) return no_limit;
  std::uint64_t held = number_in(folder + "/memory.current", 0);
  std::ifstream in(folder + "/memory.stat");
  std::string name;
  for (std::uint64_t bytes = 0; in >> name >> bytes;)
    if (name == "inactive_file" || name == "active_file") held -= std::min(held, bytes);
  return limit > held ? limit - held : 0;
}

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
  machine.memory_bytes = kib_line("/proc/meminfo", "MemTotal");
  for (const auto& folder : cgroup_folders())
    machine.memory_bytes = std::min(machine.memory_bytes, number_in(folder + "/memory.max", no_limit));
  return machine;
}

std::uint64_t available_memory() {
  std::uint64_t free = kib_line("/proc/meminfo", "MemAvailable");
  for (const auto& folder : cgroup_folders()) free = std::min(free, cgroup_free(folder));
  return free;
}

std::uint64_t peak_memory() { return kib_line("/proc/self/status", "VmHWM"); }
void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << 5 << std::flush; }
std::uint64_t resident_memory() { return kib_line("/proc/self/status", "VmRSS"); }

bool process_is_gone(std::int64_t pid) { return ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH; }

}  // namespace scaffold
