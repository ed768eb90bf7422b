// NIfTI-1 (nifti.nimh.nih.gov/nifti-1): what 3D Slicer, ITK-SNAP and most tools of medical imaging open.
#pragma once
#include "storage/label_volume.hpp"

namespace scaffold {

/// Writes `path`, whose name is to end in .nii.gz, whole: uint8 [x, y, z] = [W, H, D] with x fastest,
/// identity affine, so that a voxel's coordinates are its numbers. ConfigError where an edge is above the
/// format's 32767; DataError, SystemError. Polls signals. Memory: `planes` planes and the compressed file.
void write_nifti(const fs::path& path, const LabelVolume& volume);

}  // namespace scaffold
