#include "nn/fused/kernels.hpp"

namespace scaffold::fused {

int available(const Kernels* (&into)[3]) {
  int count = 0;
  into[count++] = &portable_kernels;
#ifdef SCAFFOLD_X86_KERNELS
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) into[count++] = &avx2_kernels;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("fma"))
    into[count++] = &avx512_kernels;
#endif
  return count;
}

const Kernels& kernels() {
  static const Kernels& widest = []() -> const Kernels& {
    const Kernels* all[3];
    return *all[available(all) - 1];
  }();
  return widest;
}

}  // namespace scaffold::fused
