// A second workload, of the tests alone: a flat regression on made-up data. It has what the first one lacks
// (extents that are no cube, one of them 1; a score where lower is better; an input that no shard cuts) and
// lacks what that one has (classes, labels, an official problem), so that whatever the engine takes for
// granted shows.
//
//   height = slope · blur(wave), of 12 × 20 values; the slope is the sample's one number
#pragma once
#include <cstdint>
#include <memory>

#include "workload/workload.hpp"

namespace regression {

using namespace scaffold;

struct Options {
  std::int64_t n_samples = 24;
  std::int64_t channels = 8;
  bool operator==(const Options&) const = default;
};
inline const Options& own(const Config& config) { return config.own.as<Options>(); }

inline constexpr Extent3 extents{1, 12, 20};
/// Fields of a sample.
inline constexpr std::size_t wave = 0, slope = 1, height = 2;

std::unique_ptr<Workload> workload();
const MetricList& metrics();
std::unique_ptr<DatasetSource> source(const Config& config);
/// Makes the workload and its task known.
void add();

}  // namespace regression
