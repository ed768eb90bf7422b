#include "monitor/volume_store.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {

VolumeStore::VolumeStore(fs::path folder, SnapshotPolicy policy, std::uint64_t memory_bytes)
    : folder_(std::move(folder)), policy_(policy), memory_limit_(memory_bytes) {
  look_into_folder();
}

void VolumeStore::look_into_folder() {
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    Key key;
    if (!parse_volume_file_name(at->path().filename().string(), key.first, key.second)) continue;
    try {
      const VolumeFile file = VolumeFile::read(at->path());
      entries_[key] = {file.facts(), nullptr, file.bytes().size()};
    } catch (const Error&) {  // damaged: whoever opens it hears why
    }
  }
}

void VolumeStore::drop_after(std::int64_t epoch) {
  for (auto at = entries_.upper_bound({epoch, std::numeric_limits<std::int64_t>::max()});
       at != entries_.end();) {
    std::error_code ignored;
    if (at->second.recorded)
      fs::remove(folder_ / volume_file_name(at->first.first, at->first.second), ignored);
    in_memory_.remove(at->first);
    at = entries_.erase(at);
  }
}

void VolumeStore::add(const VolumeSnapshot& volume, bool best) {
  const Key key{volume.epoch, volume.volume};
  auto file =
      std::make_shared<const VolumeFile>(encode_volume(volume), volume_file_name(key.first, key.second));
  Entry& entry = entries_[key];
  entry.facts = file->facts();
  entry.file = std::move(file);
  remember(key);
  if (best) best_epoch_ = volume.epoch;
  const bool due = policy_.interval > 0 && (best || volume.epoch % policy_.interval == 0);
  try {
    if (due) record(key, entry);
  } catch (...) {
    free_memory();
    throw;
  }
  free_memory();
}

void VolumeStore::record(const Key& key, Entry& entry) {
  std::error_code ignored;
  fs::create_directories(folder_, ignored);
  write_atomic(folder_ / volume_file_name(key.first, key.second), entry.file->bytes());
  entry.recorded = entry.file->bytes().size();
  prune();
}

/// The oldest go first, those of the best epoch last.
void VolumeStore::prune() {
  std::uint64_t total = 0;
  for (const auto& [key, entry] : entries_) total += entry.recorded;
  for (const bool also_best : {false, true})
    for (auto& [key, entry] : entries_) {
      if (total <= policy_.limit_bytes) return;
      if (!entry.recorded || (key.first == best_epoch_ && !also_best)) continue;
      std::error_code ignored;
      fs::remove(folder_ / volume_file_name(key.first, key.second), ignored);
      total -= entry.recorded;
      entry.recorded = 0;
    }
}

void VolumeStore::remember(const Key& key) {
  in_memory_.remove(key);
  in_memory_.push_back(key);
}

void VolumeStore::free_memory() {
  std::uint64_t total = 0;
  for (const auto& key : in_memory_) total += entries_[key].file->bytes().size();
  while (total > memory_limit_ && in_memory_.size() > 1) {
    Entry& entry = entries_[in_memory_.front()];
    total -= entry.file->bytes().size();
    entry.file.reset();
    in_memory_.pop_front();
  }
  std::erase_if(entries_, [](const auto& item) { return !item.second.file && !item.second.recorded; });
}

std::vector<Kept> VolumeStore::list() const {
  std::vector<Kept> all;
  for (const auto& [key, entry] : entries_) all.push_back(entry.facts);
  return all;
}

std::shared_ptr<const VolumeFile> VolumeStore::get(std::int64_t epoch, std::int64_t volume) {
  const Key key{epoch, volume};
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  if (!found->second.file)
    found->second.file =
        std::make_shared<const VolumeFile>(VolumeFile::read(folder_ / volume_file_name(epoch, volume)));
  remember(key);
  const auto file = found->second.file;
  free_memory();
  return file;
}

}  // namespace scaffold::monitor
