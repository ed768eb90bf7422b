#include "core/system.hpp"

#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <filesystem>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "core/cgroup.hpp"
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
  machine.memory_bytes = std::min(machine.memory_bytes, cgroup_limits().memory_bytes);
  return machine;
}

std::uint64_t available_memory() {
  return std::min(kib_line("/proc/meminfo", "MemAvailable"), cgroup_limits().memory_free);
}

std::uint64_t peak_memory() { return kib_line("/proc/self/status", "VmHWM"); }
void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << 5 << std::flush; }
std::uint64_t resident_memory() { return kib_line("/proc/self/status", "VmRSS"); }

bool process_is_gone(std::int64_t pid) { return ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH; }

std::filesystem::path program_path() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto folder = program.parent_path();
  return folder.filename() == "libexec" ? folder.parent_path() / "bin" / "scaffold" : program;
}

}  // namespace scaffold
