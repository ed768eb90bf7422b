// Private to the storage room: HDF5 identifiers that close themselves, the mutex, and errors.
#pragma once
#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

#include "storage/h5.hpp"

namespace scaffold::h5 {

/// Hold one of these around every call into libhdf5, and until every Id of the scope is closed. Also silences
/// HDF5's own printing for this thread.
class Guard {
 public:
  Guard();

 private:
  std::lock_guard<std::mutex> lock_;
};

/// Owns an identifier of any class; invalid ones (negative) are fine.
class Id {
 public:
  Id() = default;
  explicit Id(hid_t id) : id_(id) {}
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Id& operator=(Id&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Id() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  hid_t get() const { return id_; }
  hid_t release() { return std::exchange(id_, -1); }
  explicit operator bool() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
};

/// The system's error number (ENOSPC) that HDF5's error stack names, 0 for none; the stack is then cleared.
/// What else stands there is about HDF5's inside and no help to people.
int system_error();

/// How many elements an array of these extents has; 1 for a scalar.
std::uint64_t elements(const Dims& dims);

hid_t file_type(DataType type);    ///< little-endian
hid_t memory_type(DataType type);  ///< native

/// Property list for creating an object of that class, which records no times.
Id creation_list(hid_t kind);
/// Property list for opening files without advisory locks, which network file systems often lack.
Id file_access();

}  // namespace scaffold::h5
