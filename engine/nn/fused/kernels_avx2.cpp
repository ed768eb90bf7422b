#define SCAFFOLD_KERNEL_WIDTH 8
#include "nn/fused/kernels_body.hpp"

namespace scaffold::fused {

// Without AVX-512 oneDNN multiplies unfolded inputs: measured a quarter to a half slower.
const Kernels avx2_kernels = make_kernels("AVX2", true, true);

}  // namespace scaffold::fused
