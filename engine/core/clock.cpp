#include "core/clock.hpp"

#include <ctime>

namespace scaffold {
namespace {
std::string format(const std::tm& time, const char* pattern) {
  char buffer[64];
  return std::string(buffer, std::strftime(buffer, sizeof buffer, pattern, &time));
}
}  // namespace

std::string timestamp_name() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return format(local, "%Y%m%d-%H%M%S");
}

std::string timestamp_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return format(utc, "%Y-%m-%dT%H:%M:%SZ");
}

}  // namespace scaffold
