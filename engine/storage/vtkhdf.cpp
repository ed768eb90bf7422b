#include "storage/vtkhdf.hpp"

#include <algorithm>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/h5_handle.hpp"

namespace scaffold {

using h5::Guard;
using h5::Id;

namespace {

constexpr std::uint64_t largest_view = std::uint64_t{64} << 10;
constexpr const char* made_by = "scaffold: a view of another file";

/// It is made in memory, where only want of it can fail.
[[noreturn]] void refuse(std::string_view what) {
  h5::system_error();
  throw Error(cat("cannot make a .vtkhdf file: the HDF5 library fails at ", what, "; is memory full?"));
}

template <class T>
void numbers(const Id& object, const char* name, const std::vector<T>& values) {
  const bool whole = std::is_integral_v<T>;
  const hsize_t count = values.size();
  const Id space(H5Screate_simple(1, &count, nullptr));
  const Id id(H5Acreate2(object.get(), name, whole ? H5T_STD_I64LE : H5T_IEEE_F64LE, space.get(), H5P_DEFAULT,
                         H5P_DEFAULT));
  if (!id || H5Awrite(id.get(), whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, values.data()) < 0)
    refuse(cat("attribute '", name, "'"));
}

/// Of fixed length and ASCII: VTK up to 9.2 reads no other text.
void text(const Id& object, const char* name, const std::string& value) {
  const Id type(H5Tcopy(H5T_C_S1)), space(H5Screate(H5S_SCALAR));
  H5Tset_size(type.get(), value.size());
  const Id id(H5Acreate2(object.get(), name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (!id || H5Awrite(id.get(), type.get(), value.data()) < 0) refuse(cat("attribute '", name, "'"));
}

void describe(const Id& file, const LabelVolume& volume, const fs::path& link) {
  const Id list = h5::creation_list(H5P_GROUP_CREATE);
  const Id group(H5Gcreate2(file.get(), "VTKHDF", H5P_DEFAULT, list.get(), H5P_DEFAULT));
  numbers<std::int64_t>(group, "Version", {1, 0});
  text(group, "Type", "ImageData");
  const auto& [d, h, w] = volume.size;
  numbers<std::int64_t>(group, "WholeExtent", {0, w - 1, 0, h - 1, 0, d - 1});
  numbers<double>(group, "Origin", {0, 0, 0});
  numbers<double>(group, "Spacing", {1, 1, 1});
  numbers<double>(group, "Direction", {1, 0, 0, 0, 1, 0, 0, 0, 1});
  text(group, "made_by", made_by);
  const Id points(H5Gcreate2(group.get(), "PointData", H5P_DEFAULT, list.get(), H5P_DEFAULT));
  if (H5Lcreate_external(link.c_str(), volume.object.c_str(), points.get(), volume.name.c_str(), H5P_DEFAULT,
                         H5P_DEFAULT) < 0)
    refuse(cat("the link to '", link.string(), "'"));
}

/// Made in memory, so that it goes to disk as every other small file does.
std::string bytes_of(const LabelVolume& volume, const fs::path& link) {
  const Guard guard;
  const Id creation = h5::creation_list(H5P_FILE_CREATE), access = h5::file_access();
  H5Pset_fapl_core(access.get(), 1 << 12, false);
  // In the oldest layout, which every reader knows: of a newer one H5Fget_file_image of HDF5 before 2.0
  // clears a flag without renewing the superblock's checksum.
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V110);
  const Id file(H5Fcreate("view", H5F_ACC_TRUNC, creation.get(), access.get()));
  if (!file) refuse("its beginning");
  describe(file, volume, link);
  const ssize_t size =
      H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file.get(), nullptr, 0);
  std::string bytes(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), '\0');
  if (size <= 0 || H5Fget_file_image(file.get(), bytes.data(), bytes.size()) != size) refuse("its end");
  return bytes;
}

/// A little-endian number of `count` bytes; 0 beyond the end, which no length or extent of ours is.
std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;)
    value = value << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0);
  return value;
}

/// The first `size` bytes of an attribute's value, empty where there is none. Its message (HDF5 file format,
/// IV.A.2.m, version 1): 8 bytes with the lengths of name, type and space, then these, each padded to a
/// multiple of 8, then the value.
std::string_view attribute_value(std::string_view bytes, std::string_view name, std::size_t size) {
  const auto padded_length = [&](std::size_t at) { return (number_at(bytes, at, 2) + 7) / 8 * 8; };
  for (auto at = bytes.find(name); at != bytes.npos; at = bytes.find(name, at + 1)) {
    if (at < 8 || number_at(bytes, at - 8, 1) != 1 || number_at(bytes, at - 6, 2) != name.size() + 1)
      continue;
    const std::size_t value = at + padded_length(at - 6) + padded_length(at - 4) + padded_length(at - 2);
    if (value <= bytes.size() && bytes.size() - value >= size) return bytes.substr(value, size);
  }
  return {};
}

/// What the only external link leads to. Its message (IV.A.2.g): version 1, flags, type 64, length and bytes
/// of the name, length of the rest, 0, and two texts that end in 0: file and object.
bool find_link(std::string_view bytes, VtkhdfView& view) {
  constexpr std::string_view begin = "\x01\x08\x40";
  for (auto at = bytes.find(begin); at != bytes.npos; at = bytes.find(begin, at + 1)) {
    const std::size_t name = at + begin.size() + 1, length = number_at(bytes, name - 1, 1);
    const std::size_t rest = name + length + 2, size = number_at(bytes, rest - 2, 2);
    if (length == 0 || size < 5 || rest + size > bytes.size() || bytes[rest] != 0) continue;
    const auto parts = split(bytes.substr(rest + 1, size - 1), '\0');
    if (parts.size() != 3 || parts[0].empty() || !parts[1].starts_with('/') || !parts[2].empty()) continue;
    view.name = bytes.substr(name, length);
    view.file = parts[0];
    view.object = parts[1];
    return true;
  }
  return false;
}

}  // namespace

void write_vtkhdf(const fs::path& path, const LabelVolume& volume) {
  const fs::path from = fs::absolute(path).lexically_normal().parent_path();
  const fs::path link = fs::absolute(volume.file).lexically_normal().lexically_relative(from);
  write_atomic(path, bytes_of(volume, link));
}

VtkhdfView read_vtkhdf_view(const fs::path& path) {
  if (!is_vtkhdf_view(path))
    throw DataError(cat("'", path.string(), "' is no .vtkhdf file of ours; check the path"));
  const std::string bytes = read_regular_text(path, largest_view);
  VtkhdfView view;
  const std::string_view extent = attribute_value(bytes, "WholeExtent", 48);
  bool good = find_link(bytes, view) && attribute_value(bytes, "Type", 9) == "ImageData" && !extent.empty();
  for (std::size_t axis = 0; axis < 3 && good; ++axis) {  // begin and end of x, y and z
    const std::uint64_t end = number_at(extent, 16 * axis + 8, 8);
    good = number_at(extent, 16 * axis, 8) == 0 && end < (std::uint64_t{1} << 31);
    view.size[2 - axis] = static_cast<std::int64_t>(end) + 1;
  }
  if (!good)
    throw DataError(cat("'", path.string(),
                        "' is damaged: it does not say what it shows; write it anew (scaffold export … "
                        "--vtkhdf FILE, or predict)"));
  return view;
}

bool is_vtkhdf_view(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || size > largest_view || !fs::is_regular_file(path, error)) return false;
  const std::string bytes = read_regular_text(path, largest_view);
  return bytes.starts_with("\x89HDF\r\n\x1a\n") && bytes.find(made_by) != std::string::npos;
}

}  // namespace scaffold
