#include "dataset/node_copy.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/progress.hpp"
#include "core/signals.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "dataset/reader.hpp"

namespace scaffold {
namespace {

constexpr const char* prefix = "scaffold-staged-";

/// The ranks of this machine, in the order of the job's.
std::unique_ptr<Communicator> of_machine(Communicator& job) {
  const auto hosts = all_gather(job, describe_machine().host);
  const auto same = std::ranges::find(hosts, hosts[static_cast<std::size_t>(job.rank())]);
  return job.split(static_cast<int>(same - hosts.begin()), job.rank());
}

/// Copies of processes of this machine that are gone.
void remove_leftovers(const fs::path& stage_dir) {
  const std::string ours = cat(prefix, describe_machine().host, "-");
  std::error_code problem;
  for (fs::directory_iterator entry(stage_dir, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    std::int64_t pid = 0;
    if (!name.starts_with(ours) || !parse_int(name.substr(ours.size(), name.rfind('-') - ours.size()), pid) ||
        !process_is_gone(pid))
      continue;
    std::error_code ignored;
    fs::remove_all(entry->path(), ignored);
  }
}

void check_room(const fs::path& stage_dir, const DatasetInfo& info) {
  const auto free = fs::space(stage_dir).available;
  if (free < info.bytes)
    throw DataError(cat("stage_dir '", stage_dir.string(), "' has ", human_bytes(static_cast<double>(free)),
                        " free, and the dataset takes ", human_bytes(static_cast<double>(info.bytes)),
                        "; choose a larger disk, dataset_format compact, or no stage_dir"));
}

}  // namespace

NodeCopy::NodeCopy(const fs::path& dataset, const fs::path& stage_dir, Communicator& job) {
  const Stopwatch clock;
  const auto machine = of_machine(job);
  owner_ = machine->rank() == 0;
  try {
    copy(dataset, stage_dir, job, *machine);
  } catch (...) {
    if (owner_ && !folder_.empty()) {
      std::error_code ignored;
      fs::remove_all(folder_, ignored);
    }
    throw;
  }
  seconds_ = clock.seconds();
  if (job.rank() == 0)
    log::info(cat("staged the dataset in '", folder_.string(), "' in ", human_seconds(seconds_)));
}

void NodeCopy::copy(const fs::path& dataset, const fs::path& stage_dir, Communicator& job,
                    Communicator& machine) {
  DatasetIndex index;
  std::string name;
  together(job, [&] {
    const DatasetReader source(dataset);
    index = source.index();
    if (!owner_) return;
    fs::create_directories(stage_dir);
    remove_leftovers(stage_dir);
    check_room(stage_dir, source.info());
    name = cat(prefix, describe_machine().host, "-", ::getpid(), "-", index.hash);
    folder_ = fs::absolute(stage_dir) / name;
    fs::create_directories(folder_ / "volumes");
  });
  name = broadcast(machine, name, 0);
  folder_ = fs::absolute(stage_dir) / name;
  const auto all = static_cast<std::int64_t>(index.volumes.size());
  std::vector<std::int64_t> mine;
  for (std::int64_t v = machine.rank(); v < all; v += machine.size()) mine.push_back(v);
  together(job, [&] {
    Progress progress("Staging dataset", 2 * mine.size(), "volumes");
    for (const std::int64_t v : mine) {
      signals::check();
      const std::string& file = index.volumes[static_cast<std::size_t>(v)].file;
      fs::copy_file(dataset / file, folder_ / file);
      progress.advance();
    }
    for (const std::int64_t v : mine) {
      signals::check();
      verify_volume(index, v, folder_);
      progress.advance();
    }
    // Last, as in a dataset that is made: a folder with an index is whole.
    if (owner_) fs::copy_file(dataset / "index.json", folder_ / "index.json");
  });
}

NodeCopy::~NodeCopy() {
  std::error_code ignored;
  if (owner_) fs::remove_all(folder_, ignored);
}

}  // namespace scaffold
