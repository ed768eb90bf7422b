// What this program is, for --version, reports and checkpoints.
#pragma once

namespace scaffold {

const char* version();  ///< "0.1.0"
const char* commit();  ///< git's short hash, "-dirty" when the tree had changes, "unknown" outside a checkout
const char* compiler();  ///< "GNU 12.2.0"

}  // namespace scaffold
