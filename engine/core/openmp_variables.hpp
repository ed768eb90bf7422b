// Variables of the environment by which OpenMP binds threads to cores, or starts fewer than it is asked for.
// Sites set them for programs that leave their threads to OpenMP. Here they do harm: its library is bound as
// it is loaded, by narrowing what the first thread may use to one core, which every thread and every count of
// cores then inherits. A rank takes its share of the cores by itself (comm/affinity.hpp).
#pragma once
#include <string_view>
#include <vector>

/// The sanitizers have not started when it is called.
#define SCAFFOLD_BEFORE_LIBRARIES __attribute__((no_sanitize("address", "thread", "undefined")))

namespace scaffold {

/// Takes them out of `environment` ("NAME=value" …, null at the end) in place. Safe before the libraries of
/// the process have started: it calls none.
SCAFFOLD_BEFORE_LIBRARIES void remove_openmp_variables(char** environment) noexcept;

/// Names that were taken out of this process's environment.
std::vector<std::string_view> removed_openmp_variables();

}  // namespace scaffold
