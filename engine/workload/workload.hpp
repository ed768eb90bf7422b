// What a workload gives besides tensors (task.hpp has those), and which workloads there are.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/declare.hpp"
#include "core/extent.hpp"
#include "workload/artifacts.hpp"
#include "workload/dataset_source.hpp"
#include "workload/metric.hpp"

namespace scaffold {

/// In report.json: {name: value, "reason": reason}.
struct RunRules {
  std::string name, value, reason;
};

class Workload {
 public:
  virtual ~Workload() = default;
  /// As configurations name it.
  virtual std::string name() const = 0;
  /// Keys of its own.
  virtual declare::WorkloadKeys keys() const = 0;
  /// What its epochs are measured by; the first one is the score.
  virtual const MetricList& metrics() const = 0;

  virtual std::unique_ptr<DatasetSource> dataset(const Config& config) const = 0;
  /// Extents D, H, W of a sample.
  virtual Extent3 extents(const Config& config) const = 0;
  /// The largest number of shards along each axis into which its network lets a sample be cut.
  virtual Extent3 most_shards(const Config& config) const = 0;
  /// ConfigError unless its network can be cut so; by default, by the two above.
  virtual void check_shards(const Config& config, const Extent3& shards) const;
  /// The key that says how large a sample is.
  virtual std::string size_key() const = 0;
  /// Of its networks, as checkpoints record them.
  virtual std::vector<std::string> size_names() const = 0;
  /// What it is, for people: "a graph network on meshes".
  virtual std::string about() const = 0;
  /// What is trained, for people: "problem scale 5".
  virtual std::string problem(const Config& config) const = 0;

  /// The problem whose results are official, every other key at its default: what a figure of merit is
  /// compared with. Nothing: no result is.
  virtual std::optional<Config> official_problem() const { return std::nullopt; }
  /// How a configuration's problem differs from it, for people.
  virtual std::vector<std::string> unofficial_reasons(const Config& /*config*/) const { return {}; }
  /// What the rules of its suite of benchmarks call this program; nothing: there are none.
  virtual std::optional<RunRules> run_rules() const { return std::nullopt; }
  /// Figures of merit can be compared where these keys are equal. By default its own that are the problem.
  virtual std::vector<std::string> comparability_keys() const;

  /// Null: it writes no files and folders of kinds of its own.
  virtual const OwnArtifacts* artifacts() const { return nullptr; }
};

/// Makes it and its keys known: before configurations are read, from one thread. Error when a metric has the
/// name of what every workload has.
void add_workload(std::unique_ptr<Workload> workload);
/// ConfigError where there is none of this name.
const Workload& workload_named(std::string_view name);
inline const Workload& workload_of(const Config& config) { return workload_named(config.workload); }
/// All, in the order in which they were added.
const std::vector<std::unique_ptr<Workload>>& workloads();
/// What writes files and folders of this kind, the first of several. DataError where nothing does.
const OwnArtifacts& artifacts_of_kind(std::string_view kind);
/// The first one that was added: what is meant where nothing says which.
const Workload& default_workload();

/// Of a run's record; those of before workloads were named are of the default.
const Workload& workload_of(const std::vector<ConfigEntry>& config);
/// That a configuration's text (a run's config.yaml) names: the default where it names none or cannot be
/// read.
const Workload& workload_in(std::string_view config_yaml);
/// That a run folder's config.yaml names, likewise.
const Workload& workload_of_run(const fs::path& run_dir);

/// How a configuration's keys cut a sample. ConfigError where they cannot.
Extent3 shards_of(const Config& config);

}  // namespace scaffold
