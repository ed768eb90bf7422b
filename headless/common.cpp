#include "common.hpp"

#include <new>

#include "comm/mpi_world.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "version.hpp"

namespace scaffold {

LibrarySpec library_spec(const Config& config) {
  LibrarySpec spec;
  spec.base_dir = config.fract_base_dir;
  spec.variance_threshold = config.variance_threshold;
  spec.seed = static_cast<std::uint64_t>(config.seed);
  spec.points = cloud_points(static_cast<int>(config.problem_scale));
  spec.normalize = config.normalize;
  return spec;
}

DatasetSpec dataset_spec(const Config& config) {
  DatasetSpec spec;
  spec.dataset_dir = config.dataset_dir;
  spec.n_categories = static_cast<int>(config.n_categories);
  spec.n_instances_used_per_fractal = static_cast<int>(config.n_instances_used_per_fractal);
  spec.problem_scale = static_cast<int>(config.problem_scale);
  spec.seed = static_cast<std::uint64_t>(config.seed);
  spec.variance_threshold = config.variance_threshold;
  spec.n_fracts_per_vol = static_cast<int>(config.n_fracts_per_vol);
  spec.val_split = static_cast<int>(config.val_split);
  spec.normalize = config.normalize;
  spec.format = config.dataset_format;
  spec.dc_num_shards = config.dc_num_shards;
  spec.dc_shard_dims = config.dc_shard_dims;
  spec.enforce_commit = config.dataset_reuse_enforce_commit_id;
  spec.commit = commit();
  return spec;
}

Plan dataset_plan(const Config& config) {
  const DatasetSpec spec = dataset_spec(config);
  return make_plan({spec.seed, spec.n_categories, spec.n_instances_used_per_fractal, spec.n_fracts_per_vol,
                    spec.val_split});
}

int threads(const Config& config, int cores) {
  if (config.num_threads > 0) return static_cast<int>(config.num_threads);
  return cores > 0 ? cores : available_threads();
}

std::filesystem::path search_library(const Config& config, int cores, bool force, World& world) {
  const SearchShare share{world.rank(), world.size(),
                          [&](std::vector<std::int64_t>& values) { sum(world.all(), values); }};
  std::filesystem::path folder;
  // The search is collective itself, so its error may be all ranks' or this one's: told afterwards.
  std::exception_ptr failure;
  try {
    folder =
        generate_library(library_spec(config), static_cast<int>(config.n_categories), cores, force, share);
  } catch (...) {
    failure = std::current_exception();
  }
  collective_try(world.all(), [&] {
    if (failure) std::rethrow_exception(failure);
  });
  return folder;
}

std::filesystem::path program_path() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto folder = program.parent_path();
  return folder.filename() == "libexec" ? folder.parent_path() / "bin" / "scaffold" : program;
}

int on_all_ranks(const std::function<int(World& world)>& body) {
  World world(detect_launch());
  if (world.rank() != 0) log::set_level(log::Level::off);
  try {
    return body(world);
  } catch (...) {
    const bool is_root = world.rank() == 0;
    world.close();
    if (is_root) throw;
    return describe_error(std::current_exception()).second;
  }
}

std::pair<std::string, int> describe_error(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    return {e.what(), static_cast<int>(e.code())};
  } catch (const Interrupted& stop) {
    return {cat("interrupted by signal ", stop.signal()), 128 + stop.signal()};
  } catch (const std::bad_alloc&) {
    return {"out of memory; use a smaller problem or fewer threads", 1};
  } catch (const std::filesystem::filesystem_error& e) {
    // "filesystem error: cannot …: reason [path]": what failed and where, in the library's words.
    return {cat("cannot use '", e.path1().string(), "': ", e.code().message(),
                "; check the path and its permissions"),
            1};
  } catch (const std::exception& e) {
    // Torch's own errors carry a stack trace behind the first line.
    const std::string what = split(std::string(e.what()).substr(0, 2000), '\n').front();
    for (const char* sign : {"can't allocate memory", "out of memory"})
      if (what.find(sign) != what.npos)
        return {cat("out of memory (", what, "); use more shards, a smaller local_batch_size or ",
                    "activation_checkpointing: 1"),
                1};
    return {cat("unexpected error: ", what), 1};
  }
}

}  // namespace scaffold
