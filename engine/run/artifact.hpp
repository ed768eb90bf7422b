// What of ours is under a path, from names and headers alone: for `scaffold inspect` and the viewer.
#pragma once
#include <vector>

#include "core/files.hpp"

namespace scaffold {

enum class ArtifactKind { library, dataset, volume, checkpoint, prediction, view, run, campaign };
/// "library", "dataset", …
const char* name(ArtifactKind thing);

struct ArtifactRef {
  ArtifactKind thing;
  fs::path path;  ///< the folder that a text file belongs to, else as given
};

/// A file or folder of ours (a campaign, then its runs), or the datasets, runs and campaigns that a folder
/// holds (sorted by name). DataError when there is nothing, or a file of ours is damaged, newer or of a kind
/// that this version does not know.
std::vector<ArtifactRef> recognize(const fs::path& path);
/// Whether a folder looks like a run's (it has config.yaml).
bool is_run_folder(const fs::path& path);
/// For people, of a path that is none: it does not exist, is a file of a run, holds runs, or something else.
std::string why_no_run(const fs::path& path);
/// Whether a folder holds a campaign.json.
bool is_campaign_folder(const fs::path& path);

}  // namespace scaffold
