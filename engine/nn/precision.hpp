// Which number format the convolutions compute in.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

namespace scaffold {

/// bfloat16 keeps float32 parameters and casts activations and weights at each convolution, as Torch's
/// autocast does.
enum class Precision { float32, bfloat16 };

/// Whether this CPU multiplies bfloat16 in hardware (AVX512-BF16 or AMX-BF16 on x86, BF16 on AArch64).
/// Elsewhere Torch emulates it: on an AVX2 machine a scale-4 step took 15 s instead of 0.17 s in float32.
bool cpu_has_bfloat16();

/// What `torch_amp` means on a device: bfloat16 when asked for and the device computes it, else float32,
/// which is never less accurate.
Precision resolve_precision(bool torch_amp, const at::Device& device);
/// For records: "bfloat16 autocast", "float32 (torch_amp 0)", or "float32 (torch_amp 1: this CPU has no
/// bfloat16 arithmetic)".
std::string describe(Precision precision, bool torch_amp);

/// The layout in which a network runs fastest: channels-last, but plain for float32 on CPUs without the fused
/// kernels, which work in channels-last (measured: docs/performance.md).
at::MemoryFormat preferred_layout(Precision precision, const at::Device& device, bool fused);

}  // namespace scaffold
