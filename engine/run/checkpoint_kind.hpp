// What marks a checkpoint's file, for whoever looks at one without LibTorch.
#pragma once

namespace scaffold {

inline constexpr int checkpoint_version = 1;
inline constexpr const char* checkpoint_kind = "checkpoint";

}  // namespace scaffold
