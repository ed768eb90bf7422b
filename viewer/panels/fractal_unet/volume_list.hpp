// The volumes of a dataset as a table to choose from.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sources/fractal_unet/dataset_source.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class VolumeList {
 public:
  /// Numbers of the volumes, in the order in which they are shown until a head is clicked.
  void set_volumes(std::vector<std::int64_t> volumes);
  bool empty() const { return volumes_.empty(); }
  std::int64_t first() const { return volumes_.front(); }
  /// `by` rows further than `volume`, the next or previous in number where the list does not hold it; nothing
  /// beyond the ends.
  std::optional<std::int64_t> step(std::int64_t volume, int by) const;
  /// The chosen volume's row is to be seen in the next picture.
  void scroll_to_chosen() { scroll_ = true; }

  /// A column more, and what stands in it.
  struct Column {
    const char* name;
    std::function<std::string(std::int64_t volume)> text;
    std::function<double(std::int64_t volume)> value;  ///< to sort by; NaN: none, which comes last
    std::size_t version = 0;                           ///< another one when a value has changed
  };
  /// `height` pixels, 0: all there is. The volume that was clicked.
  std::optional<std::int64_t> draw(const DatasetSource& source, std::int64_t chosen, float height,
                                   Context& context, const std::optional<Column>& more = {});

 private:
  void sort(const DatasetSource& source, const std::optional<Column>& more);

  std::vector<std::int64_t> given_, volumes_;  ///< as they were set, and as they are shown
  bool scroll_ = true, unsorted_ = true;
  std::size_t version_ = 0;  ///< of the further column when it was sorted by that
};

}  // namespace scaffold::viewer
