// Writes down what a user did.
#pragma once
#include <fstream>
#include <utility>

#include "app/input.hpp"
#include "core/files.hpp"

namespace scaffold::viewer {

/// Writes a user's input as a script, frame by frame.
class Recorder {
 public:
  Recorder(const fs::path& file, std::pair<int, int> size);
  void add(const Input& input);

 private:
  std::ofstream out_;
  Input last_;
};

}  // namespace scaffold::viewer
