// Helpers of the library tests.
#pragma once
#include <fstream>
#include <map>
#include "catch.hpp"

#include "core/log.hpp"
#include "fractal_unet/fractal/library.hpp"
#include "temporary_folder.hpp"

struct QuietLog {
  QuietLog() { scaffold::log::set_level(scaffold::log::Level::off); }
  ~QuietLog() { scaffold::log::set_level(scaffold::log::Level::info); }
};

inline scaffold::LibrarySpec small_spec(const TemporaryFolder& folder, std::uint64_t points = 512) {
  scaffold::LibrarySpec spec;
  spec.base_dir = folder.path();
  spec.points = points;
  return spec;
}

/// Every file's content but the lock's, by path below the folder.
inline std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().filename() != ".lock")
      files[std::filesystem::relative(entry.path(), folder).string()] = scaffold::read_text(entry.path());
  return files;
}

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}
