// Testing candidates without keeping their points: the moments of blocks of 64 points are merged one after
// the other.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/chains.hpp"
#include "fractal_unet/fractal/library.hpp"

namespace scaffold {
namespace {

/// Of one axis: count is kept by the owner. The merge is the pairwise update of Chan, Golub and LeVeque,
/// "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
struct AxisMoments {
  double low = 0, high = 0, mean = 0, squares = 0;  // of the origin alone

  void merge(double count, const AxisMoments& block, double block_count) {
    const double total = count + block_count;
    const double delta = block.mean - mean;
    low = std::min(low, block.low);
    high = std::max(high, block.high);
    squares = (squares + block.squares) + (delta * delta) * (count * block_count / total);
    mean = mean + delta * (block_count / total);
  }
};

/// The lanes' order of operations, for a block that is not whole.
AxisMoments moments_of(const ChainBlock& block, int axis) {
  AxisMoments m;
  m.low = m.high = block.points[0][axis];
  double sum = 0;
  for (int i = 0; i < block.count; ++i) {
    const double c = block.points[i][axis];
    m.low = std::min(m.low, c);
    m.high = std::max(m.high, c);
    sum += c;
  }
  m.mean = sum / block.count;
  for (int i = 0; i < block.count; ++i) {
    const double d = block.points[i][axis] - m.mean;
    m.squares += d * d;
  }
  return m;
}

class MomentSink final : public PointSink {
 public:
  struct Chain {
    std::array<AxisMoments, 3> axes;
    CloudState state = CloudState::ok;
  };
  explicit MomentSink(std::size_t tasks) : chains_(tasks) {}

  void begin(std::size_t) override {}

  std::uint32_t advance(const simd::Kernels& kernels, simd::State& state,
                        std::span<const LaneBlock>) override {
    return kernels.moments(state, moments_);
  }

  void accept(const LaneBlock& block, int lane) override {
    Chain& chain = chains_[block.index];
    const bool whole = block.valid == simd::block_points;
    ChainBlock tail;
    if (!whole) tail = run_block(*block.task, block.first, block.valid, block.before);
    for (int axis = 0; axis < 3; ++axis) {
      const AxisMoments made = whole ? AxisMoments{moments_.low[axis][lane], moments_.high[axis][lane],
                                                   moments_.mean[axis][lane], moments_.squares[axis][lane]}
                                     : moments_of(tail, axis);
      chain.axes[axis].merge(static_cast<double>(block.first), made, block.valid);
    }
  }

  void finish(std::size_t task, CloudState state) override { chains_[task].state = state; }

  const std::vector<Chain>& chains() const { return chains_; }

 private:
  std::vector<Chain> chains_;
  simd::Moments moments_;
};

Candidate result(const MomentSink::Chain& chain, const LibrarySpec& spec) {
  Candidate candidate;
  if (chain.state == CloudState::runaway) candidate.rejection = Rejection::runaway;
  if (chain.state == CloudState::not_finite) candidate.rejection = Rejection::not_finite;
  if (candidate.rejection != Rejection::none) return candidate;
  bool flat = false, low = false;
  for (int axis = 0; axis < 3; ++axis) {
    const AxisMoments& m = chain.axes[axis];
    candidate.extent[axis] = m.high - m.low;
    if (!(candidate.extent[axis] > 0)) {
      flat = true;
      continue;
    }
    const double scale = 2 * spec.normalize / candidate.extent[axis];
    candidate.variance[axis] = (m.squares / static_cast<double>(spec.points)) * (scale * scale);
    // An extent of a few denormals overflows the scale: no better than flat.
    flat = flat || !std::isfinite(candidate.variance[axis]);
    low = low || !(candidate.variance[axis] > spec.variance_threshold);
  }
  candidate.rejection = flat ? Rejection::flat : low ? Rejection::low_variance : Rejection::none;
  return candidate;
}

}  // namespace

void count(LibraryStatistics& statistics, Rejection result) {
  ++statistics.tried;
  switch (result) {
    case Rejection::none:
      ++statistics.accepted;
      break;
    case Rejection::runaway:
      ++statistics.runaway;
      break;
    case Rejection::not_finite:
      ++statistics.not_finite;
      break;
    case Rejection::flat:
      ++statistics.flat;
      break;
    case Rejection::low_variance:
      ++statistics.low_variance;
      break;
  }
}

const char* name(Rejection reason) {
  switch (reason) {
    case Rejection::none:
      return "accepted";
    case Rejection::runaway:
      return "runaway";
    case Rejection::not_finite:
      return "not finite";
    case Rejection::flat:
      return "flat";
    case Rejection::low_variance:
      return "low variance";
  }
  return "unknown";
}

Ifs candidate_ifs(std::uint64_t seed, std::uint64_t attempt) {
  Stream stream(seed, fractal_purpose::category_coefficients, static_cast<std::uint32_t>(attempt),
                static_cast<std::uint32_t>(attempt >> 32));
  Ifs ifs{};
  for (AffineMap& map : ifs)
    for (int c = 0; c < 12; ++c) coefficient(map, c) = 2 * stream.uniform() - 1;
  set_probabilities(ifs);
  return ifs;
}

std::vector<Candidate> test_candidates(std::span<const CloudTask> tasks, const LibrarySpec& spec) {
  std::vector<Candidate> candidates(tasks.size());
  if (spec.points == 0) throw ConfigError("a cloud needs at least one point");
  MomentSink sink(tasks.size());
  run_chains(simd::best(), tasks, spec.points, sink);
  for (std::size_t i = 0; i < tasks.size(); ++i) candidates[i] = result(sink.chains()[i], spec);
  return candidates;
}

Candidate test_candidate(const Ifs& ifs, const LibrarySpec& spec, std::uint64_t attempt) {
  const CloudTask task{ifs, spec.seed, fractal_purpose::category_cloud, static_cast<std::uint32_t>(attempt),
                       static_cast<std::uint32_t>(attempt >> 32)};
  return test_candidates({&task, 1}, spec).front();
}

}  // namespace scaffold
