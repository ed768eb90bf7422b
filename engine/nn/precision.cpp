#include "nn/precision.hpp"

#include <fstream>
#include <sstream>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace scaffold {
namespace {

#if defined(__x86_64__)
/// g++ 12's __builtin_cpu_supports does not know amx-bf16; the kernel's own list names both and hides what it
/// disabled.
bool cpu_flag(std::string_view flag) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("flags", 0) != 0) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;)
      if (word == flag) return true;
    return false;
  }
  return false;
}
#endif

}  // namespace

bool cpu_has_bfloat16() {
#if defined(__x86_64__)
  static const bool has = cpu_flag("avx512_bf16") || cpu_flag("amx_bf16");
#elif defined(__aarch64__)
  static const bool has = (getauxval(AT_HWCAP2) & (1UL << 14)) != 0;  // HWCAP2_BF16
#else
  static const bool has = false;
#endif
  return has;
}

Precision resolve_precision(bool torch_amp, const at::Device& device) {
  return torch_amp && (!device.is_cpu() || cpu_has_bfloat16()) ? Precision::bfloat16 : Precision::float32;
}

std::string describe(Precision precision, bool torch_amp) {
  if (precision == Precision::bfloat16) return "bfloat16 autocast";
  return torch_amp ? "float32 (torch_amp 1: this CPU has no bfloat16 arithmetic)" : "float32 (torch_amp 0)";
}

at::MemoryFormat preferred_layout(Precision precision, const at::Device& device, bool fused) {
  return precision == Precision::bfloat16 || !device.is_cpu() || fused ? at::MemoryFormat::ChannelsLast3d
                                                                       : at::MemoryFormat::Contiguous;
}

}  // namespace scaffold
