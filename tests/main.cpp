#define CATCH_CONFIG_RUNNER
#include "catch.hpp"
#include "workloads/registry.hpp"

int main(int argc, char** argv) {
  scaffold::register_workloads();
  return Catch::Session().run(argc, argv);
}
