#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/h5_handle.hpp"

namespace scaffold {

using h5::Guard;
using h5::Id;

namespace {

std::string show(const Dims& dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) text += cat(i ? ", " : "", dims[i]);
  return text + "]";
}

bool dims_of(hid_t space, Dims& dims) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > H5S_MAX_RANK) return false;
  std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
  if (rank > 0 && H5Sget_simple_extent_dims(space, extent.data(), nullptr) < 0) return false;
  dims.assign(extent.begin(), extent.end());
  return true;
}

bool type_of(hid_t type, DataType& result) {
  for (const DataType each : {DataType::float32, DataType::float64, DataType::uint8, DataType::int32,
                              DataType::int64, DataType::bfloat16})
    if (H5Tequal(type, h5::file_type(each)) > 0) {
      result = each;
      return true;
    }
  return false;
}

// Size of a fixed-length string type, or 0 for any other type.
std::size_t text_size(hid_t type) {
  return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 ? H5Tget_size(type) : 0;
}

std::string trimmed(std::string text) {
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

}  // namespace

std::uint64_t ArrayInfo::elements() const { return h5::elements(dims); }

H5Reader::H5Reader(fs::path path, const std::string& kind, int newest_version)
    : path_(std::move(path)), header_(check_container(path_, kind, newest_version)) {
  const Guard guard;
  const Id access = h5::file_access();
  file_ = H5Fopen(path_.c_str(), H5F_ACC_RDONLY, access.get());
  if (file_ < 0) fail("libhdf5 cannot open it");
}

H5Reader::H5Reader(H5Reader&& other) noexcept
    : path_(std::move(other.path_)),
      header_(std::move(other.header_)),
      file_(std::exchange(other.file_, -1)) {}

H5Reader::~H5Reader() {
  if (file_ < 0) return;
  const Guard guard;
  H5Fclose(file_);
}

void H5Reader::fail(const std::string& what) const {
  const int code = h5::system_error();
  throw DataError(cat("'", path_.string(), "': ", what,
                      code != 0
                          ? cat(": ", std::strerror(code), "; check the disk that it is on")
                          : "; it is damaged or was made by another program: make it anew, or use another"));
}

std::vector<std::string> H5Reader::list(const std::string& group) const {
  const Guard guard;
  std::vector<std::string> names;
  const Id id(H5Gopen2(file_, group.c_str(), H5P_DEFAULT));
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    try {
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
      return 0;
    } catch (...) {
      return -1;  // no exception may cross libhdf5
    }
  };
  if (!id || H5Literate(id.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names) < 0)
    fail(cat("no group '", group, "'"));
  std::ranges::sort(names);
  return names;
}

bool H5Reader::exists(const std::string& name) const {
  const Guard guard;
  for (auto at = name.find('/', 1);; at = name.find('/', at + 1)) {
    if (H5Lexists(file_, name.substr(0, at).c_str(), H5P_DEFAULT) <= 0) return false;
    if (at == std::string::npos) return true;
  }
}

ArrayInfo H5Reader::info(const std::string& name) const {
  const Guard guard;
  const Id dataset(H5Dopen2(file_, name.c_str(), H5P_DEFAULT));
  if (!dataset) fail(cat("no dataset '", name, "'"));
  const Id space(H5Dget_space(dataset.get())), type(H5Dget_type(dataset.get()));
  ArrayInfo result;
  if (!dims_of(space.get(), result.dims) || !type_of(type.get(), result.type))
    fail(cat("dataset '", name, "' has a type that is not of this format"));
  return result;
}

void H5Reader::read(const std::string& name, DataType type, const Dims& dims, void* into) const {
  const ArrayInfo found = info(name);
  if (found.type != type || found.dims != dims)
    throw DataError(cat("'", path_.string(), "': dataset '", name, "' is ", scaffold::name(found.type), " ",
                        show(found.dims), ", ", scaffold::name(type), " ", show(dims), " was expected"));
  if (h5::elements(dims) == 0) return;
  const Guard guard;
  const Id dataset(H5Dopen2(file_, name.c_str(), H5P_DEFAULT));
  if (!dataset || H5Dread(dataset.get(), h5::memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, into) < 0)
    fail(cat("cannot read dataset '", name, "'"));
}

std::string H5Reader::read_text(const std::string& name, std::uint64_t max_bytes) const {
  const Guard guard;
  const Id dataset(H5Dopen2(file_, name.c_str(), H5P_DEFAULT));
  if (!dataset) fail(cat("no dataset '", name, "'"));
  const Id type(H5Dget_type(dataset.get())), space(H5Dget_space(dataset.get()));
  const std::size_t size = text_size(type.get());
  if (size == 0 || size > max_bytes || H5Sget_simple_extent_npoints(space.get()) != 1)
    fail(cat("dataset '", name, "' is no text of at most ", max_bytes, " bytes"));
  std::string text(size, '\0');
  if (H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()) < 0)
    fail(cat("cannot read text '", name, "'"));
  return trimmed(std::move(text));
}

bool H5Reader::has_attribute(const std::string& object, const std::string& name) const {
  const Guard guard;
  const Id owner(H5Oopen(file_, object.c_str(), H5P_DEFAULT));
  return owner && H5Aexists(owner.get(), name.c_str()) > 0;
}

std::string H5Reader::text_attribute(const std::string& object, const std::string& name) const {
  const Guard guard;
  const Id owner(H5Oopen(file_, object.c_str(), H5P_DEFAULT));
  const Id id(owner ? H5Aopen(owner.get(), name.c_str(), H5P_DEFAULT) : -1);
  if (!id) fail(cat("no attribute '", name, "' at '", object, "'"));
  const Id type(H5Aget_type(id.get())), space(H5Aget_space(id.get()));
  const std::size_t size = text_size(type.get());
  if (size == 0 || size > (std::size_t{1} << 20) || H5Sget_simple_extent_npoints(space.get()) != 1)
    fail(cat("attribute '", name, "' is no text"));
  std::string text(size, '\0');
  if (H5Aread(id.get(), type.get(), text.data()) < 0) fail(cat("cannot read attribute '", name, "'"));
  return trimmed(std::move(text));
}

void H5Reader::read_attribute(const std::string& object, const std::string& name, bool floating,
                              std::size_t max_count, std::vector<std::int64_t>* integers,
                              std::vector<double>* reals) const {
  const Guard guard;
  const Id owner(H5Oopen(file_, object.c_str(), H5P_DEFAULT));
  const Id id(owner ? H5Aopen(owner.get(), name.c_str(), H5P_DEFAULT) : -1);
  if (!id) fail(cat("no attribute '", name, "' at '", object, "'"));
  const Id type(H5Aget_type(id.get())), space(H5Aget_space(id.get()));
  const auto count = H5Sget_simple_extent_npoints(space.get());
  if (H5Tget_class(type.get()) != (floating ? H5T_FLOAT : H5T_INTEGER) || count < 0 ||
      static_cast<std::size_t>(count) > max_count)
    fail(cat("attribute '", name, "' is not ", floating ? "of real numbers" : "of integers", ", at most ",
             max_count));
  if (integers) integers->resize(static_cast<std::size_t>(count));
  if (reals) reals->resize(static_cast<std::size_t>(count));
  void* into = integers ? static_cast<void*>(integers->data()) : static_cast<void*>(reals->data());
  if (count > 0 && H5Aread(id.get(), floating ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, into) < 0)
    fail(cat("cannot read attribute '", name, "'"));
}

std::vector<std::int64_t> H5Reader::int_array_attribute(const std::string& object, const std::string& name,
                                                        std::size_t max_count) const {
  std::vector<std::int64_t> values;
  read_attribute(object, name, false, max_count, &values, nullptr);
  return values;
}
std::vector<double> H5Reader::double_array_attribute(const std::string& object, const std::string& name,
                                                     std::size_t max_count) const {
  std::vector<double> values;
  read_attribute(object, name, true, max_count, nullptr, &values);
  return values;
}

std::int64_t H5Reader::int_attribute(const std::string& object, const std::string& name) const {
  const auto values = int_array_attribute(object, name, 1);
  if (values.size() != 1) fail(cat("attribute '", name, "' holds no number"));
  return values[0];
}
double H5Reader::double_attribute(const std::string& object, const std::string& name) const {
  const auto values = double_array_attribute(object, name, 1);
  if (values.size() != 1) fail(cat("attribute '", name, "' holds no number"));
  return values[0];
}

}  // namespace scaffold
