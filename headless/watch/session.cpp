#include "headless/watch/session.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "core/error.hpp"
#include "core/text.hpp"
#include "monitor/volume_file.hpp"

namespace scaffold::watch {
namespace {

constexpr std::size_t max_snapshots = 10000;
/// Of a level that a terminal can show; finer ones are not asked for.
constexpr std::uint32_t max_edge = 64;
constexpr const char* asking = "asking for the volume";

std::uint32_t halved(std::uint32_t edge, int times) {
  for (; times > 0; --times) edge = (edge + 1) / 2;
  return edge;
}

/// The finest level whose longest edge a terminal can show.
int level_for_terminal(const monitor::Kept& kept) {
  int level = 0;
  const auto longest = [&] { return halved(*std::max_element(kept.dims.begin(), kept.dims.end()), level); };
  while (level + 1 < kept.levels && longest() > max_edge) ++level;
  return level;
}

}  // namespace

Session::Session(const monitor::Target& target, std::function<void()> changed)
    : run_folder_(target.local_folder()), changed_(std::move(changed)) {
  auto route = monitor::route_to(target);
  follow(run_folder_.empty() ? scratch_.path() : run_folder_);
  mirrored_ = run_folder_.empty();
  subscriber_ = std::make_unique<monitor::Subscriber>(
      std::move(route), scratch_.path(),
      monitor::Subscriber::Options{.program = "scaffold watch", .run_folder = run_folder_}, changed_);
}

Session::~Session() {
  subscriber_.reset();
  follower_.reset();
}

void Session::follow(const fs::path& folder) {
  follower_.reset();
  follower_ = std::make_unique<RunFollower>(folder, changed_);
}

fs::path Session::log_folder() const { return mirrored_ ? scratch_.path() : run_folder_; }

bool Session::update() {
  // The run's own word comes at once and over any distance; files may come late over a network.
  if (!mirrored_ && subscriber_->status().connections > 0) {
    mirrored_ = true;
    follow(scratch_.path());
  }
  follower_->notify();
  loading_ = follower_->loading();  // before what it has read is taken: false means that all of it is here
  auto fresh = follower_->take();
  const bool news = fresh != nullptr;
  if (fresh) {
    // The copy begins empty: what the files said is shown until it has caught up.
    const bool behind = mirrored_ && fresh->epochs.size() < run_->epochs.size() && !fresh->begun;
    if (!behind) run_ = std::move(fresh);
  }
  list_volumes();
  return news;
}

std::optional<monitor::LiveStatus> Session::live() const {
  auto status = subscriber_->status();
  const bool recording = !run_folder_.empty() && status.connections == 0 && run_->changed > 0 &&
                         status.phase == monitor::LiveStatus::Phase::looking;
  if (recording) return std::nullopt;
  return status;
}

void Session::list_volumes() {
  std::map<std::pair<std::int64_t, std::int64_t>, monitor::Kept> known, found;
  for (const auto& kept : volumes_) known[{kept.epoch, kept.volume}] = kept;
  std::error_code problem;
  if (!run_folder_.empty())
    for (fs::directory_iterator entry(run_folder_ / "snapshots", problem), end; !problem && entry != end;
         entry.increment(problem)) {
      std::int64_t epoch = 0, volume = 0;
      if (found.size() >= max_snapshots ||
          !monitor::parse_volume_file_name(entry->path().filename().string(), epoch, volume))
        continue;
      try {
        const auto before = known.find({epoch, volume});
        const auto facts =
            before != known.end() ? before->second : monitor::VolumeFile::read(entry->path()).facts();
        found[{facts.epoch, facts.volume}] = facts;
      } catch (const Error&) {  // damaged: there is nothing to show of it
      }
    }
  const auto status = subscriber_->status();
  if (status.phase == monitor::LiveStatus::Phase::live)
    for (const auto& kept : status.volumes) found[{kept.epoch, kept.volume}] = kept;
  volumes_.clear();
  for (const auto& [key, kept] : found) volumes_.push_back(kept);
}

bool Session::read_snapshot(const monitor::Request& ask, Slice& slice) const {
  if (run_folder_.empty()) return false;
  const fs::path path = run_folder_ / "snapshots" / monitor::volume_file_name(ask.epoch, ask.volume);
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  try {
    const auto file = monitor::VolumeFile::read(path);
    slice.labels = file.slice(ask.part, ask.level, ask.axis, ask.index);
  } catch (const Error& error) {
    slice.message = error.what();
  }
  return true;
}

void Session::show(const monitor::Kept& kept, monitor::Part part, int axis, double where) {
  Slice slice;
  slice.ask.epoch = kept.epoch;
  slice.ask.volume = kept.volume;
  slice.ask.part = part;
  slice.ask.level = static_cast<std::uint8_t>(level_for_terminal(kept));
  slice.ask.axis = static_cast<std::uint8_t>(axis);
  std::array<std::uint32_t, 3> edges = kept.dims;
  for (auto& edge : edges) edge = halved(edge, slice.ask.level);
  const auto at = static_cast<std::size_t>(axis);
  slice.planes = edges[at];
  slice.ask.index =
      std::min(static_cast<std::uint32_t>(std::clamp(where, 0.0, 1.0) * slice.planes), slice.planes - 1);
  slice.height = edges[at == 0 ? 1 : 0];
  slice.width = edges[at == 2 ? 1 : 2];
  slice.score = kept.score;
  {
    const std::lock_guard lock(mutex_);
    if (slice.ask == slice_.ask && (!slice_.labels.empty() || slice_.message == asking)) return;
  }
  const bool recorded = read_snapshot(slice.ask, slice);
  if (slice.labels.size() != std::size_t{slice.height} * slice.width) slice.labels.clear();
  if (!recorded) slice.message = asking;
  const monitor::Request ask = slice.ask;
  {
    const std::lock_guard lock(mutex_);
    slice_ = std::move(slice);
  }
  if (!recorded) subscriber_->fetch(ask, [this](monitor::Fetched fetched) { take(std::move(fetched)); });
}

void Session::take(monitor::Fetched fetched) {
  {
    const std::lock_guard lock(mutex_);
    if (!(fetched.ask == slice_.ask)) return;  // another one is wanted by now
    slice_.message = fetched.problem;
    if (fetched.labels.size() == std::size_t{slice_.height} * slice_.width)
      slice_.labels = std::move(fetched.labels);
  }
  changed_();
}

Slice Session::slice() const {
  const std::lock_guard lock(mutex_);
  return slice_;
}

}  // namespace scaffold::watch
