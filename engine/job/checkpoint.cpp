#include "job/checkpoint.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/h5.hpp"

namespace scaffold {
namespace {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

at::Tensor to_host(const at::Tensor& tensor) {
  const at::Tensor host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  return host.is_alias_of(tensor) ? host.clone() : host;
}

/// The numbers of the state, each with its name in the file: written and read by the same table.
template <class State, class Integer, class Real>
void for_each_number(State& state, const MetricInfo& score, Integer&& integer, Real&& real) {
  integer("epoch", state.epoch);
  integer("step", state.step);
  integer("total_steps", state.total_steps);
  integer("best_epoch", state.best_epoch);
  integer("samples", state.samples);
  integer("restarts", state.restarts);
  real(cat("best_", score.name), state.best_score);
  real(cat("best_saved_", score.name), state.best_saved_score);
  real("loss_sum", state.loss_sum);
  real(cat(score.name, "_sum"), state.metric_sum);
  real("gradient_norm_sum", state.gradient_norm_sum);
  real("seconds", state.seconds);
  real("data_wait_seconds", state.phases.data_wait);
  real("forward_seconds", state.phases.forward);
  real("backward_seconds", state.phases.backward);
  real("optimizer_seconds", state.phases.optimizer);
  real("validation_seconds", state.phases.validation);
  real("checkpoint_seconds", state.phases.checkpoint);
}

/// As the columns of train_stats.csv.
std::vector<double> row(const EpochRecord& e) {
  std::vector<double> values{static_cast<double>(e.epoch), e.epoch_loss, e.overall_loss, e.val_loss_epoch,
                             e.val_loss_avg};
  for (const Metric* metric : e.table()) values.push_back(metric->value);
  values.insert(values.end(), {e.epoch_duration, static_cast<double>(e.optimizer_steps),
                               static_cast<double>(e.total_optimizer_steps)});
  return values;
}

std::int64_t epoch_columns(const MetricList& metrics) {
  return static_cast<std::int64_t>(row(EpochRecord(metrics)).size());
}

EpochRecord record(const MetricList& metrics, const double* r) {
  EpochRecord e(metrics);
  e.epoch = static_cast<std::int64_t>(*r++);
  for (double* value : {&e.epoch_loss, &e.overall_loss, &e.val_loss_epoch, &e.val_loss_avg}) *value = *r++;
  for (Metric* metric : e.table()) metric->value = *r++;
  e.epoch_duration = *r++;
  e.optimizer_steps = static_cast<std::int64_t>(*r++);
  e.total_optimizer_steps = static_cast<std::int64_t>(*r);
  return e;
}

void write_tensors(H5Writer& file, const std::string& group, const NamedTensors& tensors) {
  for (const auto& [name, value] : tensors)
    file.write(cat(group, "/", name), DataType::float32, value.sizes().vec(), value.data_ptr<float>());
}

/// Exactly the tensors that the network has: nothing is allocated on a file's word.
NamedTensors read_tensors(const H5Reader& file, const std::string& group,
                          const std::vector<ParameterShape>& shapes) {
  if (const auto names = file.list(group); names.size() != shapes.size())
    throw DataError(cat("'", file.path().string(), "': ", group, " holds ", names.size(),
                        " tensors where its network has ", shapes.size(),
                        "; the file was not written by this program"));
  NamedTensors tensors;
  for (const auto& shape : shapes) {
    const at::Tensor value = at::empty(shape.shape, at::kFloat);
    file.read(group + "/" + shape.name, DataType::float32, shape.shape, value.data_ptr<float>());
    tensors.emplace_back(shape.name, value);
  }
  return tensors;
}

/// The complete epochs of a checkpoint in the middle of `epoch`.
std::vector<EpochRecord> read_epochs(const H5Reader& file, const MetricList& metrics, std::int64_t epoch) {
  const Dims dims = file.info("/epochs").dims;
  const std::int64_t columns = epoch_columns(metrics);
  if (dims.size() != 2 || dims[1] != columns || dims[0] != epoch - 1 || dims[0] > 10'000'000)
    throw DataError(cat("'", file.path().string(), "': /epochs does not fit epoch ", epoch));
  std::vector<double> rows(static_cast<std::size_t>(dims[0] * columns));
  file.read("/epochs", DataType::float64, dims, rows.data());
  std::vector<EpochRecord> epochs;
  for (std::int64_t i = 0; i < dims[0]; ++i) epochs.push_back(record(metrics, rows.data() + i * columns));
  return epochs;
}

/// What no training can have left, whoever wrote it.
void check_state(const TrainState& state, const MetricInfo& score, const fs::path& path) {
  bool sound = state.epoch >= 1 && state.step >= 0 && state.total_steps >= state.step && state.samples >= 0 &&
               state.restarts >= 0 && state.best_epoch >= 0 && state.best_epoch < state.epoch;
  for_each_number(
      state, score, [](const char*, std::int64_t) {},
      [&](const std::string&, double value) { sound = sound && std::isfinite(value); });
  if (!sound) throw DataError(cat("'", path.string(), "' has an invalid training state"));
}

void copy_into(const NamedTensors& from, const std::vector<NamedTensor>& parameters,
               const std::vector<at::Tensor>& into, const fs::path& name) {
  const c10::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> by_name(from.begin(), from.end());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto found = by_name.find(parameters[i].name);
    if (found == by_name.end() || found->second.sizes() != into[i].sizes())
      throw DataError(cat("'", name.string(), "' does not fit this network: ", parameters[i].name,
                          found == by_name.end() ? " is missing" : " has another shape"));
    into[i].copy_(found->second);
  }
}

}  // namespace

void capture(Checkpoint& into, const Network& network) {
  const c10::NoGradGuard no_grad;
  into.model.clear();
  into.slots.clear();
  for (const auto& parameter : network.parameters())
    into.model.emplace_back(parameter.name, to_host(parameter.value));
}

void capture(Checkpoint& into, const Network& network, const Optimizer& optimizer) {
  const c10::NoGradGuard no_grad;
  capture(into, network);
  for (const auto& slot : optimizer.slots()) {
    into.slots.push_back({slot.name, {}});
    for (std::size_t i = 0; i < slot.value.size(); ++i)
      into.slots.back().value.emplace_back(network.parameters()[i].name, to_host(slot.value[i]));
  }
}

void restore(const Checkpoint& from, Network& network, const fs::path& name) {
  copy_into(from.model, network.parameters(), network.parameter_tensors(), name);
}

void restore(const Checkpoint& from, Network& network, Optimizer& optimizer, const fs::path& name) {
  restore(from, network, name);
  for (auto& slot : optimizer.slots()) {
    const auto found = std::find_if(from.slots.begin(), from.slots.end(),
                                    [&](const auto& s) { return s.name == slot.name; });
    if (found == from.slots.end())
      throw DataError(cat("'", name.string(), "' holds no optimizer state '", slot.name, "'"));
    copy_into(found->value, network.parameters(), slot.value, name);
  }
  optimizer.set_steps(from.state.total_steps);
}

std::uint64_t write_checkpoint(const fs::path& path, const Checkpoint& c) {
  H5Writer file(path, checkpoint_kind, checkpoint_version);
  const MetricList& metrics = workload_named(c.workload).metrics();
  for_each_number(
      c.state, metrics.front(),
      [&](const std::string& name, std::int64_t value) { file.attribute("/", name, value); },
      [&](const std::string& name, double value) { file.attribute("/", name, value); });
  if (c.workload != default_workload().name()) file.attribute("/", "workload", c.workload);
  for (const auto& [name, value] : c.network) file.attribute("/", name, value);
  file.attribute("/", "train_seed", static_cast<std::int64_t>(c.state.train_seed));
  file.attribute("/", "global_batch", c.global_batch);
  file.attribute("/", "dataset_hash", c.dataset_hash);
  file.attribute("/", "optimizer", c.optimizer);
  file.attribute("/", "commit", c.commit);
  file.write_text("/config", c.config_yaml);
  std::vector<double> rows;
  for (const auto& epoch : c.epochs) {
    const auto r = row(epoch);
    rows.insert(rows.end(), r.begin(), r.end());
  }
  file.write("/epochs", DataType::float64,
             {static_cast<std::int64_t>(c.epochs.size()), epoch_columns(metrics)}, rows.data());
  write_tensors(file, "/model", c.model);
  for (const auto& slot : c.slots) write_tensors(file, "/optimizer/" + slot.name, slot.value);
  file.finish();
  return fs::file_size(path);
}

Checkpoint read_checkpoint(const fs::path& path, bool with_optimizer) {
  const H5Reader file(path, checkpoint_kind, checkpoint_version);
  const Workload& workload = checkpoint_workload(file);
  const MetricList& metrics = workload.metrics();
  Checkpoint c;
  c.workload = workload.name();
  for_each_number(
      c.state, metrics.front(),
      [&](const std::string& name, std::int64_t& value) { value = file.int_attribute("/", name); },
      [&](const std::string& name, double& value) { value = file.double_attribute("/", name); });
  const Task& task = task_of(c.workload);
  for (const auto& name : workload.size_names()) c.network.emplace_back(name, file.int_attribute("/", name));
  const auto shapes = task.parameter_shapes(c.network);
  if (shapes.empty()) throw DataError(cat("'", path.string(), "' has invalid network dimensions"));
  check_state(c.state, metrics.front(), path);
  c.state.train_seed = static_cast<std::uint64_t>(file.int_attribute("/", "train_seed"));
  c.global_batch = file.int_attribute("/", "global_batch");
  if (c.global_batch < 1)
    throw DataError(cat("'", path.string(), "' has a global batch of ", c.global_batch));
  c.dataset_hash = file.text_attribute("/", "dataset_hash");
  c.optimizer = file.text_attribute("/", "optimizer");
  c.commit = file.text_attribute("/", "commit");
  c.config_yaml = file.read_text("/config");
  c.model = read_tensors(file, "/model", shapes);
  if (with_optimizer && file.exists("/optimizer"))
    for (const auto& name : file.list("/optimizer"))
      c.slots.push_back({name, read_tensors(file, "/optimizer/" + name, shapes)});
  c.epochs = read_epochs(file, metrics, c.state.epoch);
  return c;
}

std::optional<double> last_score(const fs::path& path) {
  const H5Reader file(path, checkpoint_kind, checkpoint_version);
  const auto epochs =
      read_epochs(file, checkpoint_workload(file).metrics(), file.int_attribute("/", "epoch"));
  if (epochs.empty()) return std::nullopt;
  return epochs.back().score();
}

}  // namespace scaffold
