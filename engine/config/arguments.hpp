// What the command line asks of a run.
#pragma once
#include <cstdint>
#include <string>

#include "config/command_line.hpp"

namespace scaffold {

struct BenchmarkArguments : ConfigArguments {
  bool restart = false;
  std::string run_dir;
  std::string trace;  ///< folder; empty: none
  std::int64_t trace_steps = 3;
};

}  // namespace scaffold
