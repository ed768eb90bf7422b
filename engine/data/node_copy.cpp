#include "data/node_copy.hpp"

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/progress.hpp"
#include "core/signals.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "data/staged_folder.hpp"

namespace scaffold {
namespace {

void check_room(const fs::path& stage_dir, std::uint64_t bytes) {
  const auto free = fs::space(stage_dir).available;
  if (free < bytes)
    throw DataError(cat("stage_dir '", stage_dir.string(), "' has ", human_bytes(static_cast<double>(free)),
                        " free, and the dataset takes ", human_bytes(static_cast<double>(bytes)),
                        "; choose a larger disk, dataset_format compact, or no stage_dir"));
}

}  // namespace

NodeCopy::NodeCopy(const fs::path& dataset, const fs::path& stage_dir, const DatasetFilesOf& files,
                   Communicator& job) {
  const Stopwatch clock;
  copy(dataset, stage_dir, files, job);
  seconds_ = clock.seconds();
  if (job.rank() == 0)
    log::info(cat("staged the dataset in '", folder_.string(), "' in ", human_seconds(seconds_)));
}
NodeCopy::~NodeCopy() = default;

void NodeCopy::copy(const fs::path& dataset, const fs::path& stage_dir, const DatasetFilesOf& files,
                    Communicator& job) {
  const auto machine = job.split_by_machine();
  const bool is_root = machine->rank() == 0;
  DatasetFiles there;
  std::string warnings;
  collective_try(job, [&] {
    there = files(dataset);
    if (!is_root) return;
    for (const auto& left : remove_staged_leftovers(stage_dir))
      warnings += cat(warnings.empty() ? "" : "\n", "stage_dir on ", describe_machine().host, ": ", left);
    staged_ = std::make_unique<StagedFolder>(stage_dir, there.hash);
    check_room(stage_dir, there.bytes);
  });
  for (const auto& of_rank : all_gather(job, warnings))
    for (const auto& line : split(of_rank, '\n'))
      if (job.rank() == 0 && !line.empty()) log::warning(line);
  folder_ = broadcast(*machine, is_root ? staged_->path().string() : "", 0);
  collective_try(job, [&] {
    if (!fs::is_directory(folder_ / "volumes"))
      throw DataError(cat("stage_dir: rank ", job.rank(), " does not see '", folder_.string(),
                          "', which another rank of its machine made; ranks of a machine need one stage_dir "
                          "(mount it into each container)"));
  });
  const auto all = static_cast<std::int64_t>(there.files.size());
  std::vector<std::int64_t> mine;
  for (std::int64_t v = machine->rank(); v < all; v += machine->size()) mine.push_back(v);
  collective_try(job, [&] {
    Progress progress("Staging dataset", 2 * mine.size(), "volumes");
    for (const std::int64_t v : mine) {
      signals::check();
      const std::string& file = there.files[static_cast<std::size_t>(v)];
      fs::copy_file(dataset / file, folder_ / file);
      progress.advance();
    }
    for (const std::int64_t v : mine) {
      signals::check();
      there.verify(static_cast<std::size_t>(v), folder_);
      progress.advance();
    }
    // Last, as in a dataset that is made: a folder with an index is whole.
    if (is_root) fs::copy_file(dataset / there.index, folder_ / there.index);
  });
}

}  // namespace scaffold
