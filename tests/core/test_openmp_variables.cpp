#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "core/openmp_variables.hpp"

using namespace scaffold;

TEST_CASE("what binds or bounds OpenMP's threads is taken out of an environment, and nothing else") {
  std::vector<std::string> entries{"PATH=/bin",
                                   "OMP_PROC_BIND=true",
                                   "OMP_PROC_BINDING=1",
                                   "OMP_PLACES_ALL={0}",
                                   "OMP_WAIT_POLICY=active",
                                   "OMP_NUM_THREADS=2",
                                   "OMP_THREAD_LIMIT=1",
                                   "GOMP_CPU_AFFINITY=0",
                                   "GOMP_SPINCOUNT=5",
                                   "MY_OMP_PROC_BIND=1",
                                   "OMP_DYNAMIC",
                                   "OMP_DYNAMIC_ALL=true",
                                   "OMP_PROC_BIND=close",
                                   ""};
  std::vector<char*> environment;
  for (auto& entry : entries) environment.push_back(entry.data());
  environment.push_back(nullptr);
  remove_openmp_variables(environment.data());
  std::vector<std::string> left;
  for (char** entry = environment.data(); *entry; ++entry) left.emplace_back(*entry);
  CHECK(left == std::vector<std::string>{"PATH=/bin", "OMP_PROC_BINDING=1", "OMP_WAIT_POLICY=active",
                                         "OMP_NUM_THREADS=2", "GOMP_SPINCOUNT=5", "MY_OMP_PROC_BIND=1",
                                         "OMP_DYNAMIC", ""});
  CHECK(removed_openmp_variables() == std::vector<std::string_view>{"OMP_PROC_BIND", "OMP_PLACES",
                                                                    "GOMP_CPU_AFFINITY", "OMP_DYNAMIC",
                                                                    "OMP_THREAD_LIMIT"});
  char* nothing[] = {nullptr};
  remove_openmp_variables(nothing);
  CHECK(nothing[0] == nullptr);
}
