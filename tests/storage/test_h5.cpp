#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <numeric>
#include <thread>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "files.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::testing;
using Catch::Contains;

TEST_CASE("what was written reads back") {
  const TemporaryFolder folder;
  write_plain(folder / "a.h5", "checkpoint", 1, true);
  const H5Reader file(folder / "a.h5", "checkpoint", 1);
  CHECK(file.header().version == 1);
  CHECK(file.list("/") == std::vector<std::string>{"config", "empty", "model", "optimizer", "rate"});
  CHECK(file.list("/empty") == std::vector<std::string>{"group"});
  CHECK(file.info("/model/a.weight").dims == Dims{2, 3});
  CHECK(file.info("/model/a.weight").elements() == 6);
  std::vector<float> weights(6);
  file.read("/model/a.weight", DataType::float32, {2, 3}, weights.data());
  CHECK(weights == std::vector<float>{1, -2.5f, 3e-30f, 4, 5, 6});
  std::vector<std::int64_t> steps(2);
  file.read("/optimizer/steps", DataType::int64, {2}, steps.data());
  CHECK(steps == std::vector<std::int64_t>{-7, std::int64_t{1} << 40});
  double rate = 0;
  file.read("/rate", DataType::float64, {}, &rate);
  CHECK(rate == 1e-3);
  CHECK(file.read_text("/config") == "problem_scale: 5\nname: \u00e9\n");
  CHECK(file.int_attribute("/", "epoch") == 12);
  CHECK(file.text_attribute("/model", "name") == "U-Net");
  CHECK(file.double_attribute("/model/a.weight", "dice") == 0.95);
  CHECK(file.int_array_attribute("/", "shape") == std::vector<std::int64_t>{1, 2, 3, -4});
  CHECK(file.exists("/model/a.weight"));
  CHECK_FALSE(file.exists("/model/b/c"));
  CHECK(file.has_attribute("/", "epoch"));
  CHECK_FALSE(file.has_attribute("/", "apoch"));
}

TEST_CASE("asking for what is not there is a DataError that names it") {
  const TemporaryFolder folder;
  write_plain(folder / "a.h5");
  const H5Reader file(folder / "a.h5", "checkpoint", 1);
  float value = 0;
  CHECK_THROWS_WITH(file.read("/model/b", DataType::float32, {}, &value),
                    Contains("/model/b") && Contains("a.h5"));
  CHECK_THROWS_WITH(file.read("/model/a.weight", DataType::float32, {3, 2}, &value),
                    Contains("[2, 3]") && Contains("[3, 2]"));
  CHECK_THROWS_WITH(file.read("/model/a.weight", DataType::float64, {2, 3}, &value), Contains("float64"));
  CHECK_THROWS_AS(file.list("/none"), DataError);
  CHECK_THROWS_AS(file.read_text("/rate"), DataError);
  CHECK_THROWS_AS(file.read_text("/config", 5), DataError);
  CHECK_THROWS_AS(file.text_attribute("/", "epoch"), DataError);
  CHECK_THROWS_AS(file.int_attribute("/", "shape"), DataError);
  CHECK_THROWS_AS(file.int_attribute("/model", "name"), DataError);
  CHECK_THROWS_AS(file.double_attribute("/", "epoch"), DataError);
  CHECK_THROWS_AS(file.int_array_attribute("/", "shape", 3), DataError);
}

TEST_CASE("h5py and h5dump read the files, user block and all") {
  const TemporaryFolder folder;
  write_plain(folder / "a.h5");
  write_chunked(folder / "v.h5");
  CHECK(python(R"(
import h5py, sys, numpy as np
f = h5py.File(sys.argv[1], 'r')
w = f['model/a.weight']
assert w.dtype == '<f4' and w.shape == (2, 3), w
assert w[:].ravel().tolist() == [1, -2.5, float(np.float32(3e-30)), 4, 5, 6]
assert f['optimizer/steps'][:].tolist() == [-7, 1 << 40]
text = f['config'][()]
assert (text.decode() if isinstance(text, bytes) else text) == 'problem_scale: 5\nname: \u00e9\n'
assert f.attrs['epoch'] == 12 and f.attrs['shape'].tolist() == [[1, 2], [3, -4]]
name = f['model'].attrs['name']
assert (name.decode() if isinstance(name, bytes) else name) == 'U-Net'
)",
               folder / "a.h5", folder.path()) == 0);
  CHECK(python(R"(
import h5py, sys
m = h5py.File(sys.argv[1], 'r')['mask']
assert m.chunks == (2, 3) and m.compression is None
assert m[:].tolist() == [[10 * i + j for j in range(6)] for i in range(4)]
)",
               folder / "v.h5", folder.path()) == 0);
  for (const char* file : {"a.h5", "v.h5"})
    CHECK(std::system(
              cat("h5dump '", (folder / file).string(), "' > '", (folder / "dump").string(), "'").c_str()) ==
          0);
  CHECK_THAT(slurp(folder / "dump"), Contains("DATASET \"mask\"") && Contains("30, 31, 32"));
}

TEST_CASE("chunk addresses are where the bytes are") {
  const TemporaryFolder folder;
  const auto chunks = write_chunked(folder / "v.h5");
  REQUIRE(chunks.size() == 4);
  CHECK(chunks[1].begin == Dims{0, 3});
  CHECK(chunks[2].begin == Dims{2, 0});
  const std::string bytes = slurp(folder / "v.h5");
  CHECK(bytes.substr(chunks[3].offset, chunks[3].bytes) == std::string{23, 24, 25, 33, 34, 35});
  const H5Reader file(folder / "v.h5", "volume", 1);
  std::vector<std::uint8_t> mask(24);
  file.read("/mask", DataType::uint8, {4, 6}, mask.data());
  for (int i = 0; i < 24; ++i) CHECK(mask[i] == 10 * (i / 6) + i % 6);
}

TEST_CASE("a file that was not finished leaves nothing, and the old one stays") {
  const TemporaryFolder folder;
  spill(folder / "a.h5", "old");
  {
    H5Writer file(folder / "a.h5", "checkpoint", 1);
    file.write_text("/x", "y");
  }
  CHECK(slurp(folder / "a.h5") == "old");
  {
    H5Writer file(folder / "a.h5", "volume", 1, 1);
    file.create_chunked("/mask", DataType::uint8, {2}, {2});
    CHECK_THROWS(file.finish());
    file.seal();
    CHECK_THROWS(file.finish());  // its chunk has no checksum
    CHECK_THROWS(file.write_text("/x", "late"));
  }
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a folder that is missing is a SystemError with the reason") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(H5Writer(folder / "none" / "a.h5", "checkpoint", 1), Contains("No such file"));
  CHECK_THROWS_AS(H5Writer(folder / "none" / "a.h5", "checkpoint", 1), SystemError);
}

TEST_CASE("a full disk is a SystemError and leaves nothing") {
  const TemporaryFolder folder;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const std::vector<double> data(100'000);
  const auto write = [&] {
    H5Writer file(folder / "a.h5", "checkpoint", 1);
    file.write("/data", DataType::float64, {100'000}, data.data());
    file.write_text("/text", "text");
    file.finish();
  };
  write();
  const rlim_t whole = fs::file_size(folder / "a.h5");
  fs::remove(folder / "a.h5");
  // The system refuses to let a file grow past these sizes, at every stage of writing.
  for (rlim_t limit : {rlim_t{100}, rlim_t{600}, rlim_t{3000}, whole / 2, whole - 1000, whole - 1}) {
    const rlimit small{limit, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    bool refused = false, other = false;
    std::string told;
    try {
      write();
    } catch (const SystemError& error) {
      refused = true;
      told = error.what();
    } catch (...) {
      other = true;
    }
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK(refused);
    CHECK_FALSE(other);
    // The file, the system's reason and what to do; none of libhdf5's own words.
    const std::string begin = cat("cannot write '", (folder / "a.h5").string(), "': ");
    CHECK(told == begin + "File too large; raise the limit on the size of files (ulimit -f)");
    CHECK(fs::is_empty(folder.path()));
  }
  std::signal(SIGXFSZ, SIG_DFL);
  write_plain(folder / "a.h5");  // libhdf5 is still of use
  CHECK(H5Reader(folder / "a.h5", "checkpoint", 1).int_attribute("/", "epoch") == 12);
}

TEST_CASE("what libhdf5 cannot read is told without its own words") {
  const TemporaryFolder folder;
  write_plain(folder / "a.h5");
  const H5Reader file(folder / "a.h5", "checkpoint", 1);
  const auto told = [&](auto&& read) -> std::string {
    try {
      read();
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  const std::string begin = cat("'", (folder / "a.h5").string(), "': ");
  const std::string end = "; it is damaged or was made by another program: make it anew, or use another";
  CHECK(told([&] { file.info("/none"); }) == begin + "no dataset '/none'" + end);
  CHECK(told([&] { file.list("/none"); }) == begin + "no group '/none'" + end);
  CHECK(told([&] { file.int_attribute("/", "none"); }) == begin + "no attribute 'none' at '/'" + end);
  CHECK(told([&] { file.text_attribute("/none", "x"); }) == begin + "no attribute 'x' at '/none'" + end);
}

TEST_CASE("equal contents give equal bytes") {
  const TemporaryFolder folder;
  write_plain(folder / "a.h5");
  write_plain(folder / "b.h5");
  CHECK(slurp(folder / "a.h5") == slurp(folder / "b.h5"));
  // No object records when it was made; h5ls would say so, as it does for h5py's default.
  const auto listing = (folder / "listing").string();
  REQUIRE(std::system(cat("h5ls -v -r '", (folder / "a.h5").string(), "' > '", listing, "'").c_str()) == 0);
  CHECK_THAT(slurp(listing), Contains("/model/a.weight") && !Contains("Modified"));
}

TEST_CASE("many threads write and read their own files at once") {
  const TemporaryFolder folder;
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          const auto path = folder / cat(t, "-", i, ".h5");
          write_plain(path);
          good += H5Reader(path, "checkpoint", 1).read_text("/config").starts_with("problem_scale");
        }
      });
  }
  CHECK(good == 40);
}

TEST_CASE("writers and readers move") {
  const TemporaryFolder folder;
  H5Writer first(folder / "a.h5", "checkpoint", 1);
  H5Writer second = std::move(first);
  second.write_text("/x", "y");
  second.finish();
  H5Reader reader(folder / "a.h5", "checkpoint", 1);
  const H5Reader moved = std::move(reader);
  CHECK(moved.read_text("/x") == "y");
}
