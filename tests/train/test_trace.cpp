#include <ATen/ATen.h>
#include <c10/util/ApproximateClock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/network/task.hpp"
#include "job/trace.hpp"
#include "small_run.hpp"

using namespace scaffold;

namespace {

nlohmann::json events_of(const fs::path& file) {
  return nlohmann::json::parse(read_text(file)).at("traceEvents");
}

std::map<std::string, int> counts(const nlohmann::json& events) {
  std::map<std::string, int> counts;
  for (const auto& event : events)
    if (event.at("ph") == "X") ++counts[event.at("name").get<std::string>()];
  return counts;
}

}  // namespace

TEST_CASE("a trace shows the steps asked for, their phases and operators, and leaves the run as it was") {
  SmallRun small;
  const DatasetReader reader(small.info.folder);
  TrainObserver nobody;
  std::vector<at::Tensor> ends;
  std::vector<double> losses;
  for (const bool traced : {true, false}) {
    ParallelContext alone;
    Trainer trainer(small.options("none"), reader, nobody, alone);
    trainer.warm_up();
    if (traced) {
      trainer.trace(small.folder / "", 2);
      CHECK(trainer.state().total_steps == 0);
    }
    trainer.run();
    losses.push_back(trainer.epochs().back().epoch_loss);
    ends.push_back(trainer.network().parameters()[0].value.detach().clone());
  }
  CHECK(losses[0] == losses[1]);
  CHECK(at::equal(ends[0], ends[1]));

  const fs::path file = trace_file(small.folder / "", 0);
  CHECK(file.filename() == "trace-rank0.json");
  const auto found = counts(events_of(file));
  for (const char* phase : {"step", "data wait", "forward", "backward", "optimizer"}) {
    INFO(phase);
    CHECK(found.at(phase) == 2);
  }
  CHECK(found.at("validation") == 1);
  // Each of the network's 3^3 convolutions once in each of 2 steps and 2 validation volumes.
  int convolutions = 0;
  for (const auto& parameter : parameter_shapes(network_options(small.config, at::kCPU)))
    convolutions += parameter.shape.size() == 5;
  int traced = 0;
  for (const char* name :
       {"aten::convolution", "scaffold::winograd_convolution", "scaffold::image_convolution",
        "scaffold::up_convolution", "scaffold::pointwise_convolution"})
    if (const auto one = found.find(name); one != found.end()) traced += one->second;
  // Where oneDNN is faster than our kernels, the convolution after each up-convolution is two.
  const auto levels = static_cast<int>(network_options(small.config, at::kCPU).levels);
  CHECK((traced == 4 * convolutions || traced == 4 * (convolutions + levels)));
  int files = 0;
  for (const auto& entry : fs::directory_iterator(small.folder / ""))
    files += entry.path().extension() == ".json" || entry.path().extension() == ".tmp";
  CHECK(files == 1);
}

TEST_CASE("what happened beside the training thread gets rows of its own, at its own time") {
  const TemporaryFolder folder;
  Trace trace(at::kCPU);
  at::ones({4}).add(1);
  const std::int64_t now = c10::getTime();
  trace.save(folder / "t.json",
             {{"all-reduce", now, now + 5000, 64}, {"all-reduce", now + 7000, now + 8000, 32}});
  const auto events = events_of(folder / "t.json");
  double add_at = 0;
  std::vector<nlohmann::json> beside;
  for (const auto& event : events) {
    if (event.at("name") == "aten::add") add_at = event.at("ts");
    if (event.at("name") == "all-reduce") beside.push_back(event);
  }
  REQUIRE(beside.size() == 2);
  CHECK(beside[0].at("dur").get<double>() == Approx(5));
  CHECK(beside[1].at("ts").get<double>() - beside[0].at("ts").get<double>() == Approx(7).margin(0.01));
  CHECK(beside[0].at("args").at("bytes") == 64);
  CHECK(beside[0].at("ts").get<double>() > add_at);         // on the same clock:
  CHECK(beside[0].at("ts").get<double>() < add_at + 10e6);  // within ten seconds
}

TEST_CASE("a trace that cannot be written is an error that names it, and the next one works") {
  const TemporaryFolder folder;
  {
    Trace trace(at::kCPU);
    CHECK_THROWS_AS(trace.save(folder / "none/t.json"), SystemError);
  }
  { Trace dropped(at::kCPU); }
  Trace trace(at::kCPU);
  trace.save(folder / "t.json");
  CHECK(fs::exists(folder / "t.json"));
}
