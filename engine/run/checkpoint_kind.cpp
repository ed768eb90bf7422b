#include "run/checkpoint_kind.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/h5.hpp"
#include "workload/workload.hpp"

namespace scaffold {

const Workload& checkpoint_workload(const H5Reader& file) {
  if (!file.has_attribute("/", "workload")) return default_workload();
  const std::string name = file.text_attribute("/", "workload");
  try {
    return workload_named(name);
  } catch (const ConfigError& error) {
    throw DataError(cat("'", file.path().string(), "': ", error.what()));
  }
}

}  // namespace scaffold
