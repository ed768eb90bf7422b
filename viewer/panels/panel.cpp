#include "panels/panel.hpp"

#include "core/text.hpp"

namespace scaffold::viewer {

nlohmann::json Panel::state() const {
  nlohmann::json state = properties().state();
  state["is"] = found();
  return state;
}

void Panel::set(const nlohmann::json& typed) {
  nlohmann::json given = typed;
  if (given.is_object()) given.erase("is");
  properties().check(given, cat("a ", kind()));
  restore(given);
}

}  // namespace scaffold::viewer
