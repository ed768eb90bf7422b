// A run for other tools' eyes.
#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>
#include <memory>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "headless/commands.hpp"
#include "headless/export/labels.hpp"
#include "monitor/run_export.hpp"

namespace scaffold {
namespace {

struct ExportArguments {
  std::filesystem::path run, tensorboard, openmetrics, csv;
  LabelTargets labels;
};

int run_export(const ExportArguments& arguments) {
  const bool of_run =
      !arguments.tensorboard.empty() || !arguments.openmetrics.empty() || !arguments.csv.empty();
  if (of_run && arguments.labels.any())
    throw ConfigError(
        "--tensorboard, --openmetrics and --csv are for a run, --volume, --nifti, --ome-zarr and --vtkhdf "
        "for a "
        "dataset or a prediction; give those of one kind");
  if (arguments.labels.any()) return export_labels(arguments.run, arguments.labels);
  if (!of_run)
    throw ConfigError(
        "nothing to export to: give --tensorboard DIR, --openmetrics FILE or --csv DIR for a run, --nifti "
        "FILE, "
        "--ome-zarr DIR or --vtkhdf FILE for a dataset or a prediction");
  const RunData run = read_whole_run(arguments.run);
  const auto write = [](const fs::path& path, const std::string& text) {
    write_atomic(path, text);
    std::cout << path.string() << '\n';
  };
  if (!arguments.tensorboard.empty())
    std::cout << export_to_tensorboard(arguments.tensorboard, arguments.run, run).string() << '\n';
  if (!arguments.openmetrics.empty()) {
    // For the collector, which is another user: whoever reaches the folder may read it, umask 077 or not.
    constexpr unsigned for_all = 0644;
    ensure_writable_folder(fs::absolute(arguments.openmetrics).parent_path());
    write_atomic(arguments.openmetrics, openmetrics_text(run, arguments.run, std::time(nullptr)), for_all);
    std::cout << arguments.openmetrics.string() << '\n';
  }
  if (!arguments.csv.empty()) {
    ensure_writable_folder(arguments.csv);
    write(arguments.csv / "epochs.csv", epochs_csv(run));
    write(arguments.csv / "steps.csv", steps_csv(run));
    write(arguments.csv / "samples.csv", samples_csv(run));
  }
  if (const std::string missing = what_is_missing(arguments.run, run); !missing.empty())
    log::warning(missing);
  return 0;
}

}  // namespace

void register_export(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "export", "Write a run for TensorBoard, Prometheus or spreadsheets, a volume for programs of imaging");
  auto arguments = std::make_shared<ExportArguments>();
  as_path(command->add_option("path", arguments->run,
                              "Run folder (finished, crashed or running), dataset folder or prediction file"))
      ->required();
  as_path(
      command->add_option("--tensorboard", arguments->tensorboard,
                          "Folder of an event file in a folder of the run's name: tensorboard --logdir it"));
  as_path(command->add_option(
      "--openmetrics", arguments->openmetrics,
      "File for the textfile collector of Prometheus' node exporter: its name ends in .prom"));
  as_path(command->add_option("--csv", arguments->csv, "Folder for epochs.csv, steps.csv and samples.csv"));
  add_label_options(*command, arguments->labels);
  command->footer(
      "Examples: scaffold export benchmark_runs/benchmark_20261121-102030 --tensorboard board\n"
      "          scaffold export datasets/HASH --volume 3 --nifti labels.nii.gz --ome-zarr labels.ome.zarr");
  command->callback([=, &action] { action = [=] { return run_export(*arguments); }; });
}

}  // namespace scaffold
