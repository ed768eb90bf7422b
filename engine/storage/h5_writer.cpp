#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/h5_handle.hpp"
#include "storage/h5_write_driver.hpp"

namespace scaffold {

using h5::creation_list;
using h5::Guard;
using h5::Id;

namespace {

constexpr std::size_t largest_attribute = std::size_t{60} << 10;

/// What the system refused, whose number is `error`, comes before what libhdf5 says.
void require(bool done, const fs::path& path, int error, std::string_view what) {
  errno = error;
  if (error != 0) throw_errno("write", path.string());
  if (done) return;
  throw SystemError(cat("cannot write '", path.string(), "': the HDF5 library fails at ", what,
                        "; try again, and if it fails again in another folder"));
}

Id simple_space(const Dims& dims) {
  if (dims.empty()) return Id(H5Screate(H5S_SCALAR));
  const std::vector<hsize_t> extent(dims.begin(), dims.end());
  return Id(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr));
}

Id text_type(std::size_t size) {
  Id type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), std::max<std::size_t>(size, 1));
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

}  // namespace

H5Writer::H5Writer(fs::path path, std::string kind, int version, std::uint64_t max_chunks)
    : path_(std::move(path)), temporary_(temporary_beside(path_)) {
  header_.kind = std::move(kind);
  header_.version = version;
  header_.user_block = user_block_size(max_chunks);
  // Opened first by ourselves: the system's reason is clearer than HDF5's.
  raw_ = FileDescriptor(::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!raw_) throw_errno("create", path_.string());
  const Guard guard;
  const Id creation = creation_list(H5P_FILE_CREATE);
  H5Pset_userblock(creation.get(), header_.user_block);
  const Id access = h5::file_access();
  require(h5::set_write_driver(access.get(), error_.get()), path_, 0, "its beginning");
  file_ = H5Fcreate(temporary_.c_str(), H5F_ACC_TRUNC, creation.get(), access.get());
  if (file_ < 0) ::unlink(temporary_.c_str());
  check(file_ >= 0, "its beginning");
}

H5Writer::H5Writer(H5Writer&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      header_(std::move(other.header_)),
      file_(std::exchange(other.file_, -1)),
      error_(std::move(other.error_)),
      raw_(std::move(other.raw_)),
      groups_(std::move(other.groups_)),
      chunked_(std::move(other.chunked_)),
      summed_(std::move(other.summed_)) {}

H5Writer::~H5Writer() {
  if (file_ >= 0) {
    const Guard guard;
    H5Fclose(file_);
  }
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
}

void H5Writer::check(bool done, std::string_view what) const { require(done, path_, *error_, what); }

void H5Writer::make_parents(const std::string& name) {
  if (name.empty() || name[0] != '/') throw Error(cat("HDF5 names begin with '/', not '", name, "'"));
  for (auto at = name.find('/', 1); at != std::string::npos; at = name.find('/', at + 1)) {
    const std::string group = name.substr(0, at);
    if (!groups_.insert(group).second) continue;
    const Id list = creation_list(H5P_GROUP_CREATE);
    const Id id(H5Gcreate2(file_, group.c_str(), H5P_DEFAULT, list.get(), H5P_DEFAULT));
    check(static_cast<bool>(id), cat("group '", group, "'"));
  }
}

void H5Writer::make_group(const std::string& name) {
  const Guard guard;
  make_parents(name + "/");
}

std::int64_t H5Writer::create(const std::string& name, DataType type, const Dims& dims, const Dims* chunk) {
  if (file_ < 0) throw Error(cat("'", path_.string(), "' is sealed: dataset '", name, "' comes too late"));
  make_parents(name);
  const Id list = creation_list(H5P_DATASET_CREATE);
  H5Pset_dset_no_attrs_hint(list.get(), true);  // no room kept for attributes that rarely come
  H5Pset_fill_time(list.get(), H5D_FILL_TIME_NEVER);
  if (chunk) {
    const std::vector<hsize_t> shape(chunk->begin(), chunk->end());
    check(H5Pset_chunk(list.get(), static_cast<int>(shape.size()), shape.data()) >= 0,
          cat("chunks of dataset '", name, "'"));
    H5Pset_alloc_time(list.get(), H5D_ALLOC_TIME_EARLY);
  }
  const Id space = simple_space(dims);
  Id id(H5Dcreate2(file_, name.c_str(), h5::file_type(type), space.get(), H5P_DEFAULT, list.get(),
                   H5P_DEFAULT));
  check(space && id, cat("dataset '", name, "'"));
  return id.release();
}

void H5Writer::write(const std::string& name, DataType type, const Dims& dims, const void* data) {
  const Guard guard;
  const Id dataset(create(name, type, dims, nullptr));
  check(h5::elements(dims) == 0 ||
            H5Dwrite(dataset.get(), h5::memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0,
        cat("dataset '", name, "'"));
}

void H5Writer::write_text(const std::string& name, const std::string& text) {
  const Guard guard;
  if (file_ < 0) throw Error(cat("'", path_.string(), "' is sealed: text '", name, "' comes too late"));
  make_parents(name);
  const Id list = creation_list(H5P_DATASET_CREATE);
  const Id type = text_type(text.size());
  const Id space(H5Screate(H5S_SCALAR));
  const Id dataset(
      H5Dcreate2(file_, name.c_str(), type.get(), space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT));
  check(dataset && H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.c_str()) >= 0,
        cat("text '", name, "'"));
}

namespace {
void put_attribute(std::int64_t file, const fs::path& path, const int& error, const std::string& object,
                   const std::string& name, hid_t stored, hid_t native, const Dims& dims, const void* data) {
  if (file < 0) throw Error(cat("'", path.string(), "' is sealed: attribute '", name, "' comes too late"));
  const Id owner(H5Oopen(file, object.c_str(), H5P_DEFAULT));
  const Id space = simple_space(dims);
  const Id id(owner ? H5Acreate2(owner.get(), name.c_str(), stored, space.get(), H5P_DEFAULT, H5P_DEFAULT)
                    : -1);
  require(id && (h5::elements(dims) == 0 || H5Awrite(id.get(), native, data) >= 0), path, error,
          cat("attribute '", name, "' of '", object, "'"));
}
void check_size(const std::string& name, std::size_t bytes) {
  if (bytes > largest_attribute)
    throw Error(cat("attribute '", name, "' of ", bytes, " bytes is too large; write a dataset instead"));
}
}  // namespace

void H5Writer::attribute(const std::string& object, const std::string& name, const std::string& value) {
  check_size(name, value.size());
  const Guard guard;
  const Id type = text_type(value.size());
  put_attribute(file_, path_, *error_, object, name, type.get(), type.get(), {}, value.c_str());
}

void H5Writer::attribute(const std::string& object, const std::string& name, DataType type, const Dims& dims,
                         const void* data) {
  check_size(name, h5::elements(dims) * size_of(type));
  const Guard guard;
  put_attribute(file_, path_, *error_, object, name, h5::file_type(type), h5::memory_type(type), dims, data);
}

void H5Writer::attribute(const std::string& object, const std::string& name, std::int64_t value) {
  attribute(object, name, DataType::int64, {}, &value);
}
void H5Writer::attribute(const std::string& object, const std::string& name, double value) {
  attribute(object, name, DataType::float64, {}, &value);
}

void H5Writer::create_chunked(const std::string& name, DataType type, const Dims& dims, const Dims& chunk) {
  const Guard guard;
  const Id dataset(create(name, type, dims, &chunk));
  chunked_.push_back({name, type, dims, chunk});
}

// H5Dget_chunk_info of some releases leaves the user block out of the address, later ones count it: find out
// by writing a marker into the first chunk and looking where it went. The real contents overwrite it.
std::uint64_t H5Writer::address_shift(std::int64_t dataset, const Dims& dims, DataType type) {
  const auto width = size_of(type);
  const std::uint64_t count = std::min<std::uint64_t>(static_cast<std::uint64_t>(dims.back()), 16 / width);
  const std::string marker(count * width, '\x5a');
  std::vector<hsize_t> start(dims.size(), 0), extent(dims.size(), 1);
  extent.back() = count;
  const Id file_space(H5Dget_space(dataset));
  H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr);
  const hsize_t flat = count;
  const Id memory_space(H5Screate_simple(1, &flat, nullptr));
  std::vector<hsize_t> first(dims.size(), 0);
  unsigned filters = 0;
  haddr_t address = 0;
  hsize_t bytes = 0;
  check(H5Dwrite(dataset, h5::file_type(type), memory_space.get(), file_space.get(), H5P_DEFAULT,
                 marker.data()) >= 0 &&
            H5Fflush(file_, H5F_SCOPE_LOCAL) >= 0 &&
            H5Dget_chunk_info_by_coord(dataset, first.data(), &filters, &address, &bytes) >= 0,
        "chunk addresses");
  for (const std::uint64_t shift : {header_.user_block, std::uint64_t{0}}) {
    std::string found(marker.size(), '\0');
    const auto at = static_cast<off_t>(address + shift);
    if (::pread(raw_.get(), found.data(), found.size(), at) == static_cast<ssize_t>(found.size()) &&
        found == marker)
      return shift;
  }
  throw Error(cat("cannot find where libhdf5 put the chunks of '", path_.string(), "'"));
}

std::vector<ChunkAddress> H5Writer::seal() {
  std::vector<ChunkAddress> all;
  std::uint64_t shift = 0;
  for (const auto& [name, type, dims, chunk] : chunked_) {
    const Guard guard;
    const Id dataset(H5Dopen2(file_, name.c_str(), H5P_DEFAULT));
    check(static_cast<bool>(dataset), cat("dataset '", name, "'"));
    if (all.empty()) shift = address_shift(dataset.get(), chunk, type);
    Dims at(dims.size(), 0);
    for (bool more = true; more;) {
      const std::vector<hsize_t> corner(at.begin(), at.end());
      unsigned filters = 0;
      haddr_t address = HADDR_UNDEF;
      hsize_t bytes = 0;
      check(H5Dget_chunk_info_by_coord(dataset.get(), corner.data(), &filters, &address, &bytes) >= 0 &&
                address != HADDR_UNDEF && bytes == h5::elements(chunk) * size_of(type),
            cat("a chunk's address in '", name, "'"));
      all.push_back({name, at, address + shift, bytes});
      more = false;
      for (std::size_t d = dims.size(); d-- > 0 && !more;) {
        at[d] += chunk[d];
        more = at[d] < dims[d];
        if (!more) at[d] = 0;
      }
    }
  }
  close_file();
  for (const auto& chunk : all) header_.bulk.push_back({chunk.offset, chunk.bytes, 0});
  summed_.assign(all.size(), false);
  return all;
}

void H5Writer::write_bytes(std::uint64_t offset, const void* data, std::size_t size) {
  const auto* from = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = ::pwrite(raw_.get(), from, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("write", path_.string());
    from += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
}

void H5Writer::set_chunk_checksum(std::size_t chunk, std::uint64_t xxh3) {
  header_.bulk.at(chunk).xxh3 = xxh3;
  summed_.at(chunk) = true;
}

void H5Writer::close_file() {
  if (file_ < 0) return;
  const Guard guard;
  check(H5Fclose(std::exchange(file_, -1)) >= 0, "its end");
}

void H5Writer::finish(bool sync) {
  if (!chunked_.empty() && (file_ >= 0 || std::ranges::count(summed_, false) > 0))
    throw Error(cat("'", path_.string(), "': a chunk was never written"));
  close_file();
  write_header(temporary_, header_);
  if (sync) {
    if (::fsync(raw_.get()) != 0) throw_errno("sync", path_.string());
    publish(temporary_, path_);
  } else if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw_errno("rename to", path_.string());
  }
  temporary_.clear();
}

}  // namespace scaffold
