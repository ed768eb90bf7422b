#include "workload/task.hpp"

#include <map>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

std::map<std::string, std::unique_ptr<Task>, std::less<>>& all() {
  static std::map<std::string, std::unique_ptr<Task>, std::less<>> tasks;
  return tasks;
}

}  // namespace

void add_task(const std::string& workload, std::unique_ptr<Task> task) { all()[workload] = std::move(task); }

const Task& task_of(std::string_view workload) {
  const auto found = all().find(workload);
  if (found == all().end()) throw ConfigError(cat("there is no workload '", workload, "' to train"));
  return *found->second;
}

Computation computation(const Config& config, const at::Device& device) {
  return {device.is_cpu(), config.fused, resolve_precision(config.torch_amp, device)};
}

std::int64_t parameter_count(const std::vector<ParameterShape>& shapes) {
  std::int64_t count = 0;
  for (const auto& one : shapes) {
    std::int64_t numbers = 1;
    for (const auto extent : one.shape) numbers *= extent;
    count += numbers;
  }
  return count;
}

std::int64_t size_of(const NetworkSizes& sizes, std::string_view name) {
  for (const auto& [each, value] : sizes)
    if (each == name) return value;
  throw Error(cat("the network's sizes have no ", name));
}

}  // namespace scaffold
