#include "fractal_unet/fractal/chains.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace scaffold {
namespace simd {

int available(const Kernels* (&into)[3]) {
  int count = 0;
  into[count++] = &scalar_kernels;
#if defined(SCAFFOLD_X86_LANES)
  if (__builtin_cpu_supports("avx2")) into[count++] = &avx2_kernels;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
    into[count++] = &avx512_kernels;
#endif
  return count;
}

const Kernels& best() {
  const Kernels* all[3];
  return *all[available(all) - 1];
}

}  // namespace simd

namespace {

using simd::block_points;

/// Writes a task into a lane, at its origin.
void place(simd::State& state, int lane, const CloudTask& task) {
  for (int map = 0; map < 2; ++map)
    for (int c = 0; c < 12; ++c) state.coefficient[map][c][lane] = coefficient(task.ifs[map], c);
  for (auto& axis : state.position) axis[lane] = 0;
  state.threshold[lane] = choice_threshold(task.ifs[0].probability);
  const std::uint64_t counter[4] = {0, static_cast<std::uint32_t>(task.purpose), task.a, task.b};
  for (int i = 0; i < 4; ++i) state.counter[i][lane] = counter[i];
  auto k0 = static_cast<std::uint32_t>(task.seed), k1 = static_cast<std::uint32_t>(task.seed >> 32);
  for (auto& round : state.key) {
    round[0][lane] = k0;
    round[1][lane] = k1;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

void move_lane(simd::State& state, int from, int to) {
  for (auto& map : state.coefficient)
    for (auto& row : map) row[to] = row[from];
  for (auto& row : state.position) row[to] = row[from];
  state.threshold[to] = state.threshold[from];
  for (auto& row : state.counter) row[to] = row[from];
  for (auto& round : state.key)
    for (auto& row : round) row[to] = row[from];
}

/// Keeps lanes filled; the active ones come first.
class Runner {
 public:
  Runner(const simd::Kernels& kernels, std::span<const CloudTask> tasks, std::uint64_t points,
         PointSink& sink)
      : kernels_(kernels), tasks_(tasks), points_(points), sink_(sink) {}

  void run() {
    while (active_ < kernels_.lanes && admit(active_)) ++active_;
    while (active_ > 0) {
      for (int lane = 0; lane < active_; ++lane) {
        LaneBlock& block = blocks_[lane];
        block.valid = static_cast<int>(std::min<std::uint64_t>(block_points, points_ - block.first));
        for (int axis = 0; axis < 3; ++axis) block.before[axis] = state_.position[axis][lane];
      }
      const std::uint32_t suspicious =
          sink_.advance(kernels_, state_, std::span(blocks_).first(static_cast<std::size_t>(active_)));
      // Downwards, since the last lane moves into the place of one that ends.
      for (int lane = active_ - 1; lane >= 0; --lane) settle(lane, suspicious >> lane & 1);
    }
  }

 private:
  /// Puts the next task that has points to make into a lane; false when there is none.
  bool admit(int lane) {
    while (next_ < tasks_.size()) {
      const std::size_t index = next_++;
      sink_.begin(index);
      if (points_ == 1) {
        sink_.finish(index, CloudState::ok);
        continue;
      }
      place(state_, lane, tasks_[index]);
      blocks_[lane] = {&tasks_[index], index, 1, 0, {}};
      return true;
    }
    return false;
  }

  void settle(int lane, bool suspicious) {
    LaneBlock& block = blocks_[lane];
    CloudState state = CloudState::ok;
    if (suspicious) state = run_block(*block.task, block.first, block.valid, block.before).state;
    if (state == CloudState::ok) {
      sink_.accept(block, lane);
      block.first += static_cast<std::uint64_t>(block.valid);
      if (block.first < points_) return;
    }
    sink_.finish(block.index, state);
    if (!admit(lane)) retire(lane);
  }

  void retire(int lane) {
    const int last = --active_;
    if (lane != last) {
      move_lane(state_, last, lane);
      blocks_[lane] = blocks_[last];
    }
    place(state_, last, CloudTask{});
  }

  const simd::Kernels& kernels_;
  std::span<const CloudTask> tasks_;
  std::uint64_t points_;
  PointSink& sink_;
  std::size_t next_ = 0;
  int active_ = 0;
  std::array<LaneBlock, simd::max_lanes> blocks_{};
  simd::State state_{};
};

/// Keeps the points as float32.
class CloudSink final : public PointSink {
 public:
  CloudSink(std::vector<CloudResult>& results, std::uint64_t points) : results_(results), points_(points) {}

  void begin(std::size_t task) override { begin_cloud(results_[task].cloud, points_); }

  std::uint32_t advance(const simd::Kernels& kernels, simd::State& state,
                        std::span<const LaneBlock> blocks) override {
    float* into[simd::max_lanes][3];
    for (int lane = 0; lane < kernels.lanes; ++lane)
      for (int axis = 0; axis < 3; ++axis) {
        const bool whole = lane < static_cast<int>(blocks.size()) && blocks[lane].valid == block_points;
        into[lane][axis] = whole ? place_of(blocks[lane], axis) : spare_[lane][axis];
        // A dozen streams or two are more than a CPU's prefetcher follows; the lines arrive while the block
        // is computed.
        for (int point = 0; point <= block_points; point += 16)
          __builtin_prefetch(into[lane][axis] + point, 1);
      }
    return kernels.floats(state, into);
  }

  void accept(const LaneBlock& block, int lane) override {
    if (block.valid == block_points) return;
    for (int axis = 0; axis < 3; ++axis) std::copy_n(spare_[lane][axis], block.valid, place_of(block, axis));
  }

  void finish(std::size_t task, CloudState state) override {
    results_[task].state = state;
    if (state != CloudState::ok) results_[task].cloud = Cloud{};
  }

 private:
  float* place_of(const LaneBlock& block, int axis) {
    Cloud& cloud = results_[block.index].cloud;
    return (axis == 0 ? cloud.x : axis == 1 ? cloud.y : cloud.z).data() + block.first;
  }
  std::vector<CloudResult>& results_;
  std::uint64_t points_;
  float spare_[simd::max_lanes][3][block_points];
};

}  // namespace

std::uint64_t choice_threshold(double probability) {
  if (!(probability > 0)) return 0;
  return static_cast<std::uint64_t>(std::ceil(std::min(probability, 1.0) * 0x1p32));
}

void run_chains(const simd::Kernels& kernels, std::span<const CloudTask> tasks, std::uint64_t points,
                PointSink& sink) {
  Runner(kernels, tasks, points, sink).run();
}

void begin_cloud(Cloud& cloud, std::uint64_t points) {
  for (auto* axis : {&cloud.x, &cloud.y, &cloud.z}) {
    axis->resize(points);
    if (points > 0) axis->front() = 0;
  }
}

void generate_clouds_with(const simd::Kernels& kernels, std::span<const CloudTask> tasks,
                          std::uint64_t points, std::vector<CloudResult>& results) {
  results.resize(tasks.size());
  CloudSink sink(results, points);
  if (points > 0) return run_chains(kernels, tasks, points, sink);
  for (CloudResult& result : results) result = CloudResult{};
}

}  // namespace scaffold
