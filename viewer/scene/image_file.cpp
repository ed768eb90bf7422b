#include "scene/image_file.hpp"

#include <vtkImageData.h>
#include <vtkPNGReader.h>
#include <vtkPNGWriter.h>
#include <vtkSmartPointer.h>
#include <vtkUnsignedCharArray.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {

void write_png(const Image& image, const fs::path& path) {
  auto data = vtkSmartPointer<vtkImageData>::New();
  data->SetDimensions(image.width, image.height, 1);
  data->AllocateScalars(VTK_UNSIGNED_CHAR, 3);
  auto* out = static_cast<std::uint8_t*>(data->GetScalarPointer());
  const auto row = static_cast<std::ptrdiff_t>(image.width) * 3;
  for (int y = 0; y < image.height; ++y)  // VTK's rows begin at the bottom
    std::copy_n(image.rgb.begin() + (image.height - 1 - y) * row, row, out + y * row);
  auto writer = vtkSmartPointer<vtkPNGWriter>::New();
  writer->WriteToMemoryOn();
  writer->SetInputData(data);
  writer->Write();
  vtkUnsignedCharArray* png = writer->GetResult();
  write_atomic(path, {reinterpret_cast<const char*>(png->GetPointer(0)),
                      static_cast<std::size_t>(png->GetNumberOfValues())});
}

Image read_png(const fs::path& path) {
  auto reader = vtkSmartPointer<vtkPNGReader>::New();
  if (!reader->CanReadFile(path.string().c_str()))
    throw DataError(cat("'", path.string(), "' is no PNG file"));
  reader->SetFileName(path.string().c_str());
  reader->Update();
  vtkImageData* data = reader->GetOutput();
  const int* size = data->GetDimensions();
  const int parts = data->GetNumberOfScalarComponents();
  if (data->GetScalarType() != VTK_UNSIGNED_CHAR || parts < 3)
    throw DataError(cat("'", path.string(), "' is no PNG file in 8-bit RGB"));
  Image image{size[0], size[1], {}};
  image.rgb.reserve(static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) * 3);
  for (int y = size[1] - 1; y >= 0; --y)
    for (int x = 0; x < size[0]; ++x) {
      const auto* pixel = static_cast<const std::uint8_t*>(data->GetScalarPointer(x, y, 0));
      image.rgb.insert(image.rgb.end(), pixel, pixel + 3);
    }
  return image;
}

}  // namespace scaffold::viewer
