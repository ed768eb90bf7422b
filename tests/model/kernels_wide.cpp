// The kernels in the width of AVX-512, whose vectors every compiler cuts to what the CPU has: what is written
// for that width is tested on any machine.
#define SCAFFOLD_KERNEL_WIDTH 16
#include "nn/fused/kernels_body.hpp"

namespace scaffold::fused {

extern const Kernels wide_kernels;
const Kernels wide_kernels = make_kernels("width 16", true, true);

}  // namespace scaffold::fused
