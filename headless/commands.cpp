// The commands of the program and of its workloads, and what --help says of all: one line each.
#include "headless/commands.hpp"

#include "fractal_unet/commands/commands.hpp"
#include "headless/bench/bench.hpp"

namespace scaffold {

const char* const program_help =
    "Benchmarks a machine by training a 3D U-Net on 3D fractals until validation Dice reaches a target.";
const char* const where_to_start =
    "scaffold generate_fractals -c configs/quickstart.yml && scaffold benchmark -c configs/quickstart.yml";
const char* const bench_examples =
    "Examples: scaffold bench fractals\n"
    "          scaffold bench kernels --only norm --json";

std::span<const RegisterCommand> commands() {
  static constexpr RegisterCommand all[] = {register_generate_fractals,
                                            register_generate_dataset,
                                            register_benchmark,
                                            register_campaign,
                                            register_report,
                                            register_predict,
                                            register_inspect,
                                            register_plan,
                                            register_doctor,
                                            register_export,
                                            register_watch,
                                            register_scaling,
                                            register_config,
                                            register_bench};
  return all;
}

std::span<const RegisterCommand> benchmarks() {
  static constexpr RegisterCommand all[] = {
      register_bench_step, register_bench_fractals, register_bench_kernels, register_bench_loader,
      register_bench_comm, register_bench_io,       register_bench_monitor};
  return all;
}

}  // namespace scaffold
