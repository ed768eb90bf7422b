// What `scaffold watch` shows, laid out as text: no terminal, no clock, no files.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "headless/watch/glyphs.hpp"
#include "headless/watch/screen.hpp"
#include "monitor/protocol.hpp"
#include "monitor/run_source.hpp"
#include "monitor/subscriber.hpp"
#include "report/forecast.hpp"

namespace scaffold::watch {

/// One plane of a kept validation sample.
struct Slice {
  monitor::Request ask;
  double score = 0;
  std::uint32_t planes = 0;  ///< along its axis
  std::uint32_t height = 0, width = 0;
  std::vector<std::uint8_t> labels;  ///< [height, width]; empty while there is nothing
  std::string message;               ///< why there is nothing, or what is waited for
};

struct View {
  const RunData* run = nullptr;
  std::optional<monitor::LiveStatus> live;  ///< nothing: only files are read
  Slice slice;
  std::optional<Forecast> forecast;
  double now = 0;  ///< seconds since 1970
  bool help = false;
  bool colors = true;
  Glyphs glyphs = Glyphs::unicode;  ///< that can be shown
};

enum class State {
  nothing,
  waiting,
  running,
  stalled,
  silent,
  killed,
  converged,
  exhausted,
  interrupted,
  failed
};
/// "running", "stalled", …
const char* name(State state);
/// Of a run whose log has been read. Live connections tell a silent run from one that computes for long.
State state_of(const View& view);

/// "running  epoch 3  step 4/6  …": one line for scripts.
std::string one_line(const View& view);
/// The whole screen.
Screen draw(const View& view, int columns, int rows);

}  // namespace scaffold::watch
