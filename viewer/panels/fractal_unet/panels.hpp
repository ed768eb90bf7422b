// What the viewer has of the fractal U-Net.
#pragma once
#include "panels/registry.hpp"

namespace scaffold::viewer {

const WorkloadPanels& fractal_unet_panels();

}  // namespace scaffold::viewer
