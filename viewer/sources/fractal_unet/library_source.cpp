#include "sources/fractal_unet/library_source.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/library_file.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::uint64_t usual_points = 8192;  // problem scale 7, the default

}  // namespace

CloudTask candidate_task(const Ifs& ifs, std::uint64_t seed, int category,
                         std::optional<std::uint64_t> attempt) {
  if (attempt)
    return {ifs, seed, fractal_purpose::category_cloud, static_cast<std::uint32_t>(*attempt),
            static_cast<std::uint32_t>(*attempt >> 32)};
  return {ifs, seed, fractal_purpose::instance_cloud, static_cast<std::uint32_t>(category), 0};
}

std::string describe_stream(const CloudTask& task) {
  if (task.purpose == fractal_purpose::category_cloud)
    return cat("attempt ", task.a | static_cast<std::uint64_t>(task.b) << 32, " of seed ", task.seed);
  return cat("instance cloud (", task.a, ", ", task.b, ") of seed ", task.seed);
}

void trace_cloud(const CloudTask& task, std::uint64_t points, TracedCloud& into) {
  constexpr double bound = 1e10;
  points = std::min(points, max_cloud_points);
  for (auto* values : {&into.cloud.x, &into.cloud.y, &into.cloud.z}) values->assign(1, 0.f);
  into.maps.assign(1, 0);
  into.state = CloudState::ok;
  Stream stream(task.seed, task.purpose, task.a, task.b);
  std::array<double, 3> at{};
  for (std::uint64_t i = 1; i < points; ++i) {
    const std::uint8_t chosen = stream() * 0x1p-32 < task.ifs[0].probability ? 0 : 1;
    const AffineMap& map = task.ifs[chosen];
    const auto& m = map.matrix;
    const std::array<double, 3> p = at;
    bool away = false, finite = true;
    for (std::size_t row = 0; row < 3; ++row) {
      const double ax = m[3 * row] * p[0], by = m[3 * row + 1] * p[1], cz = m[3 * row + 2] * p[2];
      at[row] = ((ax + by) + cz) + map.translation[row];
      away = away || std::abs(at[row]) > bound;
      finite = finite && !std::isnan(at[row]);
    }
    if (away || !finite) {
      into.state = away ? CloudState::runaway : CloudState::not_finite;
      return;
    }
    into.cloud.x.push_back(static_cast<float>(at[0]));
    into.cloud.y.push_back(static_cast<float>(at[1]));
    into.cloud.z.push_back(static_cast<float>(at[2]));
    into.maps.push_back(chosen);
  }
}

std::vector<std::uint8_t> map_choices(const CloudTask& task, std::size_t points) {
  std::vector<std::uint8_t> maps(points);
  Stream stream(task.seed, task.purpose, task.a, task.b);
  for (std::size_t i = 1; i < points; ++i) maps[i] = stream() * 0x1p-32 < task.ifs[0].probability ? 0 : 1;
  return maps;
}

double Category::smallest_variance() const {
  return *std::min_element(result.variance.begin(), result.variance.end());
}

LibrarySource::LibrarySource(const fs::path& path, std::function<void()> wake)
    : path_(path), wake_(std::move(wake)), info_(inspect_library(path)) {
  start();
}

LibrarySource::~LibrarySource() { stop(); }

std::string LibrarySource::title() const {
  if (info_.libraries.size() > 1) return cat("Library ", path_.filename().string());
  return cat("Library seed ", spec_.seed, ", ", full_points_, " points");
}

void LibrarySource::choose(std::size_t library) {
  stop();
  chosen_ = std::min(library, info_.libraries.size() - 1);
  start();
}

void LibrarySource::set_points(std::uint64_t points) {
  if (points_known_) return;
  stop();
  full_points_ = std::max<std::uint64_t>(points, 2);
  spec_.points = std::min(full_points_, max_cloud_points);
  start();
}

void LibrarySource::start() {
  const LibrarySummary& summary = library();
  const bool again = !points_known_ && full_points_ > 0 && spec_.base_dir == summary.folder;
  points_known_ = summary.spec && !summary.from_reference;
  const std::uint64_t asked = full_points_;
  spec_ = summary.spec.value_or(LibrarySpec{});
  if (!points_known_) {
    spec_.points = again ? asked : usual_points;
    spec_.base_dir = summary.folder;  // names the library that the number of points was chosen for
  }
  full_points_ = std::max<std::uint64_t>(spec_.points, 1);
  spec_.points = std::min(full_points_, max_cloud_points);
  problem_.clear();
  numbers_.clear();
  attempts_.clear();
  try {
    numbers_ = category_numbers(summary.folder);
    if (!summary.from_reference)
      if (const auto record = read_record(summary.folder)) attempts_ = record->attempts;
  } catch (const Error& error) {
    problem_ = error.what();
  }
  categories_.assign(numbers_.size(), {});
  done_ = 0;
  if (!numbers_.empty()) thread_ = std::jthread([this](const std::stop_token& token) { work(token); });
}

void LibrarySource::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::optional<std::uint64_t> LibrarySource::attempt(std::size_t index) const {
  const auto k = static_cast<std::size_t>(numbers_[index]);
  if (k >= attempts_.size()) return std::nullopt;
  return attempts_[k];
}

Category LibrarySource::read(std::size_t index) const {
  Category category;
  try {
    category.ifs = read_category(category_file(library().folder, numbers_[index]));
    const CloudTask own = task(index, category.ifs);
    category.result = test_candidates({&own, 1}, spec_).front();
    for (std::size_t m = 0; m < 2; ++m) category.determinants[m] = determinant(category.ifs[m]);
    const CloudResult made = generate_cloud_scalar(own, spec_.points);
    if (made.state == CloudState::ok) category.measures = measure(made.cloud, edge(), spec_.normalize);
    category.state = Category::State::ready;
  } catch (const std::exception& error) {
    category.state = Category::State::unreadable;
    category.problem = error.what();
  }
  return category;
}

void LibrarySource::work(const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  auto told = Clock::now();
  for (std::size_t i = 0; i < numbers_.size() && !stop.stop_requested(); ++i) {
    Category category = read(i);
    {
      const std::lock_guard lock(mutex_);
      categories_[i] = std::move(category);
      done_ = i + 1;
    }
    changed_.notify_all();
    if (i + 1 < numbers_.size() && Clock::now() - told < std::chrono::milliseconds(50)) continue;
    told = Clock::now();
    wake_();
  }
}

Category LibrarySource::category(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return categories_[index];
}

Category LibrarySource::category_now(std::size_t index) const {
  Category known = category(index);
  return known.state == Category::State::waiting ? read(index) : known;
}

void LibrarySource::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy(); });
}

}  // namespace scaffold::viewer
