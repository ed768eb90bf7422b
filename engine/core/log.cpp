#include "core/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <string>

#include "core/error.hpp"
#include "core/progress.hpp"

namespace scaffold::log {
namespace {

// A function-local object: made at first use, nothing runs at static initialization.
struct Sinks {
  std::shared_ptr<spdlog::sinks::dist_sink_mt> all = std::make_shared<spdlog::sinks::dist_sink_mt>();
  std::shared_ptr<spdlog::sinks::sink> terminal = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  spdlog::logger logger{"scaffold", all};
  Sinks() {
    all->add_sink(terminal);
    logger.set_pattern("%^[%H:%M:%S %l]%$ %v");
    logger.flush_on(spdlog::level::info);
  }
};

Sinks& sinks() {
  static Sinks instance;
  return instance;
}

void write(spdlog::level::level_enum level, std::string_view message) {
  ProgressLine::clear();
  sinks().logger.log(level, spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace

void set_level(Level level) {
  static constexpr spdlog::level::level_enum map[] = {
      spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err, spdlog::level::off};
  sinks().logger.set_level(map[static_cast<int>(level)]);
}
Silence::Silence() : before_(static_cast<int>(sinks().logger.level())) { set_level(Level::off); }
Silence::~Silence() { sinks().logger.set_level(static_cast<spdlog::level::level_enum>(before_)); }
void debug(std::string_view m) { write(spdlog::level::debug, m); }
void info(std::string_view m) { write(spdlog::level::info, m); }
void warning(std::string_view m) { write(spdlog::level::warn, m); }
void error(std::string_view m) { write(spdlog::level::err, m); }

void add_file(std::string_view path) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(std::string(path));
    sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
    sinks().all->add_sink(sink);
  } catch (const spdlog::spdlog_ex& e) {
    throw SystemError("cannot open log file '" + std::string(path) + "': " + e.what());
  }
}

void close_files() {
  sinks().logger.flush();
  sinks().all->set_sinks({sinks().terminal});
}

}  // namespace scaffold::log
