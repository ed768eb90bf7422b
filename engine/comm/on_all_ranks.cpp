#include "comm/on_all_ranks.hpp"

#include "comm/launcher.hpp"
#include "core/error.hpp"
#include "core/log.hpp"

namespace scaffold {

int on_all_ranks(const std::function<int(World& world)>& body) {
  World world(detect_launch());
  if (world.rank() != 0) log::set_level(log::Level::off);
  try {
    return body(world);
  } catch (...) {
    const bool is_root = world.rank() == 0;
    world.close();
    if (is_root) throw;
    return describe_error(std::current_exception()).second;
  }
}

}  // namespace scaffold
