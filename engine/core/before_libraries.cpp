// Part of the programs that load OpenMP with LibTorch, never of a library: what .preinit_array names is
// called before the first shared library starts, and with the environment that they will see. A later moment
// is too late (core/openmp_variables.hpp).
#include "core/openmp_variables.hpp"

namespace {

SCAFFOLD_BEFORE_LIBRARIES void before_libraries(int, char**, char** environment) {
  scaffold::remove_openmp_variables(environment);
}

}  // namespace

extern "C" {
__attribute__((section(".preinit_array"), used)) void (*scaffold_before_libraries)(int, char**,
                                                                                   char**) = before_libraries;
}
