// HDF5 files of ours: written whole or not at all, checked before they are parsed.
// Debian's HDF5 is not thread-safe, so every call into it is made under one process-wide mutex; bulk data of
// chunked datasets goes around it (pwrite and pread at known addresses). Nothing is compressed, no times are
// recorded: the same contents give the same bytes.
#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/data_type.hpp"
#include "core/files.hpp"
#include "storage/container.hpp"

namespace scaffold {

/// Little-endian in the file. bfloat16 is stored as its 16 bits in an unsigned integer.
using Dims = std::vector<std::int64_t>;  ///< row-major; empty = scalar

/// One chunk of a chunked dataset: where its bytes are in the file.
struct ChunkAddress {
  std::string dataset;
  Dims begin;  ///< first element
  std::uint64_t offset = 0, bytes = 0;
};

/// Writes beside `path` under a temporary name; finish() publishes. Without finish() nothing stays.
/// SystemError when the system refuses (folder, disk full), with its reason.
class H5Writer {
 public:
  /// `max_chunks`: how many chunks all chunked datasets will have together (sizes the user block).
  H5Writer(fs::path path, std::string kind, int version, std::uint64_t max_chunks = 0);
  ~H5Writer();
  H5Writer(H5Writer&& other) noexcept;
  H5Writer& operator=(H5Writer&&) = delete;

  /// A contiguous dataset at "/a/b/c"; groups are made as needed. data: product(dims) elements.
  void write(const std::string& name, DataType type, const Dims& dims, const void* data);
  /// A text of any length as a scalar fixed-length UTF-8 string dataset.
  void write_text(const std::string& name, const std::string& text);
  void make_group(const std::string& name);

  /// Attributes of an existing object ("/" is the root). At most 60 KiB each.
  void attribute(const std::string& object, const std::string& name, const std::string& value);
  void attribute(const std::string& object, const std::string& name, const char* value) {
    attribute(object, name, std::string(value));
  }
  void attribute(const std::string& object, const std::string& name, std::int64_t value);
  void attribute(const std::string& object, const std::string& name, double value);
  void attribute(const std::string& object, const std::string& name, DataType type, const Dims& dims,
                 const void* data);

  /// A dataset whose chunks are allocated but not written; chunk[i] divides dims[i], a chunk is below 4 GiB.
  void create_chunked(const std::string& name, DataType type, const Dims& dims, const Dims& chunk);
  /// Ends the HDF5 part: nothing more can be created. Returns the chunks of all chunked datasets, in the
  /// order of creation and row-major within a dataset.
  std::vector<ChunkAddress> seal();
  /// Plain bytes into a chunk, from any thread, no lock; only after seal().
  void write_bytes(std::uint64_t offset, const void* data, std::size_t size);
  /// The checksum of chunk number `chunk` of seal(); each needs one before finish().
  void set_chunk_checksum(std::size_t chunk, std::uint64_t xxh3);

  /// Header, fsync (unless the caller syncs the folder's files later), rename to the final name.
  void finish(bool sync = true);

  const fs::path& path() const { return path_; }

 private:
  std::int64_t create(const std::string& name, DataType type, const Dims& dims, const Dims* chunk);
  void make_parents(const std::string& name);
  std::uint64_t address_shift(std::int64_t dataset, const Dims& dims, DataType type);
  void close_file();
  /// SystemError where the system refused something, or where it was not `done`.
  void check(bool done, std::string_view what) const;

  fs::path path_, temporary_;
  HeaderInfo header_;
  std::int64_t file_ = -1;
  std::unique_ptr<int> error_ = std::make_unique<int>(0);  ///< the system's number; where it is, files keep
  FileDescriptor raw_;                                     ///< for write_bytes
  std::set<std::string> groups_;
  struct Chunked {
    std::string name;
    DataType type;
    Dims dims, chunk;
  };
  std::vector<Chunked> chunked_;
  std::vector<bool> summed_;
};

struct ArrayInfo {
  DataType type = DataType::float32;
  Dims dims;
  std::uint64_t elements() const;
};

/// Opens after check_container(): kind, version, size and metadata checksum hold before libhdf5 parses. Every
/// failure is a DataError that names the file and the object.
class H5Reader {
 public:
  H5Reader(fs::path path, const std::string& kind, int newest_version);
  ~H5Reader();
  H5Reader(H5Reader&& other) noexcept;
  H5Reader& operator=(H5Reader&&) = delete;

  const HeaderInfo& header() const { return header_; }
  const fs::path& path() const { return path_; }
  /// Names in a group, sorted.
  std::vector<std::string> list(const std::string& group) const;
  bool exists(const std::string& name) const;
  ArrayInfo info(const std::string& name) const;
  /// Reads a whole dataset that must have exactly this type and these dims.
  void read(const std::string& name, DataType type, const Dims& dims, void* into) const;
  std::string read_text(const std::string& name, std::uint64_t max_bytes = std::uint64_t{16} << 20) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;
  std::int64_t int_attribute(const std::string& object, const std::string& name) const;
  double double_attribute(const std::string& object, const std::string& name) const;
  /// All elements, row-major, at most max_count.
  std::vector<std::int64_t> int_array_attribute(const std::string& object, const std::string& name,
                                                std::size_t max_count = 8192) const;
  std::vector<double> double_array_attribute(const std::string& object, const std::string& name,
                                             std::size_t max_count = 8192) const;

 private:
  [[noreturn]] void fail(const std::string& what) const;
  void read_attribute(const std::string& object, const std::string& name, bool floating,
                      std::size_t max_count, std::vector<std::int64_t>* integers,
                      std::vector<double>* reals) const;

  fs::path path_;
  HeaderInfo header_;
  std::int64_t file_ = -1;
};

/// "1.10.8": the libhdf5 in use.
std::string hdf5_version();

}  // namespace scaffold
