// One sitting of a run: everything between an opened run folder and its report.
#pragma once
#include <optional>

#include "dataset/generate.hpp"
#include "dataset/reader.hpp"
#include "report/official.hpp"
#include "report/report_json.hpp"
#include "run_observer.hpp"
#include "train/checkpoint.hpp"
#include "train/run_folder.hpp"
#include "train/trainer.hpp"

namespace scaffold {

struct LoadedCheckpoint {
  Checkpoint checkpoint;
  fs::path file;
};

class Sitting {
 public:
  Sitting(RunFolder folder, MergedConfig merged, const DatasetInfo& info,
          std::optional<LoadedCheckpoint> loaded);
  ~Sitting();
  Sitting(const Sitting&) = delete;
  Sitting& operator=(const Sitting&) = delete;

  /// Warm-up, training, report. Whatever happens here, the run folder gets its report. Returns the exit code.
  int run();

 private:
  void prepare(std::optional<LoadedCheckpoint> loaded);
  void describe_run(std::uint64_t train_seed);
  void resume(LoadedCheckpoint& loaded, std::vector<EpochRecord> epochs);
  void train();
  void fill_result(const TrainResult& result);
  bool finish();
  OfficialInputs official_inputs() const;

  RunFolder folder_;
  MergedConfig merged_;
  const Config& config_;
  at::Device device_;
  DatasetReader reader_;
  std::optional<StatsCsv> stats_;
  std::optional<EventLog> events_;
  std::optional<RunObserver> observer_;
  std::optional<Trainer> trainer_;
  int signal_ = 0;
  RunRecord record_;
};

}  // namespace scaffold
