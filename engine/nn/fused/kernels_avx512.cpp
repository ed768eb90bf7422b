#define SCAFFOLD_KERNEL_WIDTH 16
#include "nn/fused/kernels_body.hpp"

namespace scaffold::fused {

const Kernels avx512_kernels = make_kernels("AVX-512", false, true);

}  // namespace scaffold::fused
