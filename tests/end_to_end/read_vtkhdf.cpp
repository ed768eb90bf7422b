// What VTK sees of a .vtkhdf file: a line of facts, then the voxels as they lie in memory. A program of its
// own, since VTK's reader brings another HDF5 than ours.
#include <vtkDataArray.h>
#include <vtkHDFReader.h>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkPointData.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const vtkNew<vtkHDFReader> reader;
  if (!reader->CanReadFile(argv[1])) {
    std::fprintf(stderr, "VTK does not know '%s'\n", argv[1]);
    return 3;
  }
  reader->SetFileName(argv[1]);
  reader->Update();
  auto* image = vtkImageData::SafeDownCast(reader->GetOutputDataObject(0));
  vtkDataArray* voxels = image ? image->GetPointData()->GetArray(argv[2]) : nullptr;
  if (!voxels) {
    std::fprintf(stderr, "VTK finds no '%s' in '%s'\n", argv[2], argv[1]);
    return 3;
  }
  int size[3];
  double origin[3], spacing[3];
  image->GetDimensions(size);
  image->GetOrigin(origin);
  image->GetSpacing(spacing);
  std::printf("%d %d %d  %g %g %g  %g %g %g  %s %d\n", size[0], size[1], size[2], origin[0], origin[1],
              origin[2], spacing[0], spacing[1], spacing[2], voxels->GetDataTypeAsString(),
              voxels->GetNumberOfComponents());
  const auto count = static_cast<std::size_t>(voxels->GetNumberOfTuples());
  return std::fwrite(voxels->GetVoidPointer(0), 1, count, stdout) == count ? 0 : 1;
}
