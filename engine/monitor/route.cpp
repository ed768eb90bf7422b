#include "monitor/route.hpp"

#include "core/text.hpp"

namespace scaffold::monitor {
namespace {

class LocalRoute : public Route {
 public:
  LocalRoute(fs::path path, std::string endpoint) : path_(std::move(path)), endpoint_(std::move(endpoint)) {}
  Contact find() override {
    Contact contact{endpoint_, read_monitor_file(path_)};
    if (contact.endpoint.empty()) {
      if (contact.file.same_network() == Same::no) throw Unreachable(contact.file.why_unreachable());
      contact.endpoint = contact.file.reachable_endpoint();
    }
    return contact;
  }
  std::string where() const override { return cat("'", path_.string(), "'"); }

 private:
  fs::path path_;
  std::string endpoint_;
};

}  // namespace

std::unique_ptr<Route> local_route(const fs::path& path, const std::string& endpoint) {
  if (!endpoint.empty() && !is_endpoint(endpoint))
    throw ConfigError(cat("'", endpoint, "' is no endpoint; it has the form tcp://HOST:PORT"));
  return std::make_unique<LocalRoute>(path, endpoint);
}

}  // namespace scaffold::monitor
