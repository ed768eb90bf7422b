// index.json: text and back, and every way it can be wrong.
#include <cstdlib>
#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "small.hpp"
#include "storage/checksum.hpp"

using namespace scaffold;
using namespace scaffold::testing;
using Catch::Contains;

namespace {
// The first line with a checksum that fits whatever follows.
std::string sealed(const std::string& rest) {
  return cat("{\"checksum\": \"", hex16(checksum(rest)), "\",\n", rest);
}
std::string rest_of(const std::string& text) { return text.substr(text.find('\n') + 1); }

std::string complaint(const std::string& text) {
  try {
    index_from_json(text, "some/dataset/index.json");
    return "";
  } catch (const DataError& error) {
    CHECK_THAT(error.what(), Contains("some/dataset/index.json"));
    return error.what();
  }
}

std::string small_index(const char* format) {
  const TemporaryFolder folder;
  DatasetSpec spec = small_spec(folder.path());
  spec.format = format;
  spec.dc_num_shards = {2, 1, 1};
  return slurp(ensure_dataset(spec, small_library(3), 2).folder / "index.json");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}
}  // namespace

TEST_CASE("an index reads back as it was written") {
  for (const char* format : {"dense", "compact"}) {
    const std::string text = small_index(format);
    const DatasetIndex index = index_from_json(text, "some/dataset/index.json");
    CHECK(to_json(index) == text);
    CHECK(index.spec.format == format);
    CHECK(index.spec.dataset_dir == "some");
    CHECK(index.plan == make_plan({42, 3, 10, 3, 30}));
    CHECK(index.palette == make_palette(42, 3));
  }
}

TEST_CASE("seeds and real keys keep every bit") {
  DatasetIndex index = index_from_json(small_index("dense"), "x/y/index.json");
  index.spec.seed = ~std::uint64_t{0};
  index.spec.variance_threshold = 0.1 + 0.2;
  index.spec.enforce_commit = true;
  index.spec.commit = "0123abc";
  std::vector<Ifs> categories;
  for (const auto& csv : index.categories) categories.push_back(ifs_from_csv(csv, "x"));
  index.hash = hash(index.spec, categories);
  const DatasetIndex back = index_from_json(to_json(index), "x/y/index.json");
  CHECK(back.spec.seed == ~std::uint64_t{0});
  CHECK(back.spec.variance_threshold == 0.1 + 0.2);
  CHECK(back.spec.commit == "0123abc");
}

TEST_CASE("each wrong index has its own message") {
  const std::string good = small_index("dense");
  const std::string rest = rest_of(good);
  REQUIRE(complaint(sealed(rest)).empty());
  const auto with = [&](const std::string& from, const std::string& to) {
    return complaint(sealed(replaced(rest, from, to)));
  };
  CHECK_THAT(complaint(""), Contains("cut short"));
  CHECK_THAT(complaint("{}"), Contains("not a dataset's index"));
  CHECK_THAT(complaint("\x89HDF\r\n"), Contains("not a dataset's index"));
  CHECK_THAT(complaint(good.substr(0, good.size() / 2)), Contains("damaged"));
  CHECK_THAT(complaint(replaced(good, "\"seed\":42", "\"seed\":43")), Contains("damaged"));
  CHECK_THAT(with("\"version\": 1", "\"version\": 2"),
             Contains("newer version of scaffold") && Contains("format 2"));
  CHECK_THAT(with("\"version\": 1", "\"version\": 0"), Contains("version"));
  CHECK_THAT(with("\"version\": 1", "\"version\": 1e300"), Contains("version"));
  CHECK_THAT(with("scaffold-dataset", "scaffold-dateset"), Contains("not of a dataset"));
  CHECK_THAT(with("\"seed\":42", "\"seed\":43"), Contains("does not match its hash"));
  CHECK_THAT(with("\"seed\":42", "\"seed\":-1"), Contains("seed"));
  CHECK_THAT(with("\"seed\":42", "\"sead\":42"), Contains("has no 'seed'"));
  CHECK_THAT(with("\"problem_scale\":4", "\"problem_scale\":400"), Contains("problem_scale"));
  CHECK_THAT(with("\"problem_scale\":4", "\"problem_scale\":\"4\""), Contains("problem_scale"));
  CHECK_THAT(with("\"n_categories\":3", "\"n_categories\":4294967299"), Contains("n_categories"));
  CHECK_THAT(with("\"chunk\": [8,16,16]", "\"chunk\": [3,16,16]"), Contains("do not tile"));
  CHECK_THAT(with("\"chunk\": [8,16,16]", "\"chunk\": [0,16,16]"), Contains("chunk"));
  CHECK_THAT(with("volumes/000000.h5", "../../etc/passwd"), Contains("another file"));
  CHECK_THAT(with("volumes/000000.h5", "volumes/000001.h5"), Contains("another file"));
  CHECK_THAT(with("\"split\":\"training\"", "\"split\":\"test\""), Contains("split"));
  CHECK_THAT(with("\"bytes\":", "\"bytes\":1,\"was\":"), Contains("does not fit"));
  CHECK_THAT(with("\"offset\":[", "\"offset\":[18446744073709551615,"), Contains("offset"));
  CHECK_THAT(with("\"xxh3\":[\"", "\"xxh3\":[\"g"), Contains("checksum"));
  CHECK_THAT(complaint(sealed(std::string(100'000, '['))), !Contains("memory"));
  CHECK_THAT(complaint(sealed("\"a\": " + std::string(100'000, '['))), Contains("nested deeper"));
  CHECK_THAT(complaint(sealed("\"format\": \"scaffold-dataset\", \"version\": 1}")), Contains("keys"));
}

TEST_CASE("mutated indices are refused or harmless, whatever the mutation") {
  std::mt19937 random(7);
  const std::vector<std::string> words = {
      "0",       "-1",   "1e400",      "18446744073709551616", "null",     "{}", "[]", "\"",
      "\\u0000", "true", "[[[[[[[[[[", "4294967296",           "\xff\xfe", ",",  "NaN"};
  int refused = 0;
  for (const char* format : {"dense", "compact"}) {
    const std::string rest = rest_of(small_index(format));
    for (int i = 0; i < fuzz_rounds(1500); ++i) {
      std::string bad = rest;
      for (unsigned n = 1 + random() % 3; n > 0; --n) {
        const std::size_t at = random() % bad.size();
        switch (random() % 5) {
          case 0:
            bad[at] = static_cast<char>(random());
            break;
          case 1:
            bad.erase(at, 1 + random() % 20);
            break;
          case 2:
            bad.insert(at, words[random() % words.size()]);
            break;
          case 3:
            bad.replace(at, 1 + random() % 4, words[random() % words.size()]);
            break;
          default:
            bad.insert(at, bad.substr(random() % bad.size(), random() % 200));
        }
      }
      refused += !complaint(sealed(bad)).empty();  // any other exception fails the test
    }
  }
  CHECK(refused > fuzz_rounds(2500));
}
