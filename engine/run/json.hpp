// JSON for the .cpp files of this room: safe both ways. Not part of the room's interface.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "run/records.hpp"

namespace scaffold::report {

using Json = nlohmann::json;             ///< for reading: lookups stay fast in hostile objects
using Ordered = nlohmann::ordered_json;  ///< for writing: keys stay in the order they were set

/// null when the value is not finite.
Ordered number(double value);
Ordered numbers(const std::vector<double>& values);
/// One line when indent is -1; bytes that are not UTF-8 become U+FFFD.
std::string dump(const Ordered& json, int indent = -1);
/// A JSON object; DataError beginning with `where` when it is anything else or nested deeper than 32.
Json parse_object(std::string_view text, const std::string& where);

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
