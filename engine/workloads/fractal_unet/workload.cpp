#include "fractal_unet/workload.hpp"

#include "fractal_unet/metrics.hpp"
#include "fractal_unet/options.hpp"

namespace scaffold {
namespace {

class FractalUnet : public Workload {
 public:
  std::string name() const override { return "fractal_unet"; }
  declare::WorkloadKeys keys() const override { return fractal_unet_keys(); }
  const MetricList& metrics() const override { return fractal_unet_metrics(); }
};

}  // namespace

std::unique_ptr<Workload> fractal_unet_workload() { return std::make_unique<FractalUnet>(); }

}  // namespace scaffold
