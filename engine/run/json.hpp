// Records as JSON, for the .cpp files of this room and of report. Not part of the room's interface.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "core/json.hpp"
#include "run/records.hpp"

namespace scaffold::report {

Ordered epoch_json(const EpochRecord& epoch);
Ordered phases_json(const PhaseSeconds& phases);
Ordered machine_json(const MachineDescription& machine);
Ordered dataset_json(const DatasetInfo& dataset);
Ordered software_json(const RunRecord& run);
/// {key: value} of what figures of merit are compared by.
Ordered comparability_json(const std::vector<ConfigEntry>& config);
/// {key: {value, origin}}; a value is a number, a boolean or a list where its YAML text reads as one.
Ordered configuration_json(const std::vector<ConfigEntry>& config);

}  // namespace scaffold::report
