// Catch2, of version 2 (Debian 12) or 3 (Debian 13, Ubuntu 24.04): tests include this header, never Catch2's own,
// and write Approx and Catch::Contains (a part of a string) as in version 2.
#pragma once
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

using Catch::Approx;

namespace Catch {

using TestEventListenerBase = EventListenerBase;
/// What a listener's assertionEnded returns.
using AssertionEnded = void;

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
