// Damaged copies of a good text, as a disk, a bad copy or an enemy would make them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace sample {

inline std::string mutate(std::string text, std::mt19937_64& random) {
  static const std::string pieces[] = {"\n",
                                       ",",
                                       "{",
                                       "[",
                                       "}",
                                       "]",
                                       "\"",
                                       ":",
                                       "1e999",
                                       "-1",
                                       "nan",
                                       "null",
                                       "\\u0000",
                                       "99999999999999999999",
                                       std::string(1, '\0'),
                                       "\xff\xfe",
                                       "\"epoch\":",
                                       "1e308"};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % (n ? n : 1)); };
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        text = text.substr(0, at);
        break;
      case 1:
        text.insert(at, pieces[below(std::size(pieces))]);
        break;
      case 2:
        text.erase(at, 1 + below(20));
        break;
      case 3:
        text.insert(at, text.substr(below(text.size() + 1), below(200)));
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random());
    }
  }
  return text;
}

/// Not atomic and not synced: thousands a second. Cut after it was written: ext4 puts a file that was cut to
/// nothing first on the disk when it is closed, and who closes it waits.
inline void overwrite(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::app).flush();  // so that there is one
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << text;
  std::filesystem::resize_file(path, text.size());
}

}  // namespace sample
