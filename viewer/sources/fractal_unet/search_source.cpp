#include "sources/fractal_unet/search_source.hpp"

#include <algorithm>

namespace scaffold::viewer {
namespace {

bool same(const LibrarySpec& a, const LibrarySpec& b) {
  return a.seed == b.seed && a.points == b.points && a.variance_threshold == b.variance_threshold &&
         a.normalize == b.normalize;
}

}  // namespace

SearchSource::SearchSource(std::function<void()> wake) : wake_(std::move(wake)) {}
SearchSource::~SearchSource() { stop(); }

void SearchSource::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void SearchSource::browse(const LibrarySpec& spec, std::uint64_t first, std::size_t count) {
  stop();
  if (!same(spec, spec_) || first != first_) {
    attempts_.clear();
    statistics_ = {};
    tested_ = 0;
  }
  spec_ = spec;
  first_ = first;
  wanted_ = std::max(std::min(count, max_attempts), attempts_.size());
  thread_ = std::jthread([this](const std::stop_token& token) { work(token); });
}

void SearchSource::work(const std::stop_token& stop) {
  // Long clouds make small batches, so that stopping is not kept waiting.
  const std::uint64_t batch = std::clamp<std::uint64_t>((std::uint64_t{1} << 20) / spec_.points, 8, 256);
  while (tested_ < wanted_ && !stop.stop_requested()) {
    const std::uint64_t begin = first_ + tested_;
    const std::uint64_t n = std::min<std::uint64_t>(batch, wanted_ - tested_);
    std::vector<CloudTask> tasks;
    for (std::uint64_t attempt = begin; attempt < begin + n; ++attempt)
      tasks.push_back({candidate_ifs(spec_.seed, attempt), spec_.seed, fractal_purpose::category_cloud,
                       static_cast<std::uint32_t>(attempt), static_cast<std::uint32_t>(attempt >> 32)});
    const std::vector<Candidate> candidates = test_candidates(tasks, spec_);
    {
      const std::lock_guard lock(mutex_);
      for (std::uint64_t i = 0; i < n; ++i) {
        attempts_.push_back({begin + i, candidates[i]});
        count(statistics_, candidates[i].rejection);
      }
      tested_ = attempts_.size();
    }
    wake_();
  }
}

std::vector<Attempt> SearchSource::attempts(std::size_t from, std::size_t to) const {
  const std::lock_guard lock(mutex_);
  const auto end = static_cast<std::ptrdiff_t>(std::min(to, attempts_.size()));
  const auto begin = std::min(static_cast<std::ptrdiff_t>(from), end);
  return {attempts_.begin() + begin, attempts_.begin() + end};
}

LibraryStatistics SearchSource::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

}  // namespace scaffold::viewer
