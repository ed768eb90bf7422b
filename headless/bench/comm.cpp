#include "bench/comm.hpp"
#include "comm/mpi_world.hpp"
#include "comm/on_all_ranks.hpp"
#include "headless/bench/bench.hpp"

namespace scaffold {

void register_bench_comm(CLI::App& bench, Action& action) {
  auto arguments = std::make_shared<BenchArguments>();
  auto* command = add_bench(bench, "comm",
                            "Sums and halos between the ranks of a job against a copy in memory", arguments);
  command->footer(
      "Started like a job. With more ranks than cores it shows that it works, not how fast.\n"
      "Example: mpirun -np 2 scaffold bench comm");
  command->callback([=, &action] {
    action = [=] {
      return on_all_ranks([&](World& world) {
        const bench::Report report = bench_communication(world.all(), arguments->seconds);
        return world.rank() == 0 ? print(report, *arguments) : 0;
      });
    };
  });
}

}  // namespace scaffold
