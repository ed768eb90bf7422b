#define SCAFFOLD_KERNEL_WIDTH 8
#include "model/fused/kernels_body.hpp"

namespace scaffold::fused {

const Kernels avx2_kernels = make_kernels("AVX2");

}  // namespace scaffold::fused
