#define SCAFFOLD_KERNEL_WIDTH 8
#include "nn/fused/kernels_body.hpp"

namespace scaffold::fused {

const Kernels portable_kernels = make_kernels("portable", false, false);

}  // namespace scaffold::fused
