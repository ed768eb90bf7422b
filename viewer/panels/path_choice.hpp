// A path to type, or one of those that are known.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ui/context.hpp"

namespace scaffold::viewer {

class PathChoice {
 public:
  /// `candidates` is called when the list opens, never in each frame. What was chosen.
  std::optional<fs::path> draw(const char* tag, const char* hint,
                               const std::function<std::vector<fs::path>()>& candidates, Context& context);
  std::string text;

 private:
  std::vector<fs::path> candidates_;
};

}  // namespace scaffold::viewer
