#include "nn/network.hpp"

#include <ATen/ATen.h>

namespace scaffold {

void Network::make_parameters(std::uint64_t seed, at::ScalarType type, at::MemoryFormat layout) {
  materialize(device_, seed, type, layout);
  parameters_.clear();
  for (const auto& [name, parameter] : named_parameters()) parameters_.push_back({name, parameter->value});
}

std::vector<at::Tensor> Network::parameter_tensors() const {
  std::vector<at::Tensor> tensors;
  for (const auto& parameter : parameters_) tensors.push_back(parameter.value);
  return tensors;
}

void Network::zero_grad() {
  for (auto& parameter : parameters_) parameter.value.mutable_grad().reset();
}

}  // namespace scaffold
