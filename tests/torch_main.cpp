#define CATCH_CONFIG_RUNNER
#include "catch.hpp"
#include "workloads/tasks.hpp"

int main(int argc, char** argv) {
  scaffold::register_tasks();
  return Catch::Session().run(argc, argv);
}
