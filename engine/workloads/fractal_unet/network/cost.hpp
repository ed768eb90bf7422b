// What training a U-Net takes of a rank, counted from its shapes.
#pragma once
#include "comm/process_grid.hpp"
#include "fractal_unet/network/unet.hpp"
#include "workload/task.hpp"

namespace scaffold {

/// `block`: the extents of what a rank holds of a volume; `batch`: volumes at a time.
TrainingCost training_cost(const UNetOptions& options, bool cpu, const ProcessGrid& grid,
                           const Extent3& block, std::int64_t batch, int optimizer_states);

}  // namespace scaffold
