#include "storage/nifti.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "storage/gzip.hpp"

namespace scaffold {

namespace {

static_assert(std::endian::native == std::endian::little, "the header is written as it lies in memory");

/// nifti1.h of the NIfTI Data Format Working Group, field by field.
struct NiftiHeader {
  std::int32_t sizeof_hdr = 348;
  char data_type[10] = {}, db_name[18] = {};
  std::int32_t extents = 0;
  std::int16_t session_error = 0;
  char regular = 0, dim_info = 0;
  std::int16_t dim[8] = {3, 1, 1, 1, 1, 1, 1, 1};
  float intent_p1 = 0, intent_p2 = 0, intent_p3 = 0;
  std::int16_t intent_code = 1002;  // NIFTI_INTENT_LABEL
  std::int16_t datatype = 2;        // DT_UINT8
  std::int16_t bitpix = 8, slice_start = 0;
  float pixdim[8] = {1, 1, 1, 1, 1, 1, 1, 1};  // [0] is qfac: the third axis is not mirrored
  float vox_offset = 352;
  float scl_slope = 1, scl_inter = 0;
  std::int16_t slice_end = 0;
  char slice_code = 0, xyzt_units = 0;  // voxels have no unit
  float cal_max = 0, cal_min = 0, slice_duration = 0, toffset = 0;
  std::int32_t glmax = 0, glmin = 0;
  char descrip[80] = {}, aux_file[24] = {};
  std::int16_t qform_code = 1, sform_code = 1;
  float quatern_b = 0, quatern_c = 0, quatern_d = 0;
  float qoffset_x = 0, qoffset_y = 0, qoffset_z = 0;
  float srow_x[4] = {1, 0, 0, 0}, srow_y[4] = {0, 1, 0, 0}, srow_z[4] = {0, 0, 1, 0};
  char intent_name[16] = {};
  char magic[4] = {'n', '+', '1', 0};
  char extension[4] = {};  // none follows
};
static_assert(sizeof(NiftiHeader) == 352);

NiftiHeader header_of(const LabelVolume& volume) {
  NiftiHeader header;
  for (std::size_t a = 0; a < 3; ++a) header.dim[1 + a] = static_cast<std::int16_t>(volume.size[2 - a]);
  header.cal_max = static_cast<float>(std::max(volume.classes - 1, 1));
  const auto copy = [](const std::string& text, auto& field) {
    std::memcpy(field, text.data(), std::min(text.size(), sizeof field - 1));
  };
  copy(volume.description, header.descrip);
  copy(volume.name, header.intent_name);
  return header;
}

}  // namespace

void write_nifti(const fs::path& path, const LabelVolume& volume) {
  if (const auto largest = *std::ranges::max_element(volume.size); largest > 32767)
    throw ConfigError(cat("NIfTI: an edge of ", largest, " voxels is more than the format's 32767"));
  const NiftiHeader header = header_of(volume);
  Gzip gzip;
  gzip.add({reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
  const auto plane = static_cast<std::size_t>(volume.size[1] * volume.size[2]);
  std::vector<std::uint8_t> layer(plane * static_cast<std::size_t>(volume.planes));
  for (std::int64_t begin = 0; begin < volume.size[0]; begin += volume.planes) {
    const std::int64_t count = std::min(volume.planes, volume.size[0] - begin);
    volume.read(begin, count, layer.data());
    for (std::size_t p = 0; p < static_cast<std::size_t>(count); ++p) {
      signals::check();
      gzip.add(std::span(layer).subspan(p * plane, plane));
    }
  }
  write_atomic(path, gzip.finish());
}

}  // namespace scaffold
