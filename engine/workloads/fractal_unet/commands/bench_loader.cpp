#include "fractal_unet/bench/data.hpp"
#include "fractal_unet/commands/commands.hpp"

namespace scaffold {

void register_bench_loader(CLI::App& bench, Action& action) {
  auto arguments = std::make_shared<BenchArguments>();
  auto options = std::make_shared<LoaderBenchOptions>();
  auto dataset = std::make_shared<std::string>();
  auto mebibytes = std::make_shared<std::uint64_t>(options->bytes >> 20);
  auto* command =
      add_bench(bench, "loader", "Samples per second of the loader against bare reads", arguments);
  as_path(command->add_option("dataset", *dataset, "Dataset folder: <dataset_dir>/<hash>"))->required();
  command->add_option("--mib", *mebibytes, "Read in a round, MiB, at least one volume; to fit the page cache")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 24))
      ->capture_default_str();
  command->add_flag("--direct", options->direct, "Also with direct_io, around the page cache");
  command->footer(
      "--threads is the loader's dataloader_num_workers and, for comparison, as many threads of bare reads.\n"
      "Example: scaffold bench loader datasets/0123456789abcdef --threads 1");
  command->callback([=, &action] {
    action = [=] {
      options->workers = arguments->thread_count();
      options->bytes = *mebibytes << 20;
      options->limits = arguments->limits();
      return print(bench_loader(DatasetReader(*dataset), *options), *arguments);
    };
  });
}

}  // namespace scaffold
