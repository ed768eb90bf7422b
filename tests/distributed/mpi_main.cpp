// The test program's main under mpirun. Ranks run the same cases in step, so a check that fails on one rank
// must end all: the others would wait for it for ever.
#define CATCH_CONFIG_RUNNER
#include <chrono>
#include <iostream>
#include <thread>

#include "catch.hpp"
#include "mpi_world_of_test.hpp"
#include "workloads/tasks.hpp"

namespace scaffold::testing {

World& test_world() {
  static World world(detect_launch());
  return world;
}

namespace {

struct EndAllOnFailure : Catch::TestEventListenerBase {
  using Catch::TestEventListenerBase::TestEventListenerBase;

  Catch::AssertionEnded assertionEnded(const Catch::AssertionStats& stats) override {
    if (!stats.assertionResult.isOk()) end_all(stats.assertionResult);
    return Catch::AssertionEnded(true);
  }
  [[noreturn]] void end_all(const Catch::AssertionResult& result) const {
    std::cerr << "rank " << test_world().rank() << " of " << test_world().size() << ": " << name_ << ": "
              << result.getSourceInfo() << ": " << result.getExpandedExpression() << " "
              << result.getMessage() << std::endl;
    // Time for other failing ranks to say so too.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    test_world().abort(1);
  }
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    name_ = info.name;
    barrier(test_world().all());
  }
  std::string name_;
};
CATCH_REGISTER_LISTENER(EndAllOnFailure)

}  // namespace
}  // namespace scaffold::testing

int main(int argc, char** argv) {
  scaffold::register_tasks();
  auto& world = scaffold::testing::test_world();
  if (world.rank() != 0) std::cout.setstate(std::ios::failbit);
  const int result = Catch::Session().run(argc, argv);
  world.close();
  return result;
}
