// Activation checkpointing: keep a block's inputs, recompute its inside in backward.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace scaffold {

using BlockFunction = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// body(inputs), storing only the inputs. `inputs` must list every tensor that needs a gradient, parameters
/// too; body must compute the same value when called again (no randomness, nothing changed in place).
at::Tensor checkpointed(const BlockFunction& body, const std::vector<at::Tensor>& inputs);

}  // namespace scaffold
