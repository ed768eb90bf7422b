// The kernels' one source, templated on a lane type V: a vector of V::lanes doubles (V::F) or 64-bit words
// (V::U). Included by one file an instruction set; everything has internal linkage.
#pragma once
#include "fractal_unet/fractal/simd.hpp"

namespace scaffold::simd {
namespace {

/// Philox4x32-10 in 64-bit lanes: the multiplications read the low half of a lane only, so the high halves
/// may hold anything until the end. Only the block number changes along a stream; what of the first three
/// rounds does not depend on it is computed once. Four counters at a time hide the latency of the rounds,
/// which the points' own arithmetic could not.
template <class V>
class Philox {
  using U = typename V::U;

 public:
  explicit Philox(const State& state) : state_(state), counter_(V::load(state.counter[0])) {
    const U p1 = V::multiply_low(V::load(state.counter[2]), m1_);
    const U c0 = V::exclusive_or(V::exclusive_or(V::high(p1), V::load(state.counter[1])), key(0, 0));
    const U p0 = V::multiply_low(c0, m0_);
    first_ = V::exclusive_or(V::load(state.counter[3]), key(0, 1));
    second0_ = V::exclusive_or(p1, key(1, 0));
    second2_ = V::exclusive_or(V::high(p0), key(1, 1));
    third_ = V::exclusive_or(p0, key(2, 1));
  }

  /// The next four blocks of four words.
  void next(U (&c)[4][4]) {
    for (auto& words : c) {
      const U p0 = V::multiply_low(counter_, m0_);
      counter_ = V::add(counter_, V::word(1));
      const U p1 = V::multiply_low(V::exclusive_or(V::high(p0), first_), m1_);
      const U q0 = V::multiply_low(V::exclusive_or(V::high(p1), second0_), m0_);
      const U q1 = V::multiply_low(V::exclusive_or(second2_, p0), m1_);
      words[0] = V::exclusive_or(V::high(q1), V::exclusive_or(p1, key(2, 0)));
      words[1] = q1;
      words[2] = V::exclusive_or(V::high(q0), third_);
      words[3] = q0;
    }
    for (int round = 3; round < 10; ++round)
      for (auto& words : c) {
        const U p0 = V::multiply_low(words[0], m0_), p1 = V::multiply_low(words[2], m1_);
        words[0] = V::exclusive_or(V::high(p1), V::exclusive_or(words[1], key(round, 0)));
        words[1] = p1;
        words[2] = V::exclusive_or(V::high(p0), V::exclusive_or(words[3], key(round, 1)));
        words[3] = p0;
      }
  }
  U counter() const { return counter_; }

 private:
  U key(int round, int half) const { return V::load(state_.key[round][half]); }
  const State& state_;
  U counter_, first_, second0_, second2_, third_;
  const U m0_ = V::word(0xD2511F53u), m1_ = V::word(0xCD9E8D57u);
};

/// coordinate' = ((a·x + b·y) + c·z) + t with the coefficients of the map chosen in each lane.
template <class V>
inline typename V::F transform(const State& state, int row, typename V::M first, typename V::F x,
                               typename V::F y, typename V::F z) {
  const auto choose = [&](int c) {
    return V::select(first, V::load(state.coefficient[0][c]), V::load(state.coefficient[1][c]));
  };
  const auto sum = V::add(V::multiply(choose(3 * row), x), V::multiply(choose(3 * row + 1), y));
  return V::add(V::add(sum, V::multiply(choose(3 * row + 2), z)), choose(9 + row));
}

/// Runs a block; put(point, axis, coordinates) takes what it gives. The random words come first, all of the
/// block's.
template <class V, class Put>
inline void advance(State& state, Put put) {
  using F = typename V::F;
  alignas(64) std::uint64_t words[block_points][V::lanes];
  Philox<V> philox(state);
  for (int point = 0; point < block_points; point += 16) {
    typename V::U c[4][4];
    philox.next(c);
    for (int i = 0; i < 16; ++i) V::store(words[point + i], V::low(c[i / 4][i % 4]));
  }
  V::store(state.counter[0], philox.counter());
  F x = V::load(state.position[0]), y = V::load(state.position[1]), z = V::load(state.position[2]);
  for (int point = 0; point < block_points; ++point) {
    const auto first = V::less(V::load(words[point]), V::load(state.threshold));
    const F nx = transform<V>(state, 0, first, x, y, z);
    const F ny = transform<V>(state, 1, first, x, y, z);
    const F nz = transform<V>(state, 2, first, x, y, z);
    put(point, 0, x = nx);
    put(point, 1, y = ny);
    put(point, 2, z = nz);
  }
  V::store(state.position[0], x);
  V::store(state.position[1], y);
  V::store(state.position[2], z);
}

template <class V>
std::uint32_t floats(State& state, float* (*into)[3]) {
  alignas(64) float block[block_points][3][V::lanes];
  advance<V>(state, [&](int point, int axis, typename V::F c) { V::store_rounded(block[point][axis], c); });
  std::uint32_t suspicious = 0;
  for (int axis = 0; axis < 3; ++axis) suspicious |= V::transpose(block[0][axis], axis, into);
  return suspicious;
}

/// Once a coordinate is NaN the chain stays NaN, and V::smaller/larger(a, b) give b where one is NaN: so the
/// extremes of a chain that left the finite numbers end as NaN or infinite.
template <class V>
std::uint32_t moments(State& state, Moments& into) {
  using F = typename V::F;
  alignas(64) double block[block_points][3][V::lanes];
  advance<V>(state, [&](int point, int axis, F c) { V::store(block[point][axis], c); });
  F low[3], high[3], mean[3], squares[3];
  for (int axis = 0; axis < 3; ++axis) {
    low[axis] = high[axis] = V::load(block[0][axis]);
    mean[axis] = squares[axis] = V::number(0);
  }
  for (int point = 0; point < block_points; ++point)
    for (int axis = 0; axis < 3; ++axis) {
      const F c = V::load(block[point][axis]);
      low[axis] = V::smaller(low[axis], c);
      high[axis] = V::larger(high[axis], c);
      mean[axis] = V::add(mean[axis], c);
    }
  for (int axis = 0; axis < 3; ++axis) mean[axis] = V::multiply(mean[axis], V::number(1.0 / block_points));
  for (int point = 0; point < block_points; ++point)
    for (int axis = 0; axis < 3; ++axis) {
      const F d = V::subtract(V::load(block[point][axis]), mean[axis]);
      squares[axis] = V::add(squares[axis], V::multiply(d, d));
    }
  std::uint32_t suspicious = 0;
  for (int axis = 0; axis < 3; ++axis) {
    V::store(into.low[axis], low[axis]);
    V::store(into.high[axis], high[axis]);
    V::store(into.mean[axis], mean[axis]);
    V::store(into.squares[axis], squares[axis]);
    suspicious |= V::outside(low[axis], high[axis], bound);
  }
  return suspicious;
}

}  // namespace
}  // namespace scaffold::simd
