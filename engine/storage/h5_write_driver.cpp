#include "storage/h5_write_driver.hpp"

#include <fcntl.h>
#include <unistd.h>

#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace scaffold::h5 {
namespace {

struct WrittenFile {
  H5FD_t base;  ///< HDF5's part, first
  int fd;
  int* error;
  haddr_t eoa, eof;
};

WrittenFile& of(H5FD_t* file) { return *reinterpret_cast<WrittenFile*>(file); }
const WrittenFile& of(const H5FD_t* file) { return *reinterpret_cast<const WrittenFile*>(file); }

H5FD_t* open_file(const char* name, unsigned flags, hid_t access, haddr_t) {
  const auto* error = static_cast<int* const*>(H5Pget_driver_info(access));
  if (!error || !(flags & H5F_ACC_RDWR)) return nullptr;
  const int fd = ::open(name, O_RDWR | O_CLOEXEC | ((flags & H5F_ACC_TRUNC) ? O_TRUNC : 0));
  if (fd < 0) {
    **error = errno;
    return nullptr;
  }
  auto* file = new (std::nothrow) WrittenFile{};
  if (!file) {
    ::close(fd);
    return nullptr;
  }
  file->fd = fd;
  file->error = *error;
  file->eof = static_cast<haddr_t>(::lseek(fd, 0, SEEK_END));
  return &file->base;
}

herr_t close_file(H5FD_t* file) {
  WrittenFile* written = &of(file);
  if (::close(written->fd) != 0 && *written->error == 0) *written->error = errno;
  delete written;
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t get_eoa(const H5FD_t* file, H5FD_mem_t) { return of(file).eoa; }
herr_t set_eoa(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  of(file).eoa = address;
  return 0;
}
haddr_t get_eof(const H5FD_t* file, H5FD_mem_t) { return of(file).eof; }

/// What was never written reads as zeros, as beyond the end of any file of HDF5's.
herr_t read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* into) {
  auto* to = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t n = ::pread(of(file).fd, to, size, static_cast<off_t>(address));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      if (n < 0 && *of(file).error == 0) *of(file).error = errno;
      std::memset(to, 0, size);
      return 0;
    }
    to += n;
    address += static_cast<haddr_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return 0;
}

herr_t write(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, const void* from) {
  WrittenFile& written = of(file);
  written.eof = std::max(written.eof, address + size);
  const auto* bytes = static_cast<const char*>(from);
  while (size > 0 && *written.error == 0) {
    const ssize_t n = ::pwrite(written.fd, bytes, size, static_cast<off_t>(address));
    if (n < 0) {
      if (errno != EINTR) *written.error = errno;
      continue;
    }
    bytes += n;
    address += static_cast<haddr_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return 0;
}

herr_t truncate(H5FD_t* file, hid_t, hbool_t) {
  WrittenFile& written = of(file);
  if (written.eoa != written.eof && *written.error == 0 &&
      ::ftruncate(written.fd, static_cast<off_t>(written.eoa)) != 0)
    *written.error = errno;
  written.eof = written.eoa;
  return 0;
}

H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 14, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = 512;  // the first of those that HDF5 leaves to programs
#endif
  driver.name = "scaffold_write";
  driver.maxaddr = (haddr_t{1} << 62) - 1;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(int*);
  driver.open = open_file;
  driver.close = close_file;
  driver.query = query;
  driver.get_eoa = get_eoa;
  driver.set_eoa = set_eoa;
  driver.get_eof = get_eof;
  driver.read = read;
  driver.write = write;
  driver.truncate = truncate;
  const H5FD_mem_t free_lists[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(free_lists), std::end(free_lists), std::begin(driver.fl_map));
  return driver;
}

}  // namespace

bool set_write_driver(hid_t access, int* error) {
  static const H5FD_class_t driver = driver_class();
  static const hid_t id = H5FDregister(&driver);
  return id >= 0 && H5Pset_driver(access, id, &error) >= 0;
}

}  // namespace scaffold::h5
