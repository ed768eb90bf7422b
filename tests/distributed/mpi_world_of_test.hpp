#pragma once
#include "comm/mpi_world.hpp"

namespace scaffold::testing {

/// The world that main started.
World& test_world();

}  // namespace scaffold::testing
