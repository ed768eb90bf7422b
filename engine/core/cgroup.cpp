// The files: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst,
// scheduler/sched-bwc.rst, and proc_pid_mountinfo(5).
#include "core/cgroup.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/text.hpp"

namespace scaffold {
namespace {

namespace fs = std::filesystem;

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
/// Version 1 has no word for "no limit": it is the largest multiple of a page that fits 63 bits.
constexpr std::uint64_t unlimited_v1 = std::uint64_t{1} << 62;

/// A mounted hierarchy of groups.
struct Hierarchy {
  std::string controllers;  ///< of version 1, apart by commas; empty: version 2
  fs::path top, mount;      ///< the group that is seen at the mount point
};

/// Blanks in paths are written as \040 and the like.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '3';
    if (octal)
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    else
      plain += text[i];
    if (octal) i += 3;
  }
  return plain;
}

bool lists(const std::string& controllers, std::string_view name) {
  const auto all = split(controllers, ',');
  return std::find(all.begin(), all.end(), name) != all.end();
}

std::vector<Hierarchy> hierarchies(const fs::path& root) {
  std::vector<Hierarchy> found;
  std::ifstream in(root / "proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string id, parent, device, top, mount, word, type, source, options;
    words >> id >> parent >> device >> top >> mount;
    while (words >> word && word != "-") {
    }
    words >> type >> source >> options;
    if (type == "cgroup2") found.push_back({"", unescaped(top), unescaped(mount)});
    if (type == "cgroup") found.push_back({options, unescaped(top), unescaped(mount)});
  }
  return found;
}

/// This process's group in a hierarchy; empty when it is in none.
std::string group_in(const Hierarchy& hierarchy, const fs::path& root) {
  std::ifstream in(root / "proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {  // number:controllers:/group
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const auto names = split(controllers, ',');
    const bool here = hierarchy.controllers.empty()
                          ? controllers.empty()
                          : !controllers.empty() && lists(hierarchy.controllers, names.front());
    if (here) return line.substr(second + 1);
  }
  return {};
}

/// Folders of this process's group and of those above it that can be seen, the mount point last.
std::vector<fs::path> group_folders(const Hierarchy& hierarchy, const fs::path& root) {
  const fs::path mount = root / hierarchy.mount.relative_path();
  const std::string group = group_in(hierarchy, root);
  // In a container the mount point shows a group far below the hierarchy's own root.
  fs::path inside = fs::path(group).lexically_relative(hierarchy.top);
  if (group.empty()) return {};
  if (inside.empty() || *inside.begin() == "..") inside = fs::path(group).relative_path();
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (; !inside.empty() && inside != "."; inside = inside.parent_path())
    if (fs::is_directory(mount / inside, ignored)) folders.push_back(mount / inside);
  folders.push_back(mount);
  return folders;
}

/// A file's number; `otherwise` where it holds a word or is not there.
std::uint64_t number_in(const fs::path& file, std::uint64_t otherwise) {
  std::ifstream in(file);
  std::string word;
  std::int64_t value = 0;
  return in >> word && parse_int(word, value) && value >= 0 ? static_cast<std::uint64_t>(value) : otherwise;
}

/// The sum of a table's values with these names.
std::uint64_t sum_of(const fs::path& table, std::string_view one, std::string_view other) {
  std::ifstream in(table);
  std::string name;
  std::uint64_t sum = 0;
  for (std::uint64_t value = 0; in >> name >> value;)
    if (name == one || name == other) sum += value;
  return sum;
}

void limit_memory(CgroupLimits& limits, std::uint64_t most, std::uint64_t held, std::uint64_t cache) {
  if (most == no_limit) return;
  held -= std::min(held, cache);
  limits.memory_bytes = std::min(limits.memory_bytes, most);
  limits.memory_free = std::min(limits.memory_free, most > held ? most - held : 0);
}

void limit_cpus(CgroupLimits& limits, double quota, double period) {
  if (quota > 0 && period > 0) limits.cpus = std::min(limits.cpus, quota / period);
}

void apply_v2(CgroupLimits& limits, const fs::path& group) {
  // Above memory.high a group is held up so much that it stands still: as good as a limit.
  const std::uint64_t most =
      std::min(number_in(group / "memory.max", no_limit), number_in(group / "memory.high", no_limit));
  limit_memory(limits, most, number_in(group / "memory.current", 0),
               sum_of(group / "memory.stat", "inactive_file", "active_file"));
  std::ifstream in(group / "cpu.max");
  std::string quota;  // or "max"
  std::int64_t number = 0;
  if (double period = 0; in >> quota >> period && parse_int(quota, number))
    limit_cpus(limits, static_cast<double>(number), period);
}

void apply_v1(CgroupLimits& limits, const fs::path& group, const std::string& controllers) {
  if (lists(controllers, "memory")) {
    // What a table says of the groups above counts where these cannot be seen.
    const std::uint64_t above = sum_of(group / "memory.stat", "hierarchical_memory_limit", "");
    const std::uint64_t most =
        std::min(number_in(group / "memory.limit_in_bytes", no_limit), above > 0 ? above : no_limit);
    if (most < unlimited_v1)
      limit_memory(limits, most, number_in(group / "memory.usage_in_bytes", 0),
                   sum_of(group / "memory.stat", "total_inactive_file", "total_active_file"));
  }
  if (lists(controllers, "cpu"))  // no quota is written as -1
    limit_cpus(limits, static_cast<double>(number_in(group / "cpu.cfs_quota_us", 0)),
               static_cast<double>(number_in(group / "cpu.cfs_period_us", 0)));
}

}  // namespace

CgroupLimits cgroup_limits(const fs::path& root) {
  CgroupLimits limits;
  for (const Hierarchy& hierarchy : hierarchies(root))
    for (const fs::path& group : group_folders(hierarchy, root))
      hierarchy.controllers.empty() ? apply_v2(limits, group)
                                    : apply_v1(limits, group, hierarchy.controllers);
  return limits;
}

}  // namespace scaffold
