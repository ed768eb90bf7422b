#include <rapidcheck.h>
#include <cstring>
#include <random>

#include "catch.hpp"
#include "fractal_unet/fractal/chains.hpp"
#include "plain.hpp"

using namespace scaffold;

namespace {

std::vector<const simd::Kernels*> kernels() {
  const simd::Kernels* all[3];
  const int count = simd::available(all);
  return {all, all + count};
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// What the specification says of a task, in the room's own form.
CloudResult expected(const CloudTask& task, std::uint64_t points) {
  const plain::Chain chain = plain::chain(task, points);
  CloudResult result;
  if (chain.runaway || chain.not_finite) {
    result.state = chain.runaway ? CloudState::runaway : CloudState::not_finite;
    return result;
  }
  for (const auto& p : chain.points) {
    result.cloud.x.push_back(static_cast<float>(p[0]));
    result.cloud.y.push_back(static_cast<float>(p[1]));
    result.cloud.z.push_back(static_cast<float>(p[2]));
  }
  return result;
}

bool equal(const CloudResult& a, const CloudResult& b) {
  return a.state == b.state && same_bits(a.cloud.x, b.cloud.x) && same_bits(a.cloud.y, b.cloud.y) &&
         same_bits(a.cloud.z, b.cloud.z);
}

/// Contracting, hovering and growing systems; now and then what no candidate has but a file may: overflow to
/// infinity or NaN within one step.
CloudTask random_task(std::mt19937_64& random) {
  const auto any = [&](auto... values) {
    const double all[] = {static_cast<double>(values)...};
    return all[random() % sizeof...(values)];
  };
  CloudTask task{};
  const double width = any(0.5, 0.7, 1, 1.4);
  for (AffineMap& map : task.ifs)
    for (int c = 0; c < 12; ++c)
      coefficient(map, c) = std::uniform_real_distribution<>(-width, width)(random);
  task.ifs[0].probability = any(0, 0.2, 0.5, 0.77, 1);
  task.ifs[1].probability = 1 - task.ifs[0].probability;
  if (const auto odd = random() % 12; odd < 3) {
    const auto next = (odd + 1) % 3;
    task.ifs[1].matrix[odd] = 1e300;
    task.ifs[1].matrix[next] = -1e300;
    task.ifs[0].translation[odd] = task.ifs[0].translation[next] = any(0, 1e9, 5e9, 1e10, 2e10, 1e308);
  }
  task.seed = random();
  task.purpose = random() % 2 ? fractal_purpose::category_cloud : fractal_purpose::instance_cloud;
  task.a = static_cast<std::uint32_t>(random());
  task.b = static_cast<std::uint32_t>(random());
  return task;
}

}  // namespace

TEST_CASE("clouds equal the plain definition bit for bit in every kind of lane") {
  int runaway = 0, not_finite = 0, ok = 0;
  CHECK(rc::check("lanes, scalar loop and definition agree", [&] {
    const auto points = *rc::gen::inRange<std::uint64_t>(1, 1001);
    std::vector<CloudTask> tasks(*rc::gen::element<std::size_t>(1, 2, 3, 8, 17, 40));
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint32_t>());
    for (CloudTask& task : tasks) task = random_task(random);
    std::vector<CloudResult> wanted;
    for (const CloudTask& task : tasks) wanted.push_back(expected(task, points));
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      RC_ASSERT(equal(generate_cloud_scalar(tasks[i], points), wanted[i]));
      runaway += wanted[i].state == CloudState::runaway;
      not_finite += wanted[i].state == CloudState::not_finite;
      ok += wanted[i].state == CloudState::ok;
    }
    for (const simd::Kernels* kernel : kernels()) {
      std::vector<CloudResult> results;
      generate_clouds_with(*kernel, tasks, points, results);
      for (std::size_t i = 0; i < tasks.size(); ++i) RC_ASSERT(equal(results[i], wanted[i]));
    }
    const auto results = generate_clouds(tasks, points);
    for (std::size_t i = 0; i < tasks.size(); ++i) RC_ASSERT(equal(results[i], wanted[i]));
  }));
  // The generator reaches every outcome.
  CHECK(runaway > 50);
  CHECK(not_finite > 5);
  CHECK(ok > 50);
}

TEST_CASE("candidates of the search agree too, with long clouds and memory used again") {
  std::vector<CloudTask> tasks;
  for (std::uint32_t attempt = 0; attempt < 33; ++attempt)
    tasks.push_back(plain::candidate_task(42, attempt));
  std::vector<CloudResult> results;
  for (const std::uint64_t points : {5000, 64, 65, 1, 2, 4097}) {
    generate_clouds(tasks, points, results);
    for (std::size_t i = 0; i < tasks.size(); ++i) REQUIRE(equal(results[i], expected(tasks[i], points)));
  }
  generate_clouds(std::span(tasks).first(2), 10, results);
  CHECK(results.size() == 2);
  generate_clouds({}, 10, results);
  CHECK(results.empty());
}

TEST_CASE("no points is an empty cloud and one point is the origin") {
  const CloudTask task{plain::gentle(), 1, fractal_purpose::instance_cloud, 0, 0};
  const std::vector<CloudTask> tasks = {task, task};
  for (const CloudResult& result : generate_clouds(tasks, 0)) CHECK(result.cloud.size() == 0);
  for (const CloudResult& result : generate_clouds(tasks, 1)) {
    CHECK(result.state == CloudState::ok);
    CHECK(result.cloud.x == std::vector<float>{0});
    CHECK(result.cloud.z == std::vector<float>{0});
  }
}

TEST_CASE("a coordinate of exactly 1e10 stays and one beyond it runs away") {
  Ifs ifs{};
  ifs[0].probability = 1;
  ifs[0].translation = {1e10, -1e10, 0};
  const std::vector<CloudTask> within(5, {ifs, 1, fractal_purpose::instance_cloud, 0, 0});
  for (const auto& result : generate_clouds(within, 100)) CHECK(result.state == CloudState::ok);
  for (int axis = 0; axis < 3; ++axis) {
    Ifs beyond = ifs;
    beyond[0].translation[axis] = std::nextafter(1e10, 2e10) * (axis == 1 ? -1 : 1);
    const std::vector<CloudTask> tasks(5, {beyond, 1, fractal_purpose::instance_cloud, 0, 0});
    for (const auto& result : generate_clouds(tasks, 100)) {
      CHECK(result.state == CloudState::runaway);
      CHECK(result.cloud.size() == 0);
    }
    // The offending point decides: a chain that ends before it is sound.
    for (const auto& result : generate_clouds(tasks, 1)) CHECK(result.state == CloudState::ok);
  }
}

TEST_CASE("the integer threshold decides as the probability does") {
  CHECK(rc::check("word · 2^-32 < p exactly when word < threshold", [] {
    const auto near = *rc::gen::arbitrary<std::uint32_t>();
    const double p =
        *rc::gen::element(near * 0x1p-32, std::nextafter(near * 0x1p-32, 2.0), 0.0, 1.0, 1e-300, 0.3);
    for (const std::uint64_t word :
         {std::uint64_t{near}, std::uint64_t{near} - (near > 0), std::uint64_t{0}, std::uint64_t{0xFFFFFFFF}})
      RC_ASSERT((static_cast<double>(word) * 0x1p-32 < p) == (word < choice_threshold(p)));
  }));
  CHECK(choice_threshold(std::nan("")) == 0);
}
