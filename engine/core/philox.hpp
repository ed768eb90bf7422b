// Counter-based random numbers: Philox4x32-10 of Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
// easy as 1, 2, 3" (SC'11). A stream is named by what its numbers are for, never by rank or thread:
//   key     = the 64-bit seed (low word, high word)
//   counter = {block, purpose, index a, index b};  block k gives words 4k … 4k+3 of the stream.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace scaffold {

/// What a stream's numbers are for. Values are part of the file formats: never renumber. A workload names the
/// purposes of its data itself, by other values, and has are_distinct() check them:
///   inline constexpr Purpose storm_tracks{1};  // in its folder
///   static_assert(are_distinct({storm_tracks}));
enum class Purpose : std::uint32_t {
  parameters = 8,   ///< (train_seed, parameter index): initial weights
  epoch_order = 9,  ///< (train_seed, epoch): order of training samples
};

/// Whether no two of a workload's purposes are the same, and none is the engine's.
constexpr bool are_distinct(std::initializer_list<Purpose> own) {
  for (const Purpose* one = own.begin(); one != own.end(); ++one) {
    if (*one == Purpose::parameters || *one == Purpose::epoch_order) return false;
    for (const Purpose* other = one + 1; other != own.end(); ++other)
      if (*one == *other) return false;
  }
  return true;
}

using PhiloxBlock = std::array<std::uint32_t, 4>;

/// The bijection itself: ten rounds of counter under key.
constexpr PhiloxBlock philox(PhiloxBlock c, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

/// One stream of 32-bit words; also a standard uniform random bit generator.
class Stream {
 public:
  using result_type = std::uint32_t;
  constexpr Stream(std::uint64_t seed, Purpose purpose, std::uint32_t a = 0, std::uint32_t b = 0)
      : k0_(static_cast<std::uint32_t>(seed)),
        k1_(static_cast<std::uint32_t>(seed >> 32)),
        counter_{0, static_cast<std::uint32_t>(purpose), a, b} {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  constexpr std::uint32_t operator()() {
    if (used_ == 4) {
      words_ = philox(counter_, k0_, k1_);
      ++counter_[0];
      used_ = 0;
    }
    return words_[used_++];
  }
  /// 53-bit uniform in [0, 1): the first word drawn is the high one.
  constexpr double uniform() {
    const std::uint64_t high = (*this)();
    return static_cast<double>((high << 21) | ((*this)() >> 11)) * 0x1p-53;
  }
  /// Unbiased integer in [0, n), n > 0, by rejection.
  constexpr std::uint32_t below(std::uint32_t n) {
    const std::uint32_t limit = max() - (max() % n + 1) % n;
    std::uint32_t word = (*this)();
    while (word > limit) word = (*this)();
    return word % n;
  }

 private:
  std::uint32_t k0_, k1_;
  PhiloxBlock counter_;
  PhiloxBlock words_{};
  int used_ = 4;
};

/// Fisher–Yates from the back; fixed by the stream alone (std::shuffle differs between standard libraries).
template <class Container>
constexpr void shuffle(Container& items, Stream& stream) {
  for (std::size_t i = items.size(); i > 1; --i) {
    const std::size_t j = stream.below(static_cast<std::uint32_t>(i));
    auto held = items[i - 1];
    items[i - 1] = items[j];
    items[j] = held;
  }
}

}  // namespace scaffold
