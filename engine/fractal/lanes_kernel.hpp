// The kernels' one source, templated on a lane type V: a vector of V::lanes doubles (V::F) or 64-bit words
// (V::U). Included by one file an instruction set; everything has internal linkage.
#pragma once
#include "fractal/lanes.hpp"

namespace scaffold::lanes {
namespace {

/// A block's random words, [point][lane]; width is that of all groups.
template <int width>
struct alignas(64) Words {
  std::uint64_t at[block_points][width];
};

/// Philox4x32-10 in 64-bit lanes: the multiplications read the low half of a lane only, so the high halves
/// may hold anything until the end. Only the block number changes along a stream; what of the first three
/// rounds does not depend on it is computed once. Four counters at a time hide the latency of the rounds,
/// which the points' own arithmetic could not.
template <class V>
class Philox {
  using U = typename V::U;

 public:
  Philox(const State& state, int at) : state_(state), at_(at), counter_(V::load(&state.counter[0][at])) {
    const U p1 = V::multiply_low(V::load(&state.counter[2][at]), m1_);
    const U c0 = V::exclusive_or(V::exclusive_or(V::high(p1), V::load(&state.counter[1][at])), key(0, 0));
    const U p0 = V::multiply_low(c0, m0_);
    first_ = V::exclusive_or(V::load(&state.counter[3][at]), key(0, 1));
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
  U key(int round, int half) const { return V::load(&state_.key[round][half][at_]); }
  const State& state_;
  int at_;
  U counter_, first_, second0_, second2_, third_;
  const U m0_ = V::word(0xD2511F53u), m1_ = V::word(0xCD9E8D57u);
};

template <class V, int width>
inline void draw_words(State& state, int at, Words<width>& words) {
  Philox<V> philox(state, at);
  for (int point = 0; point < block_points; point += 16) {
    typename V::U c[4][4];
    philox.next(c);
    for (int i = 0; i < 16; ++i) V::store(&words.at[point + i][at], V::low(c[i / 4][i % 4]));
  }
  V::store(&state.counter[0][at], philox.counter());
}

/// coordinate' = ((a·x + b·y) + c·z) + t with the coefficients of the map chosen in each lane.
template <class V>
inline typename V::F transform(const State& state, int at, int row, typename V::M first, typename V::F x,
                               typename V::F y, typename V::F z) {
  const auto choose = [&](int c) {
    return V::select(first, V::load(&state.coefficient[0][c][at]), V::load(&state.coefficient[1][c][at]));
  };
  const auto sum = V::add(V::multiply(choose(3 * row), x), V::multiply(choose(3 * row + 1), y));
  return V::add(V::add(sum, V::multiply(choose(3 * row + 2), z)), choose(9 + row));
}

/// Runs a block of G vectors; put(point, axis, at, coordinates) takes what they give.
template <class V, int G, class Put>
inline void advance(State& state, Put put) {
  using F = typename V::F;
  Words<G * V::lanes> words;
  for (int g = 0; g < G; ++g) draw_words<V>(state, g * V::lanes, words);
  F x[G], y[G], z[G];
  for (int g = 0; g < G; ++g) {
    x[g] = V::load(&state.position[0][g * V::lanes]);
    y[g] = V::load(&state.position[1][g * V::lanes]);
    z[g] = V::load(&state.position[2][g * V::lanes]);
  }
  for (int point = 0; point < block_points; ++point)
    for (int g = 0; g < G; ++g) {
      const int at = g * V::lanes;
      const auto first = V::less(V::load(&words.at[point][at]), V::load(&state.threshold[at]));
      const F nx = transform<V>(state, at, 0, first, x[g], y[g], z[g]);
      const F ny = transform<V>(state, at, 1, first, x[g], y[g], z[g]);
      const F nz = transform<V>(state, at, 2, first, x[g], y[g], z[g]);
      put(point, 0, at, x[g] = nx);
      put(point, 1, at, y[g] = ny);
      put(point, 2, at, z[g] = nz);
    }
  for (int g = 0; g < G; ++g) {
    V::store(&state.position[0][g * V::lanes], x[g]);
    V::store(&state.position[1][g * V::lanes], y[g]);
    V::store(&state.position[2][g * V::lanes], z[g]);
  }
}

template <class V, int G>
std::uint32_t floats_of(State& state, float* (*into)[3]) {
  constexpr int width = G * V::lanes;
  alignas(64) float block[block_points][3][width];
  advance<V, G>(state, [&](int point, int axis, int at, typename V::F c) {
    V::store_rounded(&block[point][axis][at], c);
  });
  std::uint32_t suspicious = 0;
  for (int at = 0; at < width; at += V::lanes)
    for (int axis = 0; axis < 3; ++axis)
      suspicious |= V::template transpose<3 * width>(&block[0][axis][at], axis, into + at) << at;
  return suspicious;
}

/// Once a coordinate is NaN the chain stays NaN, and V::smaller/larger(a, b) give b where one is NaN: so the
/// extremes of a chain that left the finite numbers end as NaN or infinite.
template <class V, int width>
inline std::uint32_t moments_of_group(const double (&block)[block_points][3][width], int at, Moments& into) {
  using F = typename V::F;
  F low[3], high[3], mean[3], squares[3];
  for (int axis = 0; axis < 3; ++axis) {
    low[axis] = high[axis] = V::load(&block[0][axis][at]);
    mean[axis] = squares[axis] = V::number(0);
  }
  for (int point = 0; point < block_points; ++point)
    for (int axis = 0; axis < 3; ++axis) {
      const F c = V::load(&block[point][axis][at]);
      low[axis] = V::smaller(low[axis], c);
      high[axis] = V::larger(high[axis], c);
      mean[axis] = V::add(mean[axis], c);
    }
  for (int axis = 0; axis < 3; ++axis) mean[axis] = V::multiply(mean[axis], V::number(1.0 / block_points));
  for (int point = 0; point < block_points; ++point)
    for (int axis = 0; axis < 3; ++axis) {
      const F d = V::subtract(V::load(&block[point][axis][at]), mean[axis]);
      squares[axis] = V::add(squares[axis], V::multiply(d, d));
    }
  std::uint32_t suspicious = 0;
  for (int axis = 0; axis < 3; ++axis) {
    V::store(&into.low[axis][at], low[axis]);
    V::store(&into.high[axis][at], high[axis]);
    V::store(&into.mean[axis][at], mean[axis]);
    V::store(&into.squares[axis][at], squares[axis]);
    suspicious |= V::outside(low[axis], high[axis], bound);
  }
  return suspicious;
}

template <class V, int G>
std::uint32_t moments_of(State& state, Moments& into) {
  constexpr int width = G * V::lanes;
  alignas(64) double block[block_points][3][width];
  advance<V, G>(state,
                [&](int point, int axis, int at, typename V::F c) { V::store(&block[point][axis][at], c); });
  std::uint32_t suspicious = 0;
  for (int at = 0; at < width; at += V::lanes) suspicious |= moments_of_group<V>(block, at, into) << at;
  return suspicious;
}

template <class V>
std::uint32_t floats(State& state, int groups, float* (*into)[3]) {
  if (groups == 1) return floats_of<V, 1>(state, into);
  if constexpr (V::groups == 4)
    if (groups > 2) return floats_of<V, 4>(state, into);
  return floats_of<V, 2>(state, into);
}

template <class V>
std::uint32_t moments(State& state, int groups, Moments& into) {
  if (groups == 1) return moments_of<V, 1>(state, into);
  if constexpr (V::groups == 4)
    if (groups > 2) return moments_of<V, 4>(state, into);
  return moments_of<V, 2>(state, into);
}

}  // namespace
}  // namespace scaffold::lanes
