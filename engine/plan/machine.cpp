#include "plan/machine.hpp"

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

std::map<std::string, double*> numbers(Machine& m) {
  return {{"flops_bfloat16", &m.flops_bfloat16},
          {"flops_float32", &m.flops_float32},
          {"convolution_efficiency", &m.convolution_efficiency},
          {"memory", &m.memory},
          {"memory_bandwidth", &m.memory_bandwidth},
          {"ranks_per_node", &m.ranks_per_node},
          {"link_bandwidth", &m.link_bandwidth},
          {"network_bandwidth", &m.network_bandwidth},
          {"collective_bandwidth", &m.collective_bandwidth},
          {"latency", &m.latency},
          {"filesystem_bandwidth", &m.filesystem_bandwidth}};
}

Machine::Device device(const std::string& value, const std::string& where) {
  if (value == "cpu") return Machine::Device::cpu;
  if (value == "gpu") return Machine::Device::gpu;
  if (value == "apu") return Machine::Device::apu;
  throw ConfigError(
      cat(where, ": got '", value, "', allowed is cpu, gpu or apu (memory shared with the host)"));
}

YAML::Node parse(const std::string& text, const std::string& name) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw ConfigError(cat(name, ":", error.mark.line + 1, ": not valid YAML: ", error.msg));
  }
}

}  // namespace

Machine read_machine(const std::filesystem::path& file) {
  const std::string name = cat("machine description '", file.string(), "'");
  std::string text;
  try {
    text = read_text(file, std::uint64_t{64} << 10);
  } catch (const Error& error) {
    throw ConfigError(cat(error.what(), "; ready ones are in configs/machines"));
  }
  const YAML::Node root = parse(text, name);
  if (!root.IsMap()) throw ConfigError(cat(name, ": 'key: value' lines are expected"));
  Machine machine;
  auto missing = numbers(machine);
  bool has_device = false;
  for (const auto& entry : root) {
    const auto key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    const auto value = entry.second.IsScalar() ? entry.second.Scalar() : std::string();
    const auto where = cat(name, ":", entry.first.Mark().line + 1, ": ", key);
    if (key == "name") {
      machine.name = value;
      continue;
    }
    if (key == "device") {
      machine.device = device(value, where);
      has_device = true;
      continue;
    }
    const auto known = missing.find(key);
    if (known == missing.end())
      throw ConfigError(cat(
          where, numbers(machine).contains(key) ? " is given twice" : " is no key of a machine description"));
    double number = 0;
    if (!parse_double(value, number) || !std::isfinite(number) || number <= 0)
      throw ConfigError(cat(where, ": got '", value, "', a number above 0 is expected"));
    *known->second = number;
    missing.erase(known);
  }
  if (!has_device) throw ConfigError(cat(name, " lacks device"));
  if (!missing.empty()) throw ConfigError(cat(name, " lacks ", missing.begin()->first));
  if (machine.name.empty()) machine.name = file.stem().string();
  return machine;
}

}  // namespace scaffold
