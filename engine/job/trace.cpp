#include "job/trace.hpp"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/profiler_kineto.h>
#include <torch/csrc/profiler/stubs/base.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

namespace profiler = torch::autograd::profiler;
using torch::profiler::impl::ActivityType;

std::unique_ptr<at::ObserverContext> push_range(const at::RecordFunction& mark) {
  torch::profiler::impl::cudaStubs()->rangePush(mark.name());
  return nullptr;
}
void pop_range(const at::RecordFunction&, at::ObserverContext*) {
  torch::profiler::impl::cudaStubs()->rangePop();
}

/// Kineto's text under its final name, with our own rows: one a name, since what flies at the same time
/// overlaps without nesting.
std::string completed(const std::string& text, const std::string& name,
                      const std::vector<TracedInterval>& beside) {
  nlohmann::json trace = nlohmann::json::parse(text);
  trace["traceName"] = name;
  const auto base = trace.value("baseTimeNanoseconds", std::int64_t{0});
  auto& events = trace.at("traceEvents");
  const std::string process = "communication";
  for (const TracedInterval& one : beside)
    events.push_back({{"ph", "X"},
                      {"cat", process},
                      {"name", one.name},
                      {"pid", process},
                      {"tid", one.name},
                      {"ts", static_cast<double>(one.begin - base) / 1000},
                      {"dur", static_cast<double>(one.end - one.begin) / 1000},
                      {"args", {{"bytes", one.bytes}}}});
  return trace.dump();
}

}  // namespace

fs::path trace_file(const fs::path& folder, int rank) { return folder / cat("trace-rank", rank, ".json"); }

Trace::Trace(const at::Device& device) {
  ::setenv("KINETO_LOG_LEVEL", "5", 0);  // it greets on standard error
  std::set<ActivityType> activities{ActivityType::CPU};
  if (device.is_cuda()) {
    activities.insert(ActivityType::CUDA);
    const auto ranges =
        at::RecordFunctionCallback(push_range, pop_range).scopes({at::RecordScope::USER_SCOPE});
    nvtx_ = at::addGlobalCallback(ranges);
  }
  const torch::profiler::impl::ProfilerConfig config(torch::profiler::impl::ProfilerState::KINETO,
                                                     /*report_input_shapes=*/true, /*profile_memory=*/false,
                                                     /*with_stack=*/false, /*with_flops=*/true);
  profiler::prepareProfiler(config, activities);
  profiler::enableProfiler(config, activities);
  recording_ = true;
}

void Trace::stop_nvtx() {
  if (nvtx_ != 0) at::removeCallback(nvtx_);
  nvtx_ = 0;
}

Trace::~Trace() {
  stop_nvtx();
  if (!recording_) return;
  try {
    profiler::disableProfiler();
  } catch (...) {  // an error is under way already
  }
}

void Trace::save(const fs::path& file, const std::vector<TracedInterval>& beside) {
  stop_nvtx();
  recording_ = false;
  const auto result = profiler::disableProfiler();
  // Kineto writes by name alone and tells no errors.
  const fs::path raw = temporary_beside(file);
  struct Remove {
    const fs::path& path;
    ~Remove() {
      std::error_code ignored;
      fs::remove(path, ignored);
    }
  } const remove{raw};
  result->save(raw.string());
  std::error_code error;
  if (!fs::exists(raw, error))
    throw SystemError(cat("cannot write the trace '", file.string(), "'; is its disk full?"));
  try {
    write_atomic(file, completed(read_text(raw, std::uint64_t{1} << 30), file.filename().string(), beside));
  } catch (const nlohmann::json::exception& broken) {
    throw SystemError(cat("cannot write the trace '", file.string(), "': ", broken.what()));
  }
}

}  // namespace scaffold
