// What a trainer needs of a network, whatever it computes.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/batch.hpp"
#include "nn/module.hpp"
#include "parallel/sharding.hpp"

namespace scaffold {

struct NamedTensor {
  std::string name;
  at::Tensor value;
};

/// Modules on a device, and how samples are cut over ranks.
class Network : public Module {
 public:
  /// From now on samples are this rank's block of one that the replica's shards hold together. Null: whole
  /// samples.
  void set_sharding(ShardingPtr sharding) { sharding_ = std::move(sharding); }
  const ShardingPtr& sharding() const { return sharding_; }

  /// For the input fields of a batch.
  virtual at::Tensor output(const Batch& batch) const = 0;

  const at::Device& device() const { return device_; }
  /// All parameters, named as in a state dict, once the derived class has materialized them.
  const std::vector<NamedTensor>& parameters() const { return parameters_; }
  std::vector<at::Tensor> parameter_tensors() const;
  void zero_grad();

 protected:
  explicit Network(const at::Device& device) : device_(device) {}
  /// materialize() on the network's device.
  void make_parameters(std::uint64_t seed, at::ScalarType type, at::MemoryFormat layout);

 private:
  at::Device device_;
  ShardingPtr sharding_;
  std::vector<NamedTensor> parameters_;
};

}  // namespace scaffold
