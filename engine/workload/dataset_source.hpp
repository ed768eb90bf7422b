// Where a workload's dataset comes from: found, made, checked, read.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/dataset_info.hpp"
#include "data/node_copy.hpp"
#include "data/sample_reader.hpp"

namespace scaffold {

/// The processes that make a dataset together.
struct DataRanks {
  Communicator& all;
  int here = 1;     ///< of them, on this machine
  int threads = 1;  ///< of each
};

/// What is in a dataset's folder.
struct DatasetFindings {
  DatasetInfo info;
  std::string expected_hash;          ///< of what the configuration makes of the same inputs
  std::vector<std::string> problems;  ///< what is damaged, for people
};

/// The dataset of a configuration, from what is planned to what is there.
class DatasetSource {
 public:
  virtual ~DatasetSource() = default;
  /// Samples, as planned: known before anything is made.
  virtual std::int64_t training() const = 0;
  virtual std::int64_t validation() const = 0;
  /// Bytes of one: in its file, and as a batch holds it.
  virtual double stored_bytes() const = 0;
  virtual double sample_bytes() const = 0;
  /// Finds what samples are made from. `make`: makes it where it is not there; else that is a DataError.
  /// Collective.
  virtual void find_inputs(const DataRanks& ranks, bool make) = 0;
  /// What was found, for people; empty: samples are made from nothing.
  virtual std::string inputs() const { return ""; }
  /// What tells the dataset from others, once its inputs have been found.
  virtual std::string hash() const = 0;
  /// Finds the samples, or makes them: in any case where `from_scratch`. Collective.
  virtual DatasetInfo ensure(const DataRanks& ranks, bool from_scratch) = 0;
  /// For a copy on a machine's own disk.
  virtual DatasetFilesOf files() const = 0;
  /// Every byte of the dataset in a folder, and whether it is the one that the configuration makes.
  /// `any_shards`: cut in whatever way. DataError where there is none.
  virtual DatasetFindings verify(const fs::path& folder, bool any_shards, int threads) const = 0;
  /// Of a dataset's folder. DataError unless all of it is there.
  virtual std::unique_ptr<SampleReader> open(const fs::path& folder) const = 0;
};

}  // namespace scaffold
