// OME-Zarr 0.5 (ngff.openmicroscopy.org/0.5), a folder of chunks: what napari and web viewers of large images
// open.
#pragma once
#include "storage/label_volume.hpp"

namespace scaffold {

/// Writes the folder `path`, which must not be there, whole: a label image of one resolution, array "0" uint8
/// [z, y, x] = [D, H, W] in gzip-compressed chunks of 64³ (those of background alone are left out, as Zarr
/// has it), with its colors. DataError, SystemError. Polls signals. Memory: a layer of planes.
void write_ome_zarr(const fs::path& path, const LabelVolume& volume);

}  // namespace scaffold
