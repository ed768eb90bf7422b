#include "run/json.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "run/official.hpp"

namespace scaffold::report {
namespace {

/// A YAML scalar or flow list as JSON; text when it reads as nothing else.
Ordered yaml_value(const std::string& text) {
  const std::string_view value = trim(text);
  if (value == "~") return nullptr;
  if (!value.empty() && value.size() < 4096 && value.front() != '{') {
    const Ordered json = Ordered::parse(value, nullptr, false);
    const bool finite = !json.is_number_float() || std::isfinite(json.get<double>());
    if (!json.is_discarded() && finite) return json;
  }
  double real = 0;
  if (parse_double(value, real) && value.find_first_of(".eE") != value.npos) return real;
  return text;
}

}  // namespace

Ordered phases_json(const PhaseSeconds& p) {
  return {{"data_wait", number(p.data_wait)},
          {"forward", number(p.forward)},
          {"backward", number(p.backward)},
          {"optimizer", number(p.optimizer)},
          {"validation", number(p.validation)},
          {"checkpoint", number(p.checkpoint)},
          {"other", number(p.other)}};
}

namespace {
Ordered parallel_json(const ParallelRecord& p) {
  return {{"steps", p.steps},
          {"step_seconds_min", number(p.step_min)},
          {"step_seconds_median", number(p.step_median)},
          {"step_seconds_max", number(p.step_max)},
          {"slowest_rank", p.slowest_rank},
          {"slowest_host", p.slowest_host},
          {"hosts", p.hosts},
          {"halo_bytes", number(p.halo_bytes)},
          {"allreduce_bytes", number(p.allreduce_bytes)},
          {"statistics_bytes", number(p.statistics_bytes)},
          {"validation_halo_bytes", number(p.validation_halo_bytes)},
          {"halo_seconds", number(p.halo_seconds)},
          {"halo_wait", number(p.halo_wait)},
          {"statistics_wait", number(p.statistics_wait)},
          {"allreduce_seconds", number(p.allreduce_seconds)},
          {"allreduce_exposed", number(p.allreduce_exposed)},
          {"communication_share", number(p.communication_share)},
          {"communication_total", number(p.communication_total)},
          {"peak_memory_bytes", p.peak_memory_bytes},
          {"rank_step_seconds", numbers(p.rank_step_seconds)},
          {"rank_peak_memory_bytes", numbers(p.rank_peak_bytes)}};
}
}  // namespace

Ordered epoch_json(const EpochRecord& e) {
  Ordered json{{"epoch", e.epoch},
               {"epoch_loss", number(e.epoch_loss)},
               {"overall_loss", number(e.overall_loss)},
               {"val_loss_epoch", number(e.val_loss_epoch)},
               {"val_loss_avg", number(e.val_loss_avg)},
               {"epoch_duration", number(e.epoch_duration)},
               {"optimizer_steps", e.optimizer_steps},
               {"total_optimizer_steps", e.total_optimizer_steps},
               {"learning_rate", number(e.learning_rate)},
               {"phases", phases_json(e.phases)},
               {"samples_per_second", number(e.samples_per_second)},
               {"peak_memory_bytes", e.peak_memory_bytes},
               {"gradient_norm", number(e.gradient_norm)}};
  for (const auto& metric : e.metrics) {
    // What joined after this epoch was trained has no key, as in the epoch's event.
    if (!metric.info->in_table && !std::isfinite(metric.value)) continue;
    json[metric.info->key()] = number(metric.value);
    if (!metric.info->part.empty()) json[metric.info->parts_key()] = numbers(metric.parts);
  }
  if (e.parallel) json["parallel"] = parallel_json(*e.parallel);
  return json;
}

Ordered machine_json(const MachineDescription& m) {
  return {{"host", m.host}, {"cpu", m.cpu},      {"cores", m.cores}, {"memory_bytes", m.memory_bytes},
          {"os", m.os},     {"kernel", m.kernel}};
}

Ordered dataset_json(const DatasetInfo& d) {
  Ordered json = {{"folder", d.folder.string()}, {"hash", d.hash}, {"format", d.format}};
  if (d.extents == cube(d.extents[0]))
    json["edge"] = d.extents[0];
  else
    json["extents"] = d.extents;
  if (d.classes > 0) json["classes"] = d.classes;
  json["volumes"] = d.samples;
  json["training"] = d.training;
  json["validation"] = d.validation;
  json["bytes"] = d.bytes;
  json["generation_seconds"] = number(d.generation_seconds);
  return json;
}

Ordered software_json(const RunRecord& run) {
  Ordered json = Ordered::object();
  for (const auto& [name, version] : run.software) json[name] = version;
  return json;
}

Ordered comparability_json(const std::vector<ConfigEntry>& config) {
  Ordered json = Ordered::object();
  for (const auto& [key, value] : comparability(config)) json[key] = yaml_value(value);
  return json;
}

Ordered configuration_json(const std::vector<ConfigEntry>& config) {
  Ordered json = Ordered::object();
  for (const auto& entry : config)
    json[entry.key] = {{"value", yaml_value(entry.value)}, {"origin", entry.origin}};
  return json;
}

}  // namespace scaffold::report
