#include "monitor/target.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "monitor/ssh_route.hpp"

namespace scaffold::monitor {
namespace {

void need_endpoint(const std::string& text) {
  if (!is_endpoint(text))
    throw ConfigError(cat("'", text, "' is no endpoint; it has the form tcp://HOST:PORT"));
}

std::unique_ptr<Route> route_to_endpoint(const Target& target) {
  need_endpoint(target.run);
  if (!target.endpoint.empty()) throw ConfigError("an endpoint is given twice");
  if (!target.login.empty())
    throw ConfigError("with ssh, give the run folder on that machine rather than an endpoint");
  if (target.key.empty())
    throw ConfigError(cat("'", target.run, "' needs --key: the run's ", monitor_file_name,
                          ", which lies in its run folder and which its owner can copy"));
  return local_route(target.key, target.run);
}

}  // namespace

fs::path Target::local_folder() const {
  if (!login.empty() || run.find("://") != std::string::npos) return {};
  std::error_code error;
  fs::path path = fs::absolute(run, error).lexically_normal();
  if (!path.has_filename() || path.filename() == monitor_file_name) path = path.parent_path();
  return path;
}

std::unique_ptr<Route> route_to(const Target& target) {
  if (target.run.empty()) throw ConfigError("what to attach to is missing: a run folder, or tcp://HOST:PORT");
  if (target.run.find("://") != std::string::npos) return route_to_endpoint(target);
  if (!target.login.empty()) {
    if (!target.key.empty() || !target.endpoint.empty())
      throw ConfigError(cat("with ssh neither key nor endpoint is needed: both are read from '", target.run,
                            "' on ", target.login));
    return ssh_route(target.login, target.run);
  }
  if (!target.endpoint.empty()) need_endpoint(target.endpoint);
  std::error_code ignored;
  if (fs::is_regular_file(target.run, ignored) && !target.run.ends_with(".json"))
    throw DataError(
        cat("'", target.run, "' is neither a run folder nor an endpoint such as tcp://127.0.0.1:41235"));
  return local_route(target.key.empty() ? target.run : target.key, target.endpoint);
}

}  // namespace scaffold::monitor
