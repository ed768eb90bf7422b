// Measuring for `scaffold bench`: ways of doing the same work take turns (A B A B …) in one process, so that
// a machine whose speed wavers slows all of them alike; what is reported are medians with their quartiles,
// and ratios of times from the same round.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scaffold::bench {

/// Of a sample: median, and lower and upper quartile (interpolated between neighbors).
struct Spread {
  double median = 0, low = 0, high = 0;
};
Spread spread_of(std::vector<double> sample);

/// What one call of a body does, so that its time becomes a rate. 0: of no interest.
struct Work {
  double bytes = 0;            ///< that must cross the memory bus (or reach the file), read and written
  double flops = 0;            ///< a multiply-add is two
  double items = 0;            ///< of whatever `item` names
  std::string item = "items";  ///< plural: "points", "samples"
};

struct Alternative {
  std::string name;
  std::function<void()> body;
  std::function<void()> before = {};  ///< each call of the body; not timed
};

/// Rounds go on until both the budget of time and the least number of rounds are used up, or the most are
/// done. Where several ranks measure together least and most must be equal: they stay in step.
struct Limits {
  double seconds = 2;
  int least = 5, most = 1000;
  int warm_up = 1;  ///< rounds that are not counted
  /// Processor time of the calling thread in place of the clock's: for bodies of one thread that never wait,
  /// on a machine with neighbors.
  bool processor_time = false;
};

/// What the hardware does with a simple body, measured once in every round among the alternatives, in bytes/s
/// or FLOP/s. Empty: not measured.
using Roof = std::function<double()>;
struct Roofs {
  Roof copy;    ///< of memory: CopyRoof
  Roof matmul;  ///< matrix-multiply peak in the precision of the work: bench/kernels.hpp
};

struct Measured {
  std::string name;
  Spread seconds;  ///< of a call
  Spread ratio;    ///< the first alternative's seconds over this one's in the same round: above 1 is faster
  Spread of_copy, of_matmul;  ///< share of what the roof reached in the same round; 0 where not measured
};

struct Comparison {
  std::string name;
  Work work;
  int rounds = 0;
  std::vector<Measured> alternatives;  ///< the first is what the others are compared with
  Spread copy, matmul;                 ///< what the roofs reached, bytes/s and FLOP/s
};

/// Runs the bodies in turns; an exception of a body passes through, a pending signal is Interrupted.
Comparison compare(const std::string& name, const Work& work, const std::vector<Alternative>& alternatives,
                   const Limits& limits = {}, const Roofs& roofs = {});

/// The same from what was measured elsewhere, one number a round: the parts of a training step, say, which
/// cannot run by themselves. Error when the numbers of rounds differ.
struct Timed {
  std::string name;
  std::vector<double> seconds;
};
struct RoofSamples {
  std::vector<double> copy, matmul;  ///< empty: not measured
};
Comparison compared(const std::string& name, const Work& work, const std::vector<Timed>& alternatives,
                    const RoofSamples& roofs = {});

/// Bandwidth of memcpy from one buffer larger than caches into another by `threads` threads at once; bytes
/// read and bytes written both count. Copies share their buffers.
class CopyRoof {
 public:
  explicit CopyRoof(int threads, std::uint64_t bytes = std::uint64_t{128} << 20);
  double operator()() const;  ///< bytes/s of one copy

 private:
  int threads_;
  std::vector<unsigned char> from_;
  mutable std::vector<unsigned char> into_;
};

/// A whole answer of `scaffold bench …`.
struct Report {
  std::string part;  ///< "kernels"
  int threads = 1;
  std::vector<std::pair<std::string, std::string>> facts;  ///< what was measured and how
  std::vector<Comparison> comparisons;
};
/// For people: a block a comparison. Ends with a line feed.
std::string table(const Report& report);
/// For programs; documented in docs/performance.md.
std::string json(const Report& report);

/// "4.20 ms": a time of any size with three digits.
std::string short_seconds(double seconds);

}  // namespace scaffold::bench
