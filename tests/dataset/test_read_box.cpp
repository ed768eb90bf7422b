// Boxes that cut stored chunks: their voxels, and the memory that reading them takes.
#include <atomic>
#include <cstdlib>
#include <new>

#include "catch.hpp"
#include "core/error.hpp"
#include "small.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {
std::atomic<std::size_t> largest_allocation{0};
}

// Every allocation of this program goes by here, its vectors' included. Not inlined: the compiler would take
// malloc and free for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  std::size_t largest = largest_allocation;
  while (size > largest && !largest_allocation.compare_exchange_weak(largest, size)) {
  }
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("a box is read through little memory, however large the chunks that it cuts") {
  for (const char* format : {"dense", "compact"})
    for (const bool direct : {false, true}) {
      CAPTURE(format, direct);
      const TemporaryFolder folder;
      DatasetSpec spec = small_spec(folder.path());
      spec.problem_scale = 6;  // a chunk's image has 3 MiB
      spec.n_instances_used_per_fractal = 3;
      spec.format = format;
      const DatasetReader reader(ensure_dataset(spec, small_library(3), 2).folder, direct);
      const std::int64_t edge = reader.index().spec.edge();
      const Whole whole = assemble(reader, 1);
      for (const Block& box : {Block{{5, 0, 3}, {20, 64, 7}}, Block{{0, 63, 0}, {64, 1, 64}},
                               Block{{31, 17, 40}, {2, 30, 24}}, Block{{63, 63, 63}, {1, 1, 1}}}) {
        const auto voxels = static_cast<std::size_t>(box.voxels());
        std::vector<float> image(3 * voxels, -1), image_alone(image);
        std::vector<std::uint8_t> mask(voxels, 99), mask_alone(mask);
        largest_allocation = 0;
        reader.read_box(1, box, image.data(), mask.data());
        reader.read_box(1, box, image_alone.data(), nullptr);
        reader.read_box(1, box, nullptr, mask_alone.data());
        CHECK(largest_allocation > 0);
        CHECK(largest_allocation <= std::size_t{3} << 19);
        std::size_t at = 0, wrong = 0;
        for (std::int64_t d = 0; d < box.size[0]; ++d)
          for (std::int64_t h = 0; h < box.size[1]; ++h)
            for (std::int64_t w = 0; w < box.size[2]; ++w, ++at) {
              const auto from = static_cast<std::size_t>(
                  ((box.begin[0] + d) * edge + box.begin[1] + h) * edge + box.begin[2] + w);
              wrong += mask[at] != whole.mask[from];
              for (std::size_t c = 0; c < 3; ++c)
                wrong += image[c * voxels + at] != whole.image[c * whole.mask.size() + from];
            }
        CHECK(wrong == 0);
        CHECK(image_alone == image);
        CHECK(mask_alone == mask);
      }
    }
}

TEST_CASE("damage anywhere in a chunk is noticed by a box that does not hold it") {
  for (const char* format : {"dense", "compact"}) {
    const TemporaryFolder folder;
    DatasetSpec spec = small_spec(folder.path());
    spec.format = format;
    const DatasetReader reader(ensure_dataset(spec, small_library(3), 2).folder);
    const auto& entry = reader.index().volumes[0];
    const fs::path file = reader.folder() / entry.file;
    const std::string sound = slurp(file);
    std::vector<std::uint64_t> places{entry.mask_offset[0] + reader.index().mask_chunk_bytes() - 1};
    if (!spec.compact()) places.push_back(entry.image_offset[0] + reader.index().image_chunk_bytes() - 1);
    for (const auto place : places) {
      std::string damaged = sound;
      damaged[place] = static_cast<char>(damaged[place] ^ 1);
      spill(file, damaged);
      float image[3];
      std::uint8_t mask = 0;
      CHECK_THROWS_WITH(
          reader.read_box(0, {{0, 0, 0}, {1, 1, 1}}, image, &mask),
          Catch::Contains("does not match its checksum") || Catch::Contains("which does not exist"));
    }
  }
}
