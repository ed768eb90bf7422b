// A sharding that a node of autograd's graph keeps for its backward pass.
#pragma once
#include <torch/csrc/autograd/custom_function.h>

#include "parallel/sharding.hpp"

namespace scaffold {

/// As a capsule, since autograd carries only values; the node shares in the sharding's life.
struct ShardingHolder : torch::CustomClassHolder {
  ShardingPtr sharding;
};

inline void keep_sharding(torch::autograd::AutogradContext* ctx, const ShardingPtr& sharding) {
  auto holder = c10::make_intrusive<ShardingHolder>();
  holder->sharding = sharding;
  ctx->saved_data["sharding"] = c10::IValue::make_capsule(std::move(holder));
}

inline ShardingPtr kept_sharding(torch::autograd::AutogradContext* ctx) {
  return c10::static_intrusive_pointer_cast<ShardingHolder>(ctx->saved_data["sharding"].toCapsule())
      ->sharding;
}

}  // namespace scaffold
