// Event files that grow, as a TensorBoard that is open reads them: on from where it was. Their bytes are
// checked against TensorBoard's own reader by tests/end_to_end/export.py.
#include <rapidcheck.h>

#include <limits>
#include <map>
#include <random>

#include "catch.hpp"
#include "fuzz.hpp"
#include "report/tensorboard.hpp"

using namespace scaffold;

namespace {

std::map<std::string, TensorboardPoints> by_tag(const TensorboardPoints& points) {
  std::map<std::string, TensorboardPoints> all;
  for (const auto& point : points) all[point.tag].push_back(point);
  return all;
}

/// Tags over steps that ascend, in any order of tags.
TensorboardPoints some_points() {
  TensorboardPoints points;
  std::map<std::string, std::int64_t> last;
  for (int i = *rc::gen::inRange(0, 30); i > 0; --i) {
    TensorboardPoint point;
    point.tag = *rc::gen::element<std::string>("loss/train", "dice/class_0", "");
    point.step = last[point.tag] += *rc::gen::inRange(1, 4);
    point.time = *rc::gen::element(0.0, 1795255202.25);
    point.value = *rc::gen::element(0.5f, -1e30f, std::numeric_limits<float>::quiet_NaN());
    points.push_back(point);
  }
  return points;
}

TensorboardPoint at(const std::string& tag, std::int64_t step, float value) {
  return {tag, step, 1e9, value};
}

}  // namespace

TEST_CASE("CRC-32C of RFC 3720's examples") {
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aau);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43u);
}

TEST_CASE("Whatever was exported before, who reads on ends with what is so now") {
  CHECK(rc::check([] {
    TensorboardPoints now = some_points();
    TensorboardPoints before = some_points();
    if (*rc::gen::arbitrary<bool>()) {  // the usual case: the same run, a while ago
      before = now;
      before.resize(*rc::gen::inRange<std::size_t>(0, before.size() + 1));
    }
    const std::string file = tensorboard_file(before);
    const std::string grown = file + tensorboard_continuation(before, now);
    const TensorboardContents read = read_tensorboard(grown);
    RC_ASSERT(read.valid_bytes == grown.size());
    RC_ASSERT(by_tag(read.points) == by_tag(now));
    RC_ASSERT(tensorboard_continuation(read.points, now).empty());
  }));
}

TEST_CASE("A run that goes on has only its new points appended") {
  const TensorboardPoints before{at("loss", 1, 2), at("loss", 2, 1), at("dice", 1, 0.5f)};
  TensorboardPoints now = before;
  now.push_back(at("loss", 3, 0.5f));
  CHECK(tensorboard_continuation(before, now).size() ==
        tensorboard_file({at("loss", 3, 0.5f)}).size() - tensorboard_file({}).size());
}

TEST_CASE("An event file is read up to its torn end, and no damage goes unnoticed") {
  const TensorboardPoints points{at("loss", 1, 2), at("loss", 2, 1), at("dice", 1, 0.5f)};
  const std::string file = tensorboard_file(points);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto read = read_tensorboard(file.substr(0, size));
    CHECK(read.valid_bytes <= size);
    CHECK(read.points.size() < points.size());
    const std::string mended =
        file.substr(0, read.valid_bytes) + tensorboard_continuation(read.points, points);
    if (read.valid_bytes > 0) CHECK(by_tag(read_tensorboard(mended).points) == by_tag(points));
  }
  std::mt19937 random(7);
  for (int round = 0; round < fuzz_rounds(2000); ++round) {
    std::string damaged = file;
    const std::size_t where = random() % damaged.size();
    damaged[where] = static_cast<char>(damaged[where] ^ (1 + random() % 255));
    CHECK(read_tensorboard(damaged).valid_bytes <= where);
  }
  CHECK(read_tensorboard("no event file at all").valid_bytes == 0);
}
