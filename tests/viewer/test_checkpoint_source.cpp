// What the viewer reads of checkpoints and predictions, and where it looks for their dataset.
#include <cmath>

#include "../dataset/small.hpp"
#include "catch.hpp"
#include "core/error.hpp"
#include "sources/fractal_unet/checkpoint_source.hpp"
#include "storage/h5.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

constexpr std::int64_t cube_edge = 16, classes = 4, cube_voxels = cube_edge * cube_edge * cube_edge;

struct Small {
  Small()
      : info(ensure_dataset(scaffold::testing::small_spec(folder / "data sets"),
                            scaffold::testing::small_library(3), 1)) {}
  std::shared_ptr<const DatasetReader> reader() const { return std::make_shared<DatasetReader>(info.folder); }
  std::vector<std::uint8_t> truth(std::int64_t volume) const {
    return scaffold::testing::assemble(DatasetReader(info.folder), volume).mask;
  }
  TemporaryFolder folder;
  DatasetInfo info;
};

void write_checkpoint_file(const fs::path& path, const std::string& hash, const std::string& config,
                           std::int64_t epoch = 3) {
  fs::create_directories(path.parent_path());
  H5Writer file(path, "checkpoint", 1);
  for (const auto& [name, value] : std::map<std::string, std::int64_t>{{"classes", classes},
                                                                       {"problem_scale", 4},
                                                                       {"levels", 1},
                                                                       {"width", 8},
                                                                       {"epoch", epoch},
                                                                       {"best_epoch", 2},
                                                                       {"total_steps", 14},
                                                                       {"train_seed", 5}})
    file.attribute("/", name, value);
  file.attribute("/", "best_dice", 0.75);
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"dataset_hash", hash}, {"optimizer", "ADAM"}, {"commit", "0123456789abcdef"}})
    file.attribute("/", name, value);
  file.write_text("/config", config);
  const std::vector<float> weights(24);
  file.write("/model/a", DataType::float32, {4, 5}, weights.data());
  file.write("/model/b", DataType::float32, {3}, weights.data());
  file.finish();
}

void write_prediction_file(const fs::path& path, const fs::path& dataset, std::int64_t volume,
                           const std::vector<std::uint8_t>& predicted, const std::vector<float>& logits) {
  H5Writer file(path, "prediction", 1);
  file.write("/prediction", DataType::uint8, {cube_edge, cube_edge, cube_edge}, predicted.data());
  if (!logits.empty())
    file.write("/logits", DataType::float32, {classes, cube_edge, cube_edge, cube_edge}, logits.data());
  file.attribute("/", "checkpoint", "somewhere/best.h5");
  file.attribute("/", "dataset", dataset.string());
  file.attribute("/", "volume", volume);
  file.attribute("/", "precision", "float32");
  file.finish();
}

Question about(const Small& small, std::int64_t volume, const fs::path& file) {
  Question question;
  question.reader = small.reader();
  question.volume = volume;
  question.first = std::make_shared<Subject>(read_subject(file));
  question.budget = std::uint64_t{64} << 20;
  return question;
}

}  // namespace

TEST_CASE("a checkpoint's facts are read without its tensors") {
  const TemporaryFolder folder;
  write_checkpoint_file(folder / "run/checkpoints/best.h5", "feed", "problem_scale: 4\n");
  const Subject subject = read_subject(folder / "run/checkpoints/best.h5");
  CHECK_FALSE(subject.is_prediction);
  CHECK(subject.classes == classes);
  CHECK(subject.dataset_hash == "feed");
  CHECK(subject.shards == std::array<std::int64_t, 3>{1, 1, 1});
  write_checkpoint_file(folder / "cut/checkpoints/best.h5", "feed",
                        "problem_scale: 4\ndc_num_shards: [4, 2, 1]\ndc_shard_dims: [3, 2, 4]\n");
  CHECK(read_subject(folder / "cut/checkpoints/best.h5").shards == std::array<std::int64_t, 3>{2, 4, 1});
  const std::map<std::string, std::string> facts(subject.facts.begin(), subject.facts.end());
  CHECK(facts.at("Parameters") == "23");
  CHECK(facts.at("Epochs complete") == "2");
  CHECK(facts.at("Best Dice") == "0.7500 (epoch 2)");

  const std::string bytes = scaffold::testing::slurp(subject.path);
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    scaffold::testing::spill(folder / "cut.h5", bytes.substr(0, size));
    CHECK_THROWS_AS(read_subject(folder / "cut.h5"), DataError);
  }
  std::string damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  scaffold::testing::spill(folder / "damaged.h5", damaged);
  CHECK_THROWS_AS(read_subject(folder / "damaged.h5"), DataError);
  CHECK_THROWS_AS(read_subject(folder / "nothing.h5"), DataError);
}

TEST_CASE("the checkpoints of a run come in the order of their epochs") {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path();
  for (const auto& [name, epoch] : {std::pair("last.h5", 9), {"best.h5", 4}, {"a.h5", 9}, {"b.h5", 10}})
    write_checkpoint_file(folder / name, "feed", "", epoch);
  write_prediction_file(folder / "prediction.h5", "", 0,
                        std::vector<std::uint8_t>(cube_edge * cube_edge * cube_edge), {});
  write_atomic(folder / "noise.h5", "no HDF5");
  write_atomic(folder / "notes.txt", "");
  std::vector<std::string> names;
  for (const auto& path : checkpoints_beside(folder / "last.h5")) names.push_back(path.filename().string());
  CHECK(names == std::vector<std::string>{"best.h5", "a.h5", "last.h5", "b.h5"});
  CHECK(checkpoints_beside(folder / "nowhere" / "last.h5").empty());
}

TEST_CASE("the dataset is found among the known ones, beside the run, and as the checkpoint says") {
  const Small small;
  const fs::path file = small.folder / "runs/one/checkpoints/best.h5";
  const std::string hash = small.info.hash;
  write_checkpoint_file(file, hash, "dataset_dir: elsewhere\n");
  CHECK(find_dataset(read_subject(file), {}).empty());
  CHECK(find_dataset(read_subject(file), {small.folder / "no", small.info.folder}) == small.info.folder);
  // The run's record: relative to a folder above the run.
  scaffold::testing::spill(small.folder / "runs/one/config.yaml", "dataset_dir: data sets\n");
  CHECK(fs::equivalent(find_dataset(read_subject(file), {}), small.info.folder));
  // Only the checkpoint itself.
  const fs::path lone = small.folder / "lone/best.h5";
  write_checkpoint_file(lone, hash, "dataset_dir: '" + (small.folder / "data sets").string() + "'\n");
  CHECK(fs::equivalent(find_dataset(read_subject(lone), {}), small.info.folder));
  // What cannot be read is no dataset, and no error.
  write_checkpoint_file(lone, hash, "problem_scale: [\n");
  scaffold::testing::spill(small.folder / "runs/one/config.yaml", "\x01 no: [yaml");
  CHECK(find_dataset(read_subject(lone), {}).empty());
  CHECK(find_dataset(read_subject(file), {}).empty());
}

TEST_CASE("a stored prediction is tested against the dataset's truth") {
  const Small small;
  const auto truth = small.truth(2);
  std::vector<std::uint8_t> predicted = truth;
  std::int64_t changed = 0;
  for (std::size_t i = 0; i < predicted.size(); i += 7, ++changed)
    predicted[i] = static_cast<std::uint8_t>((predicted[i] + 1) % classes);
  std::vector<float> logits(static_cast<std::size_t>(classes * cube_voxels));
  for (std::size_t i = 0; i < logits.size(); ++i)
    logits[i] = static_cast<float>(static_cast<int>(i * 7919 % 1201)) / 10 - 60;
  const fs::path file = small.folder / "p.h5";
  write_prediction_file(file, small.info.folder, 2, predicted, logits);

  const Subject subject = read_subject(file);
  CHECK(subject.is_prediction);
  CHECK(subject.volume == 2);
  CHECK(subject.has_logits);
  CHECK(find_dataset(subject, {}) == small.info.folder);

  const Comparison found = answer(about(small, 2, file), [](double) {});
  REQUIRE(found.first);
  CHECK(found.truth->labels == truth);
  CHECK(found.first->classes->labels == predicted);
  const auto& n = found.first->error_counts;
  CHECK(n[0] == cube_voxels - changed);
  CHECK(n[1] + n[2] + n[3] == changed);

  // Softmax by its definition, in double precision.
  for (std::int64_t c = 0; c < classes; ++c) {
    const auto probability = class_probability(*found.first, cube_voxels, c);
    REQUIRE(probability.size() == static_cast<std::size_t>(cube_voxels));
    for (std::size_t i = 0; i < probability.size(); i += 13) {
      double sum = 0;
      for (std::size_t k = 0; k < classes; ++k)
        sum += std::exp(static_cast<double>(logits[k * cube_voxels + i]));
      const double expected =
          std::exp(static_cast<double>(logits[static_cast<std::size_t>(c) * cube_voxels + i])) / sum;
      CHECK(static_cast<double>(probability[i]) == Approx(expected).epsilon(1e-5).margin(1e-30));
    }
  }
  CHECK(class_probability(*found.first, cube_voxels, classes).empty());

  // Twice the same: no voxel of which only one is right.
  Question twice = about(small, 2, file);
  twice.second = twice.first;
  twice.known = found;
  const Comparison both = answer(twice, [](double) {});
  CHECK(both.first == found.first);
  CHECK(both.second->dice == both.first->dice);
}

TEST_CASE("what does not fit is refused or left out, and says why") {
  const Small small;
  const fs::path file = small.folder / "p.h5";
  const std::vector<float> logits(static_cast<std::size_t>(classes * cube_voxels));
  write_prediction_file(file, small.info.folder, 2, small.truth(2), logits);
  const auto nobody = [](double) {};

  Question question = about(small, 1, file);
  CHECK_THROWS_AS(answer(question, nobody), DataError);  // of another volume
  question = about(small, 2, file);
  question.budget = static_cast<std::uint64_t>(cube_voxels) * bytes_per_voxel - 1;
  CHECK_THROWS_AS(answer(question, nobody), DataError);
  question.budget = static_cast<std::uint64_t>(cube_voxels) * bytes_per_voxel;
  const Comparison found = answer(question, nobody);
  CHECK(found.first->logits.empty());
  CHECK(found.first->no_logits.find("keeps at most") != std::string::npos);
  CHECK(class_probability(*found.first, cube_voxels, 1).empty());

  write_prediction_file(file, small.info.folder, 2, small.truth(2), {});
  CHECK(answer(about(small, 2, file), nobody).first->no_logits.find("--logits") != std::string::npos);

  std::vector<std::uint8_t> strange = small.truth(2);
  strange[5] = 77;
  write_prediction_file(file, small.info.folder, 2, strange, {});
  CHECK_THROWS_AS(answer(about(small, 2, file), nobody), DataError);

  // A checkpoint that is none any more when it is asked.
  const fs::path gone = small.folder / "gone.h5";
  write_checkpoint_file(gone, small.info.hash, "");
  question = about(small, 2, gone);
  fs::remove(gone);
  CHECK_THROWS_AS(answer(question, nobody), Error);
  const auto stop = [](double) { throw Cancelled(); };
  CHECK_THROWS_AS(answer(question, stop), Cancelled);
}
