#include "workload/workload.hpp"

#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

std::vector<std::unique_ptr<Workload>>& all() {
  static std::vector<std::unique_ptr<Workload>> workloads;
  return workloads;
}

}  // namespace

void add_workload(std::unique_ptr<Workload> workload) {
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

const Workload& default_workload() {
  if (all().empty()) throw Error("no workload has been added");
  return *all().front();
}

}  // namespace scaffold
