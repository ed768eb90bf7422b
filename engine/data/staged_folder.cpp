#include "data/staged_folder.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <random>

#include "core/disk_probe.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/checksum.hpp"

namespace scaffold {
namespace {

constexpr std::string_view prefix = "scaffold-staged-", suffix = ".lock";

fs::path lock_of(const fs::path& folder) { return folder.string() + std::string(suffix); }

/// The same in all containers of a machine, another after each boot and on each machine.
std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return id;
}

std::string random_name() {
  std::random_device entropy;
  return hex16((std::uint64_t{entropy()} << 32) | entropy());
}

/// Whose files one kernel alone opens, so that its locks tell of every process that may use them.
bool is_local(const std::string& file_system) {
  constexpr std::array<std::string_view, 10> local = {"btrfs",   "ext2",  "ext3",  "ext4", "f2fs",
                                                      "overlay", "ramfs", "tmpfs", "xfs",  "zfs"};
  return std::ranges::find(local, file_system) != local.end();
}

std::string by_hand(const fs::path& folder, std::string_view why) {
  return cat("'", folder.string(), "' (of ", owner_name(folder), ") looks left behind, but ", why,
             "; delete it when no job uses it");
}

/// One whose lock is there. A sentence when it stays and should not.
std::optional<std::string> remove_leftover(const fs::path& folder, bool local) {
  const fs::path file = lock_of(folder);
  try {
    const auto lock = FileLock::try_acquire(file);
    if (!lock) return std::nullopt;  // in use
    if (const std::string boot = boot_id(); !local && (boot.empty() || read_regular_text(file, 4096) != boot))
      return by_hand(folder, "on a shared file system nothing tells whether another machine uses it");
    std::error_code error;
    fs::remove_all(folder, error);
    if (!error) fs::remove(file, error);  // last: without it nobody would know what the folder is
    if (error)
      return by_hand(fs::exists(folder) ? folder : file, cat("cannot be removed: ", error.message()));
    return std::nullopt;
  } catch (const Error& error) {
    return by_hand(folder, cat("its lock cannot be asked: ", error.what()));
  }
}

}  // namespace

StagedFolder::StagedFolder(const fs::path& stage_dir, const std::string& hash) {
  std::error_code error;
  fs::create_directories(stage_dir, error);
  if (error) throw SystemError(cat("cannot create folder '", stage_dir.string(), "': ", error.message()));
  // Whoever removes leftovers may find the lock before it is ours, and be faster: then by another name.
  do {
    path_ = fs::absolute(stage_dir) / cat(prefix, hash, "-", random_name());
    lock_ = FileLock::try_acquire(lock_of(path_));
  } while (!lock_);
  std::ofstream(lock_of(path_)) << boot_id();
  fs::create_directories(path_ / "volumes", error);
  if (!error) return;
  fs::remove(lock_of(path_));
  throw SystemError(cat("cannot create folder '", path_.string(), "': ", error.message()));
}

StagedFolder::~StagedFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
  if (!error) fs::remove(lock_of(path_), error);
}

std::vector<std::string> remove_staged_leftovers(const fs::path& stage_dir) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(stage_dir, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
    folders.push_back(stage_dir / name);
  }
  std::ranges::sort(folders);
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  const bool local = is_local(file_system_type(stage_dir));
  std::vector<std::string> stay;
  for (const auto& folder : folders) {
    std::optional<std::string> said;
    if (fs::exists(lock_of(folder), error))
      said = remove_leftover(folder, local);
    else if (fs::exists(folder, error))
      said = by_hand(folder, "has no lock, as one of an earlier version");
    if (said) stay.push_back(std::move(*said));
  }
  return stay;
}

}  // namespace scaffold
