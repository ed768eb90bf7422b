#include <cmath>
#include <cstring>
#include <numeric>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/philox.hpp"
#include "core/text.hpp"
#include "regression.hpp"

namespace regression {
namespace {

using namespace declare;

constexpr std::size_t values = 12 * 20, stored = 2 * values + 1;

WorkloadKeys keys() {
  std::vector<Option> table;
  table.push_back(make_option("n_samples", &Options::n_samples, Integer{24}, between(4, 1000), "",
                              Group::problem, Restart::fixed, "Samples; a third of them validate."));
  table.push_back(make_option("channels", &Options::channels, Integer{8}, between(1, 64), "", Group::problem,
                              Restart::fixed, "Width of the network."));
  table.push_back(make_option("target_rmse", &Config::target, Real{0.02}, above(0, 100), "m", Group::problem,
                              Restart::free, "Root mean square error at which training has converged."));
  return {"regression", std::move(table), nullptr};
}

/// wave, slope and height of a sample, one behind another.
std::vector<float> sample(std::uint64_t seed, std::uint32_t number) {
  Stream random(seed, static_cast<Purpose>(1000), number);
  std::vector<float> all(stored);
  for (std::size_t i = 0; i < values; ++i) all[i] = static_cast<float>(random.uniform() - 0.5);
  all[values] = static_cast<float>(0.5 + random.uniform());
  for (int h = 0; h < 12; ++h)
    for (int w = 0; w < 20; ++w) {
      double sum = 0;
      for (int y = std::max(h - 1, 0); y <= std::min(h + 1, 11); ++y)
        for (int x = std::max(w - 1, 0); x <= std::min(w + 1, 19); ++x) sum += all[20 * y + x];
      all[values + 1 + 20 * h + w] = static_cast<float>(all[values] * sum / 9);
    }
  return all;
}

fs::path sample_file(const fs::path& folder, std::int64_t number) { return folder / cat(number, ".bin"); }

class Reader : public SampleReader {
 public:
  explicit Reader(fs::path folder) : folder_(std::move(folder)), hash_(folder_.filename().string()) {
    std::int64_t samples = 0;
    if (!parse_int(trim(read_text(folder_ / "index.json")), samples) || samples < 4)
      throw DataError(cat("'", (folder_ / "index.json").string(), "' is no count of samples"));
    training_.resize(static_cast<std::size_t>(samples - samples / 3));
    validation_.resize(static_cast<std::size_t>(samples / 3));
    std::iota(training_.begin(), training_.end(), 0);
    std::iota(validation_.begin(), validation_.end(), static_cast<int>(training_.size()));
  }
  const std::vector<FieldInfo>& fields() const override {
    static const std::vector<FieldInfo> list = {{.name = "wave", .channels = {1}},
                                                {.name = "slope", .channels = {1}, .spatial = false},
                                                {.name = "height", .channels = {1}, .is_target = true}};
    return list;
  }
  Extent3 extents() const override { return regression::extents; }
  const std::vector<int>& training() const override { return training_; }
  const std::vector<int>& validation() const override { return validation_; }
  const std::string& hash() const override { return hash_; }
  void read(std::int64_t number, const Block& box, std::span<void* const> into) const override {
    const std::string bytes = read_text(sample_file(folder_, number));
    if (bytes.size() != stored * sizeof(float))
      throw DataError(cat("'", sample_file(folder_, number).string(), "' has another size"));
    const auto* all = reinterpret_cast<const float*>(bytes.data());
    const auto copy = [&](std::size_t field, const float* from) {
      if (!into[field]) return;
      auto* to = static_cast<float*>(into[field]);
      for (std::int64_t h = 0; h < box.size[1]; ++h, to += box.size[2])
        std::memcpy(to, from + 20 * (box.begin[1] + h) + box.begin[2],
                    static_cast<std::size_t>(box.size[2]) * sizeof(float));
    };
    copy(wave, all);
    copy(height, all + values + 1);
    if (into[slope]) std::memcpy(into[slope], all + values, sizeof(float));
  }

 private:
  fs::path folder_;
  std::string hash_;
  std::vector<int> training_, validation_;
};

class Source : public DatasetSource {
 public:
  explicit Source(const Config& config) : config_(config) {}
  std::int64_t training() const override { return own(config_).n_samples - validation(); }
  std::int64_t validation() const override { return own(config_).n_samples / 3; }
  double stored_bytes() const override { return static_cast<double>(stored * sizeof(float)); }
  double sample_bytes() const override { return stored_bytes(); }
  void find_inputs(const DataRanks&, bool) override {}
  std::string hash() const override { return cat("waves-", own(config_).n_samples, "-", config_.seed); }

  DatasetInfo ensure(const DataRanks& ranks, bool from_scratch) override {
    const fs::path folder = fs::path(config_.dataset_dir) / hash();
    collective_try(ranks.all, [&] {
      if (ranks.all.rank() != 0 || (fs::exists(folder / "index.json") && !from_scratch)) return;
      ensure_writable_folder(folder);
      for (std::int64_t i = 0; i < own(config_).n_samples; ++i) {
        const auto all = sample(static_cast<std::uint64_t>(config_.seed), static_cast<std::uint32_t>(i));
        write_atomic(sample_file(folder, i),
                     {reinterpret_cast<const char*>(all.data()), all.size() * sizeof(float)});
      }
      write_atomic(folder / "index.json", cat(own(config_).n_samples, "\n"));
    });
    return info(folder);
  }
  DatasetFilesOf files() const override {
    return [this](const fs::path&) {
      DatasetFiles files{hash(), 0, {}, "index.json", nullptr};
      for (std::int64_t i = 0; i < own(config_).n_samples; ++i) files.files.push_back(cat(i, ".bin"));
      files.verify = [](std::size_t, const fs::path&) {};
      return files;
    };
  }
  DatasetFindings verify(const fs::path& folder, bool, int) const override {
    DatasetFindings found{info(folder), hash(), {}};
    for (std::int64_t i = 0; i < found.info.samples; ++i) {
      const auto all = sample(static_cast<std::uint64_t>(config_.seed), static_cast<std::uint32_t>(i));
      const std::string bytes = read_text(sample_file(folder, i));
      if (bytes.size() != all.size() * sizeof(float) ||
          std::memcmp(bytes.data(), all.data(), bytes.size()) != 0)
        found.problems.push_back(cat(i, ".bin is another"));
    }
    return found;
  }
  std::unique_ptr<SampleReader> open(const fs::path& folder) const override {
    return std::make_unique<Reader>(folder);
  }

 private:
  DatasetInfo info(const fs::path& folder) const {
    const Reader reader(folder);
    DatasetInfo info;
    info.folder = folder;
    info.hash = reader.hash();
    info.format = "plain";
    info.extents = regression::extents;
    info.training = static_cast<std::int64_t>(reader.training().size());
    info.validation = static_cast<std::int64_t>(reader.validation().size());
    info.samples = info.training + info.validation;
    info.bytes = static_cast<std::uint64_t>(info.samples) * stored * sizeof(float);
    return info;
  }
  Config config_;
};

class Regression : public Workload {
 public:
  std::string name() const override { return "regression"; }
  WorkloadKeys keys() const override { return regression::keys(); }
  const MetricList& metrics() const override { return regression::metrics(); }
  std::unique_ptr<DatasetSource> dataset(const Config& config) const override { return source(config); }
  Extent3 extents(const Config&) const override { return regression::extents; }
  Extent3 most_shards(const Config&) const override { return {1, 3, 5}; }
  std::vector<std::string> size_names() const override { return {"channels"}; }
  std::string about() const override { return "a regression of waves"; }
  std::string size_key() const override { return "channels"; }
  std::string problem(const Config& config) const override {
    return cat("regression of ", own(config).n_samples, " waves");
  }
};

}  // namespace

const MetricList& metrics() {
  static const MetricList list = {
      {.name = "rmse",
       .label = "RMSE",
       .unit = "m",
       .higher_is_better = false,
       .log_axis = true,
       .low = 0,
       .in_table = true,
       .means = "root mean square error over the validation samples",
       .axis = "RMSE, m"},
      {.name = "rmse",
       .label = "RMSE",
       .unit = "m",
       .training = true,
       .higher_is_better = false,
       .low = 0,
       .in_table = true,
       .curve = "training"},
      // As metrics are that join a workload later: one beside the score, one by itself.
      {.name = "rmse_worst",
       .label = "RMSE, worst sample",
       .unit = "m",
       .higher_is_better = false,
       .low = 0,
       .means = "root mean square error of the validation sample that has the largest"},
      {.name = "rmse_decades",
       .label = "decades of RMSE",
       .higher_is_better = false,
       .means = "common logarithm of the root mean square error"}};
  return list;
}

std::unique_ptr<DatasetSource> source(const Config& config) { return std::make_unique<Source>(config); }
std::unique_ptr<Workload> workload() { return std::make_unique<Regression>(); }

}  // namespace regression
