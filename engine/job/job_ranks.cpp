#include "job/job_ranks.hpp"

#include "comm/launcher.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"

namespace scaffold {

int on_agreeing_ranks(const std::function<int(Ranks& ranks)>& body) {
  World world(detect_launch());
  if (world.rank() != 0) log::set_level(log::Level::error);
  Alarm alarm(world.all().split(0, world.rank()),
              [&world](int rank, int code, const std::string& why) { end_job(world, rank, code, why); });
  Ranks ranks{world, alarm};
  try {
    const int code = body(ranks);
    alarm.close();
    return code;
  } catch (...) {
    // An error that all ranks know ends each of them in good order; rank 0 tells it (main). Otherwise the
    // others wait for this rank, and must be ended.
    if (world.size() == 1) throw;
    const auto [message, code] = describe_error(std::current_exception());
    if (!ranks.agreed) fail_alone(world, alarm, message, code);
    alarm.close();
    const bool is_root = world.rank() == 0;
    world.close();
    if (is_root) throw;
    return code;
  }
}

void fail_alone(World& world, Alarm& alarm, const std::string& message, int code) {
  if (world.size() == 1) {
    log::error(message);
    world.abort(code);
  }
  const std::string why = cat(describe_machine().host, ": ", message);
  alarm.raise(code, why);
  end_job(world, world.rank(), code, why);  // rank 0 does not answer
}

void end_job(World& world, int rank, int code, const std::string& why) {
  log::error(cat("rank ", rank, " of ", world.size(), " on ", why, "; the whole job ends"));
  world.abort(code);
}

}  // namespace scaffold
