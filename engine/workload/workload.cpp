#include "workload/workload.hpp"

#include "comm/shard_layout.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

std::vector<std::unique_ptr<Workload>>& all() {
  static std::vector<std::unique_ptr<Workload>> workloads;
  return workloads;
}

}  // namespace

void Workload::check_shards(const Config& config, const Extent3& shards) const {
  const Extent3 whole = extents(config), most = most_shards(config);
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (whole[axis] % shards[axis] != 0 || shards[axis] > most[axis])
      throw ConfigError(cat("dc_num_shards: ", shards[axis], " shards along ", "DHW"[axis],
                            " do not fit its ", whole[axis], " voxels: use a divisor up to ", most[axis]));
}

std::vector<std::string> Workload::comparability_keys() const {
  std::vector<std::string> keys;
  for (const auto& option : options(name()))
    if (option.group == "Problem") keys.push_back(option.name);
  return keys;
}

const Workload& workload_of(const std::vector<ConfigEntry>& config) {
  for (const auto& entry : config)
    if (entry.key == "workload") {  // as YAML or JSON
      std::string_view name = entry.value;
      if (name.size() > 1 && name.front() == '"') name = name.substr(1, name.size() - 2);
      return workload_named(name);
    }
  return default_workload();
}

const Workload& workload_in(std::string_view config_yaml) {
  const std::string name = named_workload(config_yaml);
  return name.empty() ? default_workload() : workload_named(name);
}

const Workload& workload_of_run(const fs::path& run_dir) {
  constexpr std::uint64_t largest = std::uint64_t{1} << 20;
  std::string text;
  try {
    text = read_text(run_dir / "config.yaml", largest);
  } catch (const Error&) {  // who needs it says so
  }
  return workload_in(text);
}

Extent3 shards_of(const Config& config) {
  const Workload& workload = workload_of(config);
  const ShardLayout layout(workload.extents(config), config.dc_num_shards, config.dc_shard_dims);
  workload.check_shards(config, layout.shards());
  return layout.shards();
}

void add_workload(std::unique_ptr<Workload> workload) {
  for (const MetricInfo& metric : workload->metrics())
    if (metric.name == "loss" || metric.name.starts_with("loss_"))  // their keys and figures would meet
      throw Error(cat("workload '", workload->name(), "': a metric cannot be called ", metric.name,
                      ", since the losses that every workload has are"));
  add_workload_keys(workload->keys());
  all().push_back(std::move(workload));
}

const Workload& workload_named(std::string_view name) {
  std::string names;
  for (const auto& one : all()) {
    if (one->name() == name) return *one;
    names += cat(names.empty() ? "" : ", ", one->name());
  }
  throw ConfigError(cat("there is no workload '", name, "'; there are: ", names));
}

const std::vector<std::unique_ptr<Workload>>& workloads() { return all(); }

const OwnArtifacts& artifacts_of_kind(std::string_view kind) {
  for (const auto& workload : all())
    if (const OwnArtifacts* own = workload->artifacts(); own && own->newest_version(kind)) return *own;
  throw DataError(cat("no workload of this program reads a '", kind, "'"));
}

const Workload& default_workload() {
  if (all().empty()) throw Error("no workload has been added");
  return *all().front();
}

}  // namespace scaffold
