#include "app/expectations.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "scene/compare.hpp"
#include "scene/image_file.hpp"

namespace scaffold::viewer {
namespace {

/// What `remember` kept under this name.
template <class Map>
const auto& remembered(const Map& map, const std::string& name) {
  const auto found = map.find(name);
  if (found == map.end()) throw ConfigError(cat("nothing was remembered as '", name, "'"));
  return found->second;
}

}  // namespace

Panel& Expectations::panel() const {
  if (!application_.front()) throw ConfigError("nothing is open");
  return *application_.front();
}

nlohmann::json Expectations::value(const std::string& pointer) const {
  const auto state = panel().state();
  try {
    const nlohmann::json::json_pointer at(pointer);
    if (!state.contains(at)) throw ConfigError(cat("the panel's state has no ", pointer, ": ", state.dump()));
    return state.at(at);
  } catch (const nlohmann::json::exception&) {
    throw ConfigError(cat("'", pointer, "' is no JSON pointer, as /volume or /is/step"));
  }
}

void Expectations::compare(const std::string& name, double bound) {
  user_.settle();
  const fs::path path = folder_ / name;
  const Image now = block_means(window_.picture());
  if (update_) return write_png(now, path);
  const double differs = difference(now, read_png(path));
  if (differs <= bound) return;
  const fs::path seen = fs::path(name).filename().string() + ".seen.png";
  write_png(window_.picture(), seen);
  throw ConfigError(cat("the picture differs from '", path.string(), "' in ", fixed(100 * differs, 2),
                        " % of its blocks, ", fixed(100 * bound, 2), " % are allowed; it is in '",
                        fs::absolute(seen).string(), "'"));
}

/// Draws until the state says so: of what comes from another process.
void Expectations::wait_for(const std::string& pointer, const nlohmann::json& expected) {
  const auto begun = std::chrono::steady_clock::now();
  while (true) {
    user_.frame();
    const auto state = panel().state();
    const nlohmann::json::json_pointer at(pointer);
    const auto found = state.contains(at) ? state.at(at) : nlohmann::json();
    if (found == expected || (found.is_number() && expected.is_number() && found > expected)) return;
    if (std::chrono::steady_clock::now() - begun > SimulatedUser::patience)
      throw ConfigError(cat(pointer, " is ", found.dump(), " after two minutes, not ", expected.dump()));
    window_.wait(0.02);
  }
}

bool Expectations::run(const ScriptLine& line) { return run_on_state(line) || run_on_picture(line); }

bool Expectations::run_on_state(const ScriptLine& line) {
  const std::string& what = line.what();
  if (what == "expect") {
    line.need(2);
    const auto found = value(line[1]), expected = line.json(2);
    if (found != expected) throw ConfigError(cat(line[1], " is ", found.dump(), ", not ", expected.dump()));
  } else if (what == "expect-near") {
    line.need(3);
    const auto found = value(line[1]);
    if (!found.is_number() || !(std::abs(found.get<double>() - line.number(2)) <= line.number(3)))
      throw ConfigError(cat(line[1], " is ", found.dump(), ", not ", line.rest(2)));
  } else if (what == "wait-for") {
    line.need(2);
    wait_for(line[1], line.json(2));
  } else if (what == "expect-message") {
    line.need(1);
    const auto& messages = application_.messages();
    if (std::ranges::none_of(messages, [part = line.rest(1)](const auto& message) {
          return message.find(part) != std::string::npos;
        }))
      throw ConfigError(
          cat("no message says '", line.rest(1), "'; messages: ", nlohmann::json(messages).dump()));
  } else if (what == "expect-tabs") {
    line.need(1);
    if (application_.panels().size() != static_cast<std::size_t>(line.count(1, 0)))
      throw ConfigError(cat("there are ", application_.panels().size(), " tabs"));
  } else {
    return false;
  }
  return true;
}

bool Expectations::run_on_picture(const ScriptLine& line) {
  const std::string& what = line.what();
  if (what != "remember" && what != "expect-changed" && what != "expect-same" && what != "baseline")
    return false;
  line.need(1);
  if (what == "remember")
    remember(line);
  else if (what == "baseline")
    compare(line[1], line.number(2, 0.01));
  else
    compare_with_remembered(line, what == "expect-changed");
  return true;
}

/// A value of the state where one is named, else the picture.
void Expectations::remember(const ScriptLine& line) {
  if (line.size() > 2)
    values_[line[1]] = value(line[2]);
  else
    pictures_[line[1]] = window_.picture();
}

void Expectations::compare_with_remembered(const ScriptLine& line, bool should_differ) const {
  const bool of_state = line.size() > 2;
  const bool differs = of_state ? remembered(values_, line[1]) != value(line[2])
                                : difference(block_means(remembered(pictures_, line[1])),
                                             block_means(window_.picture())) > 0.002;
  if (differs != should_differ)
    throw ConfigError(cat(of_state ? line[2] : "the picture",
                          should_differ ? " has not changed" : " has changed", " since '", line[1], "'"));
}

}  // namespace scaffold::viewer
