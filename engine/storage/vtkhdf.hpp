// A file of a few KiB through which ParaView, VTK and PyVista see an array of one of our HDF5 files: they
// know it by its extension, .vtkhdf, and ask for no reader. It holds an external link, no voxel.
#pragma once
#include "storage/label_volume.hpp"

namespace scaffold {

/// Writes `path` whole: VTKHDF ImageData 1.0 (docs.vtk.org, "VTKHDF file format") with the volume as point
/// data of its name; a voxel's coordinates are its numbers, x along W. The link leads from `path`'s folder to
/// volume.file (as the two lie now, or will lie: the file need not be there yet).
void write_vtkhdf(const fs::path& path, const LabelVolume& volume);

/// What such a file shows.
struct VtkhdfView {
  fs::path file;                     ///< as the link says it: seen from the view's folder
  std::string object, name;          ///< the array in it, and what it is called as point data
  std::array<std::int64_t, 3> size;  ///< D, H, W
};
/// By its bytes alone, as below; DataError where it is none of ours or damaged.
VtkhdfView read_vtkhdf_view(const fs::path& path);

/// Whether write_vtkhdf may have written it, so that it may be replaced. By its bytes alone: libhdf5 sees no
/// foreign file.
bool is_vtkhdf_view(const fs::path& path);

}  // namespace scaffold
