#include "fractal_unet/dataset/plan.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "core/error.hpp"
#include "core/philox.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/instance.hpp"

namespace scaffold {

namespace {

// `count` instances of a category: the front of a fresh permutation for every block of 145.
std::vector<int> draw_instances(std::uint64_t seed, int category, int count) {
  Stream stream(seed, fractal_purpose::instance_draw, static_cast<std::uint32_t>(category));
  std::vector<int> drawn;
  drawn.reserve(static_cast<std::size_t>(count));
  while (static_cast<int>(drawn.size()) < count) {
    std::vector<int> block(instances_per_category);
    std::iota(block.begin(), block.end(), 0);
    shuffle(block, stream);
    const int wanted = std::min(instances_per_category, count - static_cast<int>(drawn.size()));
    drawn.insert(drawn.end(), block.begin(), block.begin() + wanted);
  }
  return drawn;
}

}  // namespace

Plan make_plan(const PlanOptions& options) {
  const int group = options.n_fracts_per_vol;
  const int used = group > 0 ? options.n_instances_used_per_fractal / group * group : 0;
  if (options.n_categories < 1 || used < 1)
    throw ConfigError(cat("n_instances_used_per_fractal: ", options.n_instances_used_per_fractal,
                          " rounds down to no volume of n_fracts_per_vol = ", group));
  std::vector<PlannedFractal> pairs;
  for (int category = 0; category < options.n_categories; ++category)
    for (const int instance : draw_instances(options.seed, category, used))
      pairs.push_back({category, instance});
  Stream order(options.seed, fractal_purpose::volume_shuffle);
  shuffle(pairs, order);

  Plan plan;
  for (auto at = pairs.begin(); at != pairs.end(); at += group) plan.volumes.emplace_back(at, at + group);

  const std::size_t volumes = plan.volumes.size();
  std::vector<int> numbers(volumes);
  std::iota(numbers.begin(), numbers.end(), 0);
  Stream split(options.seed, fractal_purpose::validation_split);
  shuffle(numbers, split);
  numbers.resize(volumes * static_cast<std::size_t>(options.val_split) / 100);
  plan.validates.assign(volumes, 0);
  for (const int v : numbers) plan.validates[static_cast<std::size_t>(v)] = 1;
  for (std::size_t v = 0; v < volumes; ++v)
    (plan.validates[v] ? plan.validation : plan.training).push_back(static_cast<int>(v));
  return plan;
}

double background_dice(const Plan& plan, int n_categories) {
  double sum = 0;
  for (const int volume : plan.validation) {
    std::set<int> categories;
    for (const auto& fractal : plan.volumes[static_cast<std::size_t>(volume)])
      categories.insert(fractal.category);
    sum += 1 - static_cast<double>(categories.size()) / n_categories;
  }
  return sum / static_cast<double>(plan.validation.size());
}

Palette make_palette(std::uint64_t seed, int n_categories) {
  Palette palette(static_cast<std::size_t>(n_categories) + 1);
  for (std::size_t k = 1; k < palette.size(); ++k) {
    Stream stream(seed, fractal_purpose::palette, static_cast<std::uint32_t>(k - 1));
    for (float& channel : palette[k]) channel = static_cast<float>(stream.uniform());
  }
  return palette;
}

}  // namespace scaffold
