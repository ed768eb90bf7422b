// What of the gallery needs no window: order, captions, saving, the sheet.
#include <cmath>
#include <fstream>
#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "panels/fractal_unet/acceptance_gauge.hpp"
#include "panels/fractal_unet/gallery_grid.hpp"
#include "panels/fractal_unet/gallery_sheet.hpp"
#include "panels/fractal_unet/save_category.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

struct GalleryFolder {
  TemporaryFolder own;
  const fs::path& path = own.path();
};

}  // namespace

TEST_CASE("a category is saved as a file that reads back, and never over another") {
  const GalleryFolder folder;
  const Ifs ifs = candidate_ifs(42, 3);
  CHECK(next_free_category(folder.path).filename() == "000000.csv");
  save_category(ifs, folder.path / "000000.csv");
  CHECK(next_free_category(folder.path).filename() == "000001.csv");
  CHECK(ifs_from_csv(read_text(folder.path / "000000.csv"), "file") == ifs);
  CHECK_THROWS_AS(save_category(candidate_ifs(42, 4), folder.path / "000000.csv"), ConfigError);
  CHECK(ifs_from_csv(read_text(folder.path / "000000.csv"), "file") == ifs);
  fs::create_symlink("nowhere", folder.path / "000002.csv");
  CHECK_THROWS_AS(save_category(ifs, folder.path / "000002.csv"), ConfigError);
  CHECK_THROWS_AS(save_category(ifs, ""), ConfigError);
  CHECK_THROWS_AS(save_category(ifs, folder.path / "missing" / "000000.csv"), Error);
  Ifs bad = ifs;
  bad[0].translation[1] = INFINITY;
  CHECK_THROWS_AS(save_category(bad, folder.path / "bad.csv"), Error);
  CHECK(!fs::exists(folder.path / "bad.csv"));
}

TEST_CASE("categories are ordered by what they are; unknown ones come last") {
  Category category;
  CHECK(sort_value(category, 7, SortBy::number) == 7);
  CHECK(std::isinf(sort_value(category, 7, SortBy::dimension)));
  category.state = Category::State::ready;
  category.determinants = {-0.5, 0.25};
  category.result.variance = {0.3, 0.2, 0.4};
  category.measures.voxels = 10;
  category.measures.occupancy = 0.125;
  CHECK(sort_value(category, 7, SortBy::determinant) == 0.75);
  CHECK(sort_value(category, 7, SortBy::variance) == 0.2);
  CHECK(sort_value(category, 7, SortBy::occupancy) == 0.125);
  CHECK(std::isinf(sort_value(category, 7, SortBy::dimension)));
  category.measures.dimension = 1.5;
  CHECK(sort_value(category, 7, SortBy::dimension) == 1.5);
  CHECK(sort_named("dimension") == SortBy::dimension);
  CHECK_THROWS_AS(sort_named("beauty"), ConfigError);
}

TEST_CASE("a small occupancy is told in digits, not as zero") {
  CHECK(occupancy_text(0.001879) == "0.19 %");
  CHECK(occupancy_text(0.25) == "25.00 %");
  CHECK(occupancy_text(0.000041) == "0.0041 %");
  CHECK(occupancy_text(1e-12) == "0.0000001 %");
  CHECK(occupancy_text(0) == "0.00 %");
}

TEST_CASE("a result names the axes that are at fault") {
  LibrarySpec spec;
  Candidate candidate;
  candidate.extent = {1, 1, 1};
  candidate.variance = {0.2, 0.15, 0.1};
  candidate.rejection = Rejection::low_variance;
  CHECK(explain(candidate, spec) == "rejected, low variance: not above 0.15 along y, z");
  candidate.extent[0] = 0;
  candidate.rejection = Rejection::flat;
  CHECK(explain(candidate, spec) == "rejected, flat: no extent along x");
  CHECK(explain({}, spec) == "accepted");
}

TEST_CASE("the sheet has its size and a picture of each category, in both themes, for any number of them") {
  const GalleryFolder folder;
  LibrarySpec spec;
  spec.base_dir = folder.path;
  spec.points = 128;
  generate_library(spec, 7, 1);
  std::ofstream(spec.folder() / "000003.csv") << "broken";
  LibrarySource source(folder.path);
  for (const auto& [width, height] : {std::pair(640, 480), {320, 240}, {1500, 400}, {400, 1500}})
    for (const Theme& theme : {dark_theme(), light_theme()}) {
      const Image sheet = gallery_sheet(source, width, height, theme);
      REQUIRE(sheet.width == width);
      REQUIRE(sheet.rgb.size() == 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
      const std::set<std::uint8_t> shades(sheet.rgb.begin(), sheet.rgb.end());
      CHECK(shades.size() > 50);
    }
  CHECK_THROWS_AS(gallery_sheet(source, 100, 100, dark_theme()), ConfigError);
  // More than fit: the first ones.
  for (int k = 7; k < 400; ++k)
    fs::copy_file(spec.folder() / "000000.csv", spec.folder() / (std::string(k < 10    ? "00000"
                                                                             : k < 100 ? "0000"
                                                                                       : "000") +
                                                                 std::to_string(k) + ".csv"));
  LibrarySource many(folder.path);
  CHECK(gallery_sheet(many, 400, 300, dark_theme()).height == 300);
}
