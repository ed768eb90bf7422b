#include <rapidcheck.h>
#include <numeric>
#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/instance.hpp"
#include "fractal_unet/fractal/voxelize.hpp"
#include "small.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {
// A volume by the definition: fractal after fractal over an empty cube.
Whole by_definition(const DatasetSpec& spec, const Library& library,
                    const std::vector<PlannedFractal>& fractals, int* overwritten = nullptr) {
  const auto voxels = static_cast<std::size_t>(spec.edge() * spec.edge() * spec.edge());
  Whole whole{std::vector<float>(3 * voxels), std::vector<std::uint8_t>(voxels)};
  const Palette palette = make_palette(spec.seed, spec.n_categories);
  for (const auto& f : fractals) {
    const InstanceRequest request{library.categories[static_cast<std::size_t>(f.category)], f.category,
                                  f.instance};
    const auto cloud = generate_instances({&request, 1}, spec.seed, cloud_points(spec.problem_scale));
    for (const auto v : occupied_voxels(cloud[0].cloud, spec.edge())) {
      if (overwritten) *overwritten += whole.mask[v] != 0;
      whole.mask[v] = static_cast<std::uint8_t>(f.category + 1);
      for (std::size_t c = 0; c < 3; ++c)
        whole.image[c * voxels + v] = palette[static_cast<std::size_t>(f.category) + 1][c];
    }
  }
  return whole;
}

int python(const std::string& program, const fs::path& argument, const fs::path& scratch) {
  spill(scratch / "program.py", program);
  return std::system(
      ("/usr/bin/python3 '" + (scratch / "program.py").string() + "' '" + argument.string() + "'").c_str());
}
}  // namespace

TEST_CASE("volumes hold what the definition says, later fractals over earlier ones") {
  const TemporaryFolder folder;
  const auto library = small_library(3);
  DatasetSpec spec = small_spec(folder.path());
  spec.problem_scale = 5;
  const auto info = ensure_dataset(spec, library, 2);
  CHECK(info.samples == 9);
  CHECK(info.training == 7);
  CHECK(info.validation == 2);
  CHECK(info.extents[0] == 32);
  CHECK(info.classes == 4);
  CHECK(info.generation_seconds > 0);
  CHECK(info.folder == folder / hash(spec, library.categories));
  const DatasetReader reader(info.folder);
  int overwritten = 0;
  for (std::int64_t v = 0; v < 9; ++v)
    CHECK(assemble(reader, v) == by_definition(spec, library,
                                               reader.index().plan.volumes[static_cast<std::size_t>(v)],
                                               &overwritten));
  CHECK(overwritten > 0);  // or the order was not tested
  CHECK(reader.verify(2).empty());
}

TEST_CASE("compact volumes are the dense ones bit for bit, in a twelfth of the space") {
  const TemporaryFolder folder;
  const auto library = small_library(3);
  DatasetSpec spec = small_spec(folder.path());
  spec.problem_scale = 5;  // the smallest of interest, where a file's overhead weighs most
  const auto dense = ensure_dataset(spec, library, 2);
  spec.format = "compact";
  const auto compact = ensure_dataset(spec, library, 2);
  CHECK(dense.folder != compact.folder);
  CHECK(compact.format == "compact");
  const auto size = [](const fs::path& of) {
    std::size_t bytes = 0;
    for (const auto& [name, text] : contents(of)) bytes += text.size();
    return bytes;
  };
  CHECK(size(compact.folder) * 12 <= size(dense.folder));  // the index and all
  const DatasetReader a(dense.folder), b(compact.folder);
  for (std::int64_t v = 0; v < 9; ++v) CHECK(assemble(a, v) == assemble(b, v));
  CHECK(b.verify(1).empty());
}

TEST_CASE("any layout of shards and chunks puts together the same volume") {
  const TemporaryFolder folder;
  const auto library = small_library(3);
  const DatasetSpec base = small_spec(folder.path());
  const DatasetReader whole(ensure_dataset(base, library, 2).folder);
  std::vector<Whole> expected;
  for (std::int64_t v = 0; v < whole.volumes(); ++v) expected.push_back(assemble(whole, v));
  int layouts = 0;
  for (const char* format : {"dense", "compact"})
    for (const auto& shards :
         std::vector<std::array<std::int64_t, 3>>{{2, 1, 1}, {1, 4, 1}, {2, 2, 2}, {1, 2, 8}, {16, 1, 1}})
      for (const std::uint64_t chunk_bytes : {std::uint64_t{1} << 30, std::uint64_t{1000}}) {
        DatasetSpec spec = base;
        spec.format = format;
        spec.dc_num_shards = shards;
        spec.dc_shard_dims = {4, 2, 3};
        GenerationLimits limits;
        limits.chunk_bytes = chunk_bytes;
        limits.batch_bytes = 1;
        const auto info = ensure_dataset(spec, library, 2, true, limits);
        const DatasetReader reader(info.folder);
        CHECK(reader.layout().shards() == Extent3{shards[1], shards[2], shards[0]});
        if (chunk_bytes == 1000 && reader.index().chunk[0] > 1)
          CHECK(reader.index().mask_chunk_bytes() * (spec.compact() ? 1 : 12) <= 1000);
        for (std::int64_t v = 0; v < reader.volumes(); ++v)
          CHECK(assemble(reader, v) == expected[static_cast<std::size_t>(v)]);
        // Any box, byte by byte.
        const Block box{{3, 1, 2}, {9, 15, 11}};
        std::vector<std::uint8_t> peeked(static_cast<std::size_t>(box.voxels())), read(peeked.size());
        std::vector<float> image(3 * peeked.size());
        for (std::int64_t v = 0; v < 3; ++v) {
          reader.peek_mask(v, box, peeked.data());
          whole.read_box(v, box, image.data(), read.data());
          CHECK(peeked == read);
          for (const std::size_t at : {std::size_t{0}, std::size_t{777}, peeked.size() - 1}) {
            const auto i = static_cast<std::int64_t>(at);
            const auto channels = reader.peek_image(v, {3 + i / (15 * 11), 1 + i / 11 % 15, 2 + i % 11});
            for (std::size_t c = 0; c < 3; ++c) CHECK(channels[c] == image[c * peeked.size() + at]);
          }
        }
        CHECK_THROWS_AS(reader.peek_mask(0, {{8, 0, 0}, {9, 1, 1}}, peeked.data()), DataError);
        CHECK_THROWS_AS(reader.peek_image(9, {0, 0, 0}), DataError);
        ++layouts;
      }
  CHECK(layouts == 20);
}

TEST_CASE("the bytes of a dataset do not depend on the number of threads or the size of batches") {
  const auto library = small_library(3);
  std::map<std::string, std::string> first;
  for (const int threads : {1, 3}) {
    const TemporaryFolder folder;
    DatasetSpec spec = small_spec(folder.path());
    spec.dc_num_shards = {1, 2, 1};
    GenerationLimits limits;
    if (threads == 3) limits.batch_bytes = 1;
    const auto files = contents(ensure_dataset(spec, library, threads, false, limits).folder);
    CHECK(files.size() == 12);  // nine volumes, index.json, dataset.xdmf, dataset.vtkhdf; no heartbeat
    if (first.empty()) first = files;
    CHECK(files == first);
  }
}

TEST_CASE("a dataset is reused, and made anew on request") {
  const TemporaryFolder folder;
  const auto library = small_library(3);
  const DatasetSpec spec = small_spec(folder.path());
  const auto made = ensure_dataset(spec, library, 2);
  spill(made.folder / "marker", "x");
  const auto reused = ensure_dataset(spec, library, 2);
  CHECK(reused.generation_seconds == 0);
  CHECK(reused.bytes == made.bytes);
  CHECK(fs::exists(made.folder / "marker"));
  const auto anew = ensure_dataset(spec, library, 2, true);
  CHECK(anew.generation_seconds > 0);
  CHECK_FALSE(fs::exists(made.folder / "marker"));
  // Only the dataset and its lock remain.
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("the announced sizes hold") {
  const TemporaryFolder folder;
  const auto library = small_library(3);
  for (const char* format : {"dense", "compact"}) {
    DatasetSpec spec = small_spec(folder.path());
    spec.format = format;
    spec.problem_scale = 6;
    const auto info = ensure_dataset(spec, library, 1);
    const auto announced = static_cast<double>(dataset_bytes(spec));
    CHECK(announced == Approx(static_cast<double>(info.bytes)).epsilon(0.01));
  }
  DatasetSpec large;
  large.problem_scale = 11;
  // 2^33/256 points, three clouds and lists of 20 bytes a point, a list being sorted, a chunk, a slab.
  const double points = std::exp2(33 - 8);
  CHECK(static_cast<double>(generation_memory(large, 1)) < points * (3 * 20 + 8) + 0.1e9);
  CHECK(generation_memory(large, 4) == 4 * generation_memory(large, 1));
}

TEST_CASE("h5py and h5dump read the volumes") {
  const TemporaryFolder folder;
  const auto library = small_library(3);
  DatasetSpec spec = small_spec(folder.path());
  spec.dc_num_shards = {2, 1, 2};
  const auto dense = ensure_dataset(spec, library, 2);
  CHECK(python(R"(
import h5py, json, sys, numpy as np
root = sys.argv[1]
index = json.load(open(root + '/index.json'))
assert index['format'] == 'scaffold-dataset' and index['version'] == 1
for number, volume in enumerate(index['volumes']):
    f = h5py.File(root + '/' + volume['file'], 'r')
    image, mask = f['image'], f['mask']
    assert image.shape == (3, 16, 16, 16) and image.dtype == '<f4' and image.chunks == (3, 8, 16, 8)
    assert mask.shape == (16, 16, 16) and mask.dtype == 'u1' and mask.chunks == (8, 16, 8)
    a = dict(f.attrs)
    palette = a['palette']
    assert palette.shape == (4, 3) and (palette[0] == 0).all()
    assert (palette == np.array(index['palette'], 'f4')).all()
    assert mask[:].any() and (image[:] == np.moveaxis(palette[mask[:]], -1, 0)).all()
    assert [list(p) for p in zip(a['categories'], a['instances'])] == volume['fractals']
    assert a['volume'] == number and a['problem_scale'] == 4 and a['format_version'] == 1
    text = lambda v: v.decode() if isinstance(v, bytes) else v
    assert text(a['split']) == volume['split'] and text(a['dataset']) == index['hash'] and text(a['seed']) == '42'
)",
               dense.folder, folder.path()) == 0);
  const auto file = (dense.folder / "volumes/000003.h5").string();
  CHECK(std::system(cat("h5dump -d /mask '", file, "' > '", (folder / "dump").string(), "'").c_str()) == 0);
  CHECK(slurp(folder / "dump").find("H5T_STD_U8LE") != std::string::npos);

  spec.format = "compact";
  const auto compact = ensure_dataset(spec, library, 2);
  CHECK(python(R"(
import h5py, sys, numpy as np
c = h5py.File(sys.argv[1] + '/volumes/000003.h5', 'r')
assert sorted(c) == ['mask', 'palette'] and c['palette'].dtype == '<f4'
assert (c['palette'][:] == c.attrs['palette']).all()
)",
               compact.folder, folder.path()) == 0);
}

TEST_CASE("block addresses and checksums of the index are enough to read without HDF5") {
  const TemporaryFolder folder;
  DatasetSpec spec = small_spec(folder.path());
  spec.dc_num_shards = {2, 1, 2};
  const auto info = ensure_dataset(spec, small_library(3), 2);
  CHECK(python(R"(
import h5py, json, sys, numpy as np
root = sys.argv[1]
index = json.load(open(root + '/index.json'))
d, h, w = index['chunk']
for volume in index['volumes']:
    raw = open(root + '/' + volume['file'], 'rb').read()
    assert len(raw) == volume['bytes']
    f = h5py.File(root + '/' + volume['file'], 'r')
    n = 0
    for i in range(0, 16, d):
        for j in range(0, 16, h):
            for k in range(0, 16, w):
                at = volume['image']['offset'][n]
                block = np.frombuffer(raw, '<f4', 3 * d * h * w, at).reshape(3, d, h, w)
                assert (block == f['image'][:, i:i+d, j:j+h, k:k+w]).all()
                at = volume['mask']['offset'][n]
                assert (np.frombuffer(raw, 'u1', d * h * w, at).reshape(d, h, w) == f['mask'][i:i+d, j:j+h, k:k+w]).all()
                n += 1
)",
               info.folder, folder.path()) == 0);
}

TEST_CASE("the XDMF file names datasets that exist, with their shapes") {
  const TemporaryFolder folder;
  DatasetSpec spec = small_spec(folder.path());
  for (const char* format : {"dense", "compact"}) {
    spec.format = format;
    const auto info = ensure_dataset(spec, small_library(3), 2);
    CHECK(python(R"(
import h5py, os, sys, xml.etree.ElementTree as E
root = sys.argv[1]
tree = E.parse(root + '/dataset.xdmf')
grids = [g for g in tree.iter('Grid') if g.get('GridType') == 'Uniform']
assert len(grids) == 9
compact = 'image' not in h5py.File(root + '/volumes/000000.h5', 'r')
items = 0
for n, g in enumerate(grids):
    assert g.find('Time').get('Value') == str(n) and g.find('Topology').get('Dimensions') == '17 17 17'
    assert len(g.findall('Attribute')) == (1 if compact else 4)
    for item in g.iter('DataItem'):
        if item.get('Format') == 'HDF':
            name, path = item.text.split(':')
            shape = h5py.File(os.path.join(root, name), 'r')[path].shape
            assert ' '.join(map(str, shape)) == item.get('Dimensions')
            items += 1
assert items == 9 * (1 if compact else 4)
)",
                 info.folder, folder.path()) == 0);
  }
}

TEST_CASE("expand paints the palette, background and all, wherever the channels lie") {
  const Palette palette = make_palette(1, 255);
  CHECK(rc::check([&] {
    // Empty stretches longer and shorter than what is looked at together, at any alignment.
    const auto mask = *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::weightedOneOf<std::uint8_t>(
        {{20, rc::gen::just<std::uint8_t>(0)}, {1, rc::gen::arbitrary<std::uint8_t>()}}));
    const auto voxels = static_cast<std::int64_t>(mask.size());
    const auto shift = *rc::gen::inRange<std::int64_t>(0, 5);
    const std::int64_t stride = std::max<std::int64_t>(voxels + *rc::gen::inRange<std::int64_t>(0, 40), 1);
    std::vector<float> image(static_cast<std::size_t>(shift + 3 * stride + 1), -1);
    expand(palette, mask.data(), voxels, image.data() + shift, stride);
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(image.size()); ++i) {
      const std::int64_t channel = (i - shift) / stride, voxel = (i - shift) % stride;
      const bool inside = i >= shift && channel < 3 && voxel < voxels;
      const float expected =
          inside ? palette[mask[static_cast<std::size_t>(voxel)]][static_cast<std::size_t>(channel)] : -1;
      RC_ASSERT(image[static_cast<std::size_t>(i)] == expected);
    }
  }));
}
