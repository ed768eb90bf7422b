// Editing a transfer function with the mouse.
#pragma once
#include <vector>

#include "scene/transfer.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

/// Drag a point; click beside one to add; right click one to remove. `histogram`: heights in [0, 1] drawn
/// behind, of equal steps of the value. True when the function has changed.
bool edit_transfer(TransferFunction& transfer, const std::vector<float>& histogram, ImVec2 size,
                   Context& context);

}  // namespace scaffold::viewer
