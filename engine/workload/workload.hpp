// What a workload gives besides tensors (task.hpp has those), and which workloads there are.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "config/declare.hpp"
#include "workload/metric.hpp"

namespace scaffold {

class Workload {
 public:
  virtual ~Workload() = default;
  /// As configurations name it.
  virtual std::string name() const = 0;
  /// Keys of its own.
  virtual declare::WorkloadKeys keys() const = 0;
  /// What its epochs are measured by; the first one is the score.
  virtual const MetricList& metrics() const = 0;
};

/// Makes it and its keys known: before configurations are read, from one thread.
void add_workload(std::unique_ptr<Workload> workload);
/// ConfigError where there is none of this name.
const Workload& workload_named(std::string_view name);
/// The first one that was added: what is meant where nothing says which.
const Workload& default_workload();

}  // namespace scaffold
