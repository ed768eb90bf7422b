// Catch2, of version 2 (Debian 12) or 3 (Debian 13, Ubuntu 24.04): tests include this header, never Catch2's
// own, and write Approx and Catch::Contains (a part of a string) as in version 2. A test program's main
// defines CATCH_CONFIG_RUNNER before it.
#pragma once
#if __has_include(<catch2/catch_all.hpp>)
#ifdef CATCH_CONFIG_RUNNER
#include <catch2/catch_all.hpp>
#else  // what tests use of that: a second less for each file
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#endif

using Catch::Approx;

namespace Catch {

#ifdef CATCH_CONFIG_RUNNER
using TestEventListenerBase = EventListenerBase;
/// What a listener's assertionEnded returns.
using AssertionEnded = void;
#endif

inline auto Contains(const std::string& part, CaseSensitive sensitivity = CaseSensitive::Yes) {
  return Matchers::ContainsSubstring(part, sensitivity);
}

}  // namespace Catch
#else
#include <catch2/catch.hpp>

namespace Catch {
using AssertionEnded = bool;
}
#endif
