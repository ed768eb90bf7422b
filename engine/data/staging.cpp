#include "data/staging.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "storage/checksum.hpp"

namespace scaffold {

namespace {

constexpr std::string_view staging_prefix = ".staging-";
constexpr std::string_view heartbeat = ".heartbeat";
constexpr double beat_seconds = 5;

std::string host_name() {
  char host[256] = "host";
  gethostname(host, sizeof host - 1);
  return host;
}

struct Owner {
  std::string hash, host;
  pid_t pid = 0;
};

// ".staging-<hash>-<host>-<pid>", with ".old" behind it for a dataset that was being replaced.
std::optional<Owner> owner_of(std::string name) {
  if (name.ends_with(".old")) name.resize(name.size() - 4);
  if (!name.starts_with(staging_prefix)) return std::nullopt;
  name.erase(0, staging_prefix.size());
  const auto dash = name.rfind('-');
  std::uint64_t hash = 0;
  std::int64_t pid = 0;
  if (name.size() < 18 || name[16] != '-' || !parse_hex16(name.substr(0, 16), hash) || dash <= 16 ||
      !parse_int(name.substr(dash + 1), pid) || pid <= 0 || pid > (1 << 30))
    return std::nullopt;
  return Owner{name.substr(0, 16), name.substr(17, dash - 17), static_cast<pid_t>(pid)};
}

// The latest sign of life: the heartbeat, or the folder itself when killed before the first beat.
fs::file_time_type last_life(const fs::path& folder) {
  std::error_code error;
  const auto beat = fs::last_write_time(folder / heartbeat, error);
  if (!error) return beat;
  const auto own = fs::last_write_time(folder, error);
  return error ? fs::file_time_type::max() : own;
}

/// Whether nobody works under the lock of this hash, as far as it can be told.
bool is_unlocked(const fs::path& dataset_dir, const std::string& hash, const std::string& held) {
  try {
    return hash == held || FileLock::try_acquire(lock_path(dataset_dir, hash)).has_value();
  } catch (const Error&) {
    return false;  // another user's, whom we cannot ask
  }
}

bool abandoned(const fs::path& dataset_dir, const fs::path& folder, const std::string& held,
               fs::file_time_type now) {
  const auto life = last_life(folder);
  const bool silent = life < now && now - life > std::chrono::hours(24);
  const auto owner = owner_of(folder.filename().string());
  if (!owner) return silent;
  // A process number says nothing across containers that share a host name; the lock does. Between hosts it
  // may not (a file system with locks of each host's own), so theirs must have been silent, too.
  if (!silent && (owner->host != host_name() || !process_is_gone(owner->pid))) return false;
  return is_unlocked(dataset_dir, owner->hash, held);
}

}  // namespace

fs::path lock_path(const fs::path& dataset_dir, const std::string& hash) {
  return dataset_dir / (".lock-" + hash);
}

Staging::Staging(const fs::path& dataset_dir, const std::string& hash)
    : path_(dataset_dir / cat(staging_prefix, hash, "-", host_name(), "-", getpid())) {
  std::error_code error;
  fs::remove_all(path_, error);  // of an earlier process with our number
  if (!fs::create_directories(path_ / "volumes", error))
    throw SystemError(cat("cannot create folder '", path_.string(), "': ", error.message()));
  write_atomic(path_ / heartbeat, "");
}

Staging::~Staging() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Staging::alive() {
  const auto due = static_cast<std::int64_t>(clock_.seconds() / beat_seconds);
  auto seen = beats_.load();
  if (due > seen && beats_.compare_exchange_strong(seen, due))
    ::utimensat(AT_FDCWD, (path_ / heartbeat).c_str(), nullptr, 0);
}

void Staging::publish_as(const fs::path& final) {
  std::error_code ignored;
  fs::remove(path_ / heartbeat, ignored);
  if (!fs::exists(final)) {
    publish(path_, final);
    path_.clear();
    return;
  }
  // Swap in one step where the file system can; what was there is then removed as our staging folder.
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, final.c_str(), RENAME_EXCHANGE) == 0) {
    sync_path(final.parent_path());
    return;
  }
  const fs::path old = path_.string() + ".old";
  publish(final, old);
  publish(path_, final);
  path_ = old;
}

int reclaim_leftovers(const fs::path& dataset_dir, const std::string& held, fs::file_time_type now) {
  std::vector<fs::path> leftovers;
  std::error_code error;
  for (fs::directory_iterator entry(dataset_dir, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code gone;
    if (name.starts_with(staging_prefix) && entry->is_directory(gone) &&
        abandoned(dataset_dir, entry->path(), held, now))
      leftovers.push_back(entry->path());
  }
  int removed = 0;
  for (const auto& folder : leftovers) {
    const std::string owner = owner_name(folder);
    fs::remove_all(folder, error);
    removed += !error;
    if (!error)
      log::info(cat("Removed '", folder.string(), "', left behind by a generation that was cut short"));
    else
      log::warning(cat("'", folder.string(), "' was left behind by a generation of ", owner,
                       " that was cut short, and cannot be removed (", error.message(),
                       "); its owner can delete it"));
  }
  return removed;
}

}  // namespace scaffold
