#include "panels/fractal_unet/checkpoint_layers.hpp"

#include "core/counted.hpp"
#include "core/text.hpp"
#include "panels/error_styles.hpp"
#include "sources/errors.hpp"
#include "sources/fractal_unet/dice.hpp"

namespace scaffold::viewer {

Layer AnswerLayers::layer(const std::string& what, const Theme& ground) const {
  return highlighted(plain(what, ground.dark), ground);
}

Layer AnswerLayers::plain(const std::string& what, bool dark) const {
  const Comparison& found = evaluation_.found();
  const Subject* second = evaluation_.second();
  const auto dice = [](const Answer& answer) { return dice_text(mean_dice(answer.dice)); };
  if (what == "prediction" && found.first)
    return {cat(second ? "A" : "Prediction", ": Dice ", dice(*found.first)),
            found.first->classes,
            classes_.styles(),
            {}};
  if (what == "second" && found.second)
    return {cat("B: Dice ", dice(*found.second), ", ", second->path.filename().string()),
            found.second->classes,
            classes_.styles(),
            {}};
  if (what == "error" && found.first) {
    const auto& n = found.first->error_counts;
    return with_legend(cat("Errors: ", counted(n[1] + n[2] + n[3], "voxel")), found.first->errors,
                       error_styles(dark), n);
  }
  if (what == "differs" && evaluation_.differences())
    return with_legend("Who is right", evaluation_.differences(), difference_styles(dark),
                       evaluation_.difference_counts());
  return {cat("Truth of volume ", evaluation_.volume()), found.truth, classes_.styles(), {}};
}

/// What is not of the cell is pale.
Layer AnswerLayers::highlighted(Layer layer, const Theme& ground) const {
  const Comparison& found = evaluation_.found();
  const auto& cell = matrix_.cell();
  if (!cell || !found.first || layer.styles.size() > 255) return layer;  // no label is left for it
  const auto mark = static_cast<std::uint8_t>(layer.styles.size());
  auto shown = std::make_shared<LabelVolume>();
  shown->extent = layer.labels->extent;
  shown->step = layer.labels->step;
  shown->labels = marked(layer.labels->labels, found.truth->labels, found.first->classes->labels,
                         static_cast<std::uint8_t>((*cell)[0]), static_cast<std::uint8_t>((*cell)[1]), mark);
  layer.labels = std::move(shown);
  const auto pale = [](float c, float behind) { return 0.5f * c + 0.5f * behind; };
  for (auto& style : layer.styles) {
    style.opacity *= 0.5f;
    style.color = {pale(style.color.r, ground.empty.r), pale(style.color.g, ground.empty.g),
                   pale(style.color.b, ground.empty.b)};
  }
  const Rgb color = ground.dark ? Rgb{1, 1, 1} : Rgb{0.75f, 0, 0.45f};
  layer.styles.push_back({"chosen cell", color, 1, true});
  layer.legend.push_back({color, cat("truth ", (*cell)[0], ", predicted ", (*cell)[1])});
  return layer;
}

}  // namespace scaffold::viewer
