#include "nn/module.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/philox.hpp"

namespace scaffold {
namespace {

at::Tensor initial_value(const Parameter& parameter, std::uint64_t seed, std::uint32_t index) {
  if (parameter.fan_in == 0) return at::full(parameter.shape, parameter.start, at::kFloat);
  at::Tensor value = at::empty(parameter.shape, at::kFloat);
  const double bound = 1 / std::sqrt(static_cast<double>(parameter.fan_in));
  Stream stream(seed, Purpose::parameters, index);
  float* out = value.data_ptr<float>();
  for (std::int64_t i = 0; i < value.numel(); ++i)
    out[i] = static_cast<float>((2 * (stream() * 0x1p-32) - 1) * bound);
  return value;
}

}  // namespace

std::int64_t Parameter::numel() const {
  std::int64_t count = 1;
  for (const auto extent : shape) count *= extent;
  return count;
}

void Module::collect(const std::string& prefix, std::vector<NamedParameter>& into) const {
  for (const auto& entry : entries_) {
    if (entry.parameter)
      into.push_back({prefix + entry.name, entry.parameter});
    else
      entry.module->collect(entry.name.empty() ? prefix : prefix + entry.name + ".", into);
  }
}

std::vector<NamedParameter> Module::named_parameters() const {
  std::vector<NamedParameter> all;
  collect("", all);
  return all;
}

void Module::materialize(const at::Device& device, std::uint64_t seed, at::ScalarType type,
                         at::MemoryFormat layout) {
  std::uint32_t index = 0;
  for (const auto& [name, parameter] : named_parameters()) {
    at::Tensor value = initial_value(*parameter, seed, index++).to(device, type);
    if (value.dim() == 5) value = value.contiguous(layout);
    parameter->value = value.set_requires_grad(true);
  }
}

std::int64_t parameter_count(const std::vector<NamedParameter>& parameters) {
  std::int64_t count = 0;
  for (const auto& each : parameters) count += each.parameter->numel();
  return count;
}

Conv3d::Conv3d(std::int64_t in, std::int64_t out, std::int64_t kernel, bool with_bias) {
  const std::int64_t taps = kernel * kernel * kernel;
  weight = {{out, in, kernel, kernel, kernel}, in * taps};
  add("weight", weight);
  if (!with_bias) return;
  bias = {{out}, in * taps};
  add("bias", bias);
}

ConvTranspose3d::ConvTranspose3d(std::int64_t in, std::int64_t out) {
  weight = {{in, out, 2, 2, 2}, out * 8};
  bias = {{out}, out * 8};
  add("weight", weight);
  add("bias", bias);
}

GroupNorm::GroupNorm(std::int64_t channels) {
  weight = {{channels}, 0, 1};
  bias = {{channels}, 0, 0};
  add("weight", weight);
  add("bias", bias);
}

Linear::Linear(std::int64_t in, std::int64_t out) {
  weight = {{out, in}, in};
  bias = {{out}, in};
  add("weight", weight);
  add("bias", bias);
}

}  // namespace scaffold
