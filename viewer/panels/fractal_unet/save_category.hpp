// "Save as category file": two lines of 13 numbers in a file that does not exist yet.
#pragma once
#include <string>

#include "core/files.hpp"
#include "fractal_unet/fractal/ifs.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

/// The first NNNNNN.csv that is not in `folder`.
fs::path next_free_category(const fs::path& folder);
/// Writes the file whole. ConfigError where something of that name exists (no library's file is ever
/// overwritten) or the name is empty; SystemError where it cannot be written.
void save_category(const Ifs& ifs, const fs::path& file);

class SavePopup {
 public:
  void open();
  void draw(const Ifs& ifs, Context& context);

 private:
  bool opening_ = false;
  std::string name_, problem_;
};

}  // namespace scaffold::viewer
