#include "storage/h5_handle.hpp"

#include <cstdlib>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

namespace h5 {

namespace {
// Before the first call into libhdf5. Every identifier is closed by its owner, so nothing is left to do at
// exit, when others' destructors have run.
struct Library {
  std::mutex mutex;
  Library() { H5dont_atexit(); }
};
std::mutex& mutex() {
  static Library library;
  return library.mutex;
}
}  // namespace

Guard::Guard() : lock_(mutex()) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5Eclear2(H5E_DEFAULT);
}

int system_error() {
  int code = 0;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
        // "file write failed: …, errno = 28, error message = …"
        constexpr const char* sign = "errno = ";
        const char* at = error && error->desc ? std::strstr(error->desc, sign) : nullptr;
        auto& found = *static_cast<int*>(out);
        if (at && found == 0) found = std::atoi(at + std::strlen(sign));
        return 0;
      },
      &code);
  H5Eclear2(H5E_DEFAULT);
  return code;
}

std::uint64_t elements(const Dims& dims) {
  std::uint64_t result = 1;
  for (const auto d : dims) result *= static_cast<std::uint64_t>(d);
  return result;
}

hid_t file_type(DataType type) {
  switch (type) {
    case DataType::float32:
      return H5T_IEEE_F32LE;
    case DataType::float64:
      return H5T_IEEE_F64LE;
    case DataType::uint8:
      return H5T_STD_U8LE;
    case DataType::int32:
      return H5T_STD_I32LE;
    case DataType::int64:
      return H5T_STD_I64LE;
    case DataType::bfloat16:
      return H5T_STD_U16LE;
  }
  return -1;
}

hid_t memory_type(DataType type) {
  switch (type) {
    case DataType::float32:
      return H5T_NATIVE_FLOAT;
    case DataType::float64:
      return H5T_NATIVE_DOUBLE;
    case DataType::uint8:
      return H5T_NATIVE_UINT8;
    case DataType::int32:
      return H5T_NATIVE_INT32;
    case DataType::int64:
      return H5T_NATIVE_INT64;
    case DataType::bfloat16:
      return H5T_NATIVE_UINT16;
  }
  return -1;
}

Id creation_list(hid_t kind) {
  Id list(H5Pcreate(kind));
  H5Pset_obj_track_times(list.get(), false);  // times would make equal contents unequal files
  // Attributes stay in the object's header: beyond eight, HDF5 would make a heap and an index of 1.8 KiB for
  // them.
  H5Pset_attr_phase_change(list.get(), 64, 48);
  return list;
}

Id file_access() {
  Id list(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_libver_bounds(list.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_fclose_degree(list.get(), H5F_CLOSE_STRONG);
  // No blocks of 2 KiB to gather small objects in: they stay half empty in files as small as a compact
  // volume.
  H5Pset_meta_block_size(list.get(), 0);
  H5Pset_small_data_block_size(list.get(), 0);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(list.get(), false, true);
#endif
  return list;
}

}  // namespace h5

std::string hdf5_version() {
  const h5::Guard guard;
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return cat(major, ".", minor, ".", release);
}

}  // namespace scaffold
