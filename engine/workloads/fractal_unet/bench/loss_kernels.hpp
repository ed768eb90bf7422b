// The loss and the hard Dice as kernels of `scaffold bench kernels`.
#pragma once
#include "bench/kernel.hpp"

namespace scaffold {

std::vector<bench::Kernel> loss_kernels(const bench::Volume& volume);

}  // namespace scaffold
