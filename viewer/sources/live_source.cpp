#include "sources/live_source.hpp"

#include "core/text.hpp"
#include "monitor/monitor_file.hpp"

namespace scaffold::viewer {

bool may_be_live(const fs::path& run_folder) {
  std::error_code ignored;
  if (!fs::exists(run_folder / monitor::monitor_file_name, ignored)) return false;
  try {
    return monitor::read_monitor_file(run_folder).may_be_there();
  } catch (const std::exception&) {
    return false;
  }
}

LiveSource::LiveSource(const AttachTarget& target, const std::function<void()>& wake) : target_(target) {
  auto route = monitor::route_to(target);
  follower_ = std::make_unique<RunFollower>(folder_.path(), wake, true);
  subscriber_ = std::make_unique<monitor::Subscriber>(
      std::move(route), folder_.path(),
      monitor::Subscriber::Options{.program = "scaffold-viewer", .run_folder = target.local_folder()},
      [this, wake] {
        follower_->notify();
        wake();
      });
}

LiveSource::~LiveSource() = default;

std::string status_text(const monitor::LiveStatus& status) {
  std::string text = monitor::name(status.phase);
  if (status.phase == monitor::LiveStatus::Phase::live && status.round_trip > 0)
    text += cat(", ", fixed(1000 * status.round_trip, 1), " ms");
  if (status.bytes > 0) text += cat(", ", human_bytes(static_cast<double>(status.bytes)), " received");
  return text;
}

}  // namespace scaffold::viewer
