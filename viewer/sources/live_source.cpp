#include "sources/live_source.hpp"

#include <cerrno>
#include <csignal>

#include "core/error.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "monitor/ssh_route.hpp"

namespace scaffold::viewer {

fs::path AttachTarget::local_folder() const {
  if (!login.empty() || monitor::is_endpoint(run)) return {};
  std::error_code error;
  fs::path path = fs::absolute(run, error).lexically_normal();
  if (!path.has_filename() || path.filename() == monitor::monitor_file_name) path = path.parent_path();
  return path;
}

std::unique_ptr<monitor::Route> route_to(const AttachTarget& target) {
  if (target.run.empty()) throw ConfigError("what to attach to is missing: a run folder, or tcp://HOST:PORT");
  if (target.run.find("://") != std::string::npos) {
    if (!monitor::is_endpoint(target.run))
      throw ConfigError(cat("'", target.run, "' is no endpoint; it has the form tcp://HOST:PORT"));
    if (!target.login.empty())
      throw ConfigError("with ssh, give the run folder on that machine rather than an endpoint");
    if (target.key.empty())
      throw ConfigError(
          cat("'", target.run, "' needs the key in the run folder's monitor.json: give that file (--key)"));
    return monitor::local_route(target.key, target.run);
  }
  if (!target.key.empty())
    throw ConfigError(cat("a key belongs to an endpoint; '", target.run, "' holds its own"));
  if (!target.login.empty()) return monitor::ssh_route(target.login, target.run);
  return monitor::local_route(target.run);
}

bool may_be_live(const fs::path& run_folder) {
  std::error_code ignored;
  if (!fs::exists(run_folder / monitor::monitor_file_name, ignored)) return false;
  try {
    const auto file = monitor::read_monitor_file(run_folder);
    if (file.host != describe_machine().host || file.pid <= 0) return true;  // that machine would know
    return ::kill(static_cast<pid_t>(file.pid), 0) == 0 || errno == EPERM;
  } catch (const std::exception&) {
    return false;
  }
}

LiveSource::LiveSource(const AttachTarget& target, std::function<void()> wake) : target_(target) {
  auto route = route_to(target);
  follower_ = std::make_unique<RunFollower>(folder_.path(), wake, true);
  subscriber_ = std::make_unique<monitor::Subscriber>(
      std::move(route), folder_.path(),
      monitor::Subscriber::Options{.program = "scaffold-viewer", .version = monitor::protocol_version},
      [this, wake] {
        follower_->poke();
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
