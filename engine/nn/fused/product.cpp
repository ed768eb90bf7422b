#include "nn/fused/product.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <algorithm>
#include <vector>

// MKL's, which LibTorch's wheels have inside: how many threads the calling one may start. Other libraries
// start none in a parallel region.
extern "C" __attribute__((weak)) int MKL_Set_Num_Threads_Local(int threads);

namespace scaffold::fused {
namespace {

/// While it lives, this thread's products are its own work.
class OneThread {
 public:
  OneThread() : before_(MKL_Set_Num_Threads_Local ? MKL_Set_Num_Threads_Local(1) : 0) {}
  ~OneThread() {
    if (MKL_Set_Num_Threads_Local) MKL_Set_Num_Threads_Local(before_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
  const at::AutoDispatchBelowAutograd below_autograd_;
};

/// How a matrix is cut: large pieces read their factors less often, small ones keep more threads busy.
struct Tiles {
  Tiles(std::int64_t all_rows, std::int64_t all_columns) : rows(all_rows), columns(all_columns) {
    constexpr std::int64_t large = 256, small = 128, enough = 32;
    step = rows * columns >= enough * large * large ? large : small;
    across = (columns + step - 1) / step;
    count = (rows + step - 1) / step * across;
  }
  at::Tensor of(const at::Tensor& matrix, std::int64_t tile) const {
    return columns_of(rows_of(matrix, tile), tile);
  }
  at::Tensor rows_of(const at::Tensor& matrix, std::int64_t tile) const {
    const std::int64_t first = tile / across * step;
    return matrix.narrow(0, first, std::min(step, rows - first));
  }
  at::Tensor columns_of(const at::Tensor& matrix, std::int64_t tile) const {
    const std::int64_t first = tile % across * step;
    return matrix.narrow(1, first, std::min(step, columns - first));
  }
  std::int64_t rows, columns, step = 0, across = 0, count = 0;
};

template <class Body>
void each(std::int64_t count, const Body& body) {
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    const OneThread alone;
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

}  // namespace

void multiply(const at::Tensor& a, const at::Tensor& b, const at::Tensor& into, bool add) {
  const Tiles tiles(into.size(0), into.size(1));
  each(tiles.count, [&](std::int64_t i) {
    at::Tensor tile = tiles.of(into, i);
    const at::Tensor left = tiles.rows_of(a, i), right = tiles.columns_of(b, i);
    add ? tile.addmm_(left, right) : at::mm_out(tile, left, right);
  });
}

at::Tensor multiply_over_rows(const at::Tensor& a, const at::Tensor& b) {
  // Few pieces of a result are cut along the sum too, and the parts added up in their order.
  constexpr std::int64_t enough = 32, min_rows = 512;
  const Tiles tiles(a.size(1), b.size(1));
  const std::int64_t rows = a.size(0);
  const std::int64_t parts =
      std::clamp<std::int64_t>(std::min(enough / tiles.count, rows / min_rows), 1, enough);
  const at::Tensor sums = at::empty({parts, a.size(1), b.size(1)}, a.options());
  const at::Tensor turned = a.t();
  each(parts * tiles.count, [&](std::int64_t i) {
    const std::int64_t part = i / tiles.count, tile = i % tiles.count;
    const std::int64_t first = rows * part / parts, count = rows * (part + 1) / parts - first;
    at::Tensor into = tiles.of(sums[part], tile);
    at::mm_out(into, tiles.rows_of(turned, tile).narrow(1, first, count),
               tiles.columns_of(b, tile).narrow(0, first, count));
  });
  at::Tensor sum = sums[0];
  for (std::int64_t part = 1; part < parts; ++part) sum.add_(sums[part]);
  return sum;
}

at::Tensor sum_over_rows(const at::Tensor& a) {
  constexpr std::int64_t max_parts = 64, block = 64;
  const std::int64_t rows = a.size(0), columns = a.size(1), step = a.stride(0);
  const std::int64_t parts = std::clamp<std::int64_t>(rows / block, 1, max_parts);
  std::vector<double> sums(static_cast<std::size_t>(parts * columns));
  const float* const values = a.const_data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> of_block(static_cast<std::size_t>(columns));
    for (std::int64_t part = begin; part < end; ++part) {
      double* const into = sums.data() + part * columns;
      const std::int64_t last = rows * (part + 1) / parts;
      for (std::int64_t first = rows * part / parts; first < last; first += block) {
        std::fill(of_block.begin(), of_block.end(), 0.0f);
        for (std::int64_t r = first; r < std::min(first + block, last); ++r)
          for (std::int64_t c = 0; c < columns; ++c) of_block[c] += values[r * step + c];
        for (std::int64_t c = 0; c < columns; ++c) into[c] += static_cast<double>(of_block[c]);
      }
    }
  });
  at::Tensor all = at::empty({columns}, a.options());
  for (std::int64_t c = 0; c < columns; ++c) {
    double sum = 0;
    for (std::int64_t part = 0; part < parts; ++part) sum += sums[part * columns + c];
    all.data_ptr<float>()[c] = static_cast<float>(sum);
  }
  return all;
}

}  // namespace scaffold::fused
