#include "core/scratch_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// Where temporary files may go, the user's wish first. A batch system removes the TMPDIR of a job at its
/// end, while shells that were started in the job, as by tmux, keep the variable.
std::vector<std::string> temporary_places() {
  std::vector<std::string> places;
  for (const char* variable : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"})
    if (const char* place = ::getenv(variable); place && *place) places.emplace_back(place);
  places.insert(places.end(), {"/tmp", "/var/tmp", "/dev/shm"});
  return places;
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string tried;
  for (const auto& place : temporary_places()) {
    std::string name = (fs::path(place) / "scaffold-XXXXXX").string();
    if (::mkdtemp(name.data())) {
      path_ = name;
      return;
    }
    tried += cat(tried.empty() ? "" : "; ", "'", place, "': ", std::strerror(errno));
  }
  throw SystemError(
      cat("no folder for temporary files: set TMPDIR to one that can be written to (", tried, ")"));
}

ScratchFolder::ScratchFolder(const fs::path& in) : path_(temporary_beside(in / "scratch")) {
  ensure_writable_folder(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace scaffold
