// What marks a checkpoint's file, for whoever looks at one without LibTorch.
#pragma once

namespace scaffold {

class H5Reader;
class Workload;

inline constexpr int checkpoint_version = 1;
inline constexpr const char* checkpoint_kind = "checkpoint";

/// The workload that a checkpoint is of; files of the first one do not say so. DataError, naming the file,
/// for one that there is not.
const Workload& checkpoint_workload(const H5Reader& file);

}  // namespace scaffold
