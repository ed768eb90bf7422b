// The configuration keys of the fractal U-Net (options.def), and how its code reads them.
//
//   fractal_unet(config).problem_scale
#pragma once
#include "config/declare.hpp"

namespace scaffold {

/// One field a key, named like the key, at its default.
struct FractalUnetOptions {
#define SCAFFOLD_OPTION(type, name, fallback, ...) option_type::type name = fallback;
#include "fractal_unet/options.def"
#undef SCAFFOLD_OPTION
  bool operator==(const FractalUnetOptions&) const = default;
};

inline const FractalUnetOptions& fractal_unet(const Config& config) {
  return config.own.as<FractalUnetOptions>();
}
inline FractalUnetOptions& fractal_unet(Config& config) { return config.own.as<FractalUnetOptions>(); }

declare::WorkloadKeys fractal_unet_keys();

}  // namespace scaffold
