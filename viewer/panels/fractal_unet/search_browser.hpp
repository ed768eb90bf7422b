// The category search: every attempt with its result, one of them large.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "panels/fractal_unet/cloud_stage.hpp"
#include "sources/fractal_unet/search_source.hpp"

namespace scaffold::viewer {

class SearchBrowser {
 public:
  SearchBrowser(Context& context, CloudStage& stage)
      : context_(context), stage_(stage), search_(context.wake) {}

  /// Another library; its record's counts, where it has one.
  void restart(const LibrarySpec& spec, std::uint64_t full_points, std::optional<LibraryStatistics> recorded);
  /// Begins to test when it is first seen.
  void appear();
  void draw();

  static constexpr std::uint64_t last_attempt = std::uint64_t{1} << 62;

  std::uint64_t attempt() const { return attempt_; }
  void choose(std::uint64_t attempt);
  /// For when it appears.
  void remember(std::uint64_t attempt) { attempt_ = std::min(attempt, last_attempt); }
  /// To the next attempt shown in the list.
  void move(int by);
  /// -1: all; else a Rejection.
  void set_filter(int filter);
  Properties properties();
  bool busy() const { return search_.busy(); }
  const SearchSource& search() const { return search_; }
  /// "Play with these numbers" was pressed.
  bool take_edit() { return std::exchange(edit_, false); }

 private:
  void draw_statistics();
  void draw_list();
  void follow();
  void browse(std::uint64_t first);

  Context& context_;
  CloudStage& stage_;
  SearchSource search_;
  LibrarySpec spec_;
  std::uint64_t full_points_ = 0;
  std::int64_t edge_ = 64;
  std::optional<LibraryStatistics> recorded_;
  std::uint64_t attempt_ = 0;
  int filter_ = -1;
  std::vector<std::size_t> rows_;  ///< of the attempts tested, those that pass the filter
  std::size_t filtered_ = 0;
  bool edit_ = false, scroll_to_ = false;
};

}  // namespace scaffold::viewer
