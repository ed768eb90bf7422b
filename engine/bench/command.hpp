// What the subcommands of `scaffold bench` share.
//
//   void register_bench_regrid(CLI::App& bench, Action& action) {
//     auto arguments = std::make_shared<BenchArguments>();
//     auto* command = add_bench(bench, "regrid", "Samples per second of the regridding", arguments);
//     command->callback([=, &action] {
//       action = [=] { return print(bench_regrid(arguments->limits()), *arguments); };
//     });
//   }
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "bench/harness.hpp"
#include "config/command.hpp"

namespace scaffold {

struct BenchArguments {
  double seconds = 2;  ///< of a comparison
  int threads = 0;     ///< 0: all that this process may use
  bool json = false;

  int thread_count() const;
  bench::Limits limits() const;
};

/// A subcommand with the options that all have.
CLI::App* add_bench(CLI::App& bench, const std::string& name, const std::string& help,
                    const std::shared_ptr<BenchArguments>& arguments);

/// Prints a report as its arguments ask. Returns the exit code.
int print(const bench::Report& report, const BenchArguments& arguments);

}  // namespace scaffold
