#!/usr/bin/env bash
# Catch2 2.13.10 and 3.7.1, CMake 3.31.6: catch_discover_tests(... TEST_PREFIX "core: ") makes tests named "core:one".
#
# Catch2's docs/cmake-integration.md: "Specifies a prefix to be added to the name of each discovered test case". Guess:
# the test case "one" becomes "core: one", and ctest -R "^core: " runs it.
# Seen: it becomes "core:one", and ctest -R "^core: " finds no test. By default the test program is asked for its cases
# after the build, by a CMake of its own that gets the prefix as -D "TEST_PREFIX=core: "; and cmake -D drops blanks at
# the end of a value. With DISCOVERY_MODE PRE_TEST, which 3.x has, the same prefix keeps its blank: names differ between the
# two modes. A prefix should end in something else than a blank, and patterns for ctest -R should not need one.
# Needs g++, make, curl, python3 with venv, PyPI, and a Debian after apt-get update, from whose mirror it takes the sources.
# Exit code 0: as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check cmake==3.31.6
PATH=$folder/venv/bin:$PATH
cmake --version | head -1
mirror=$(apt-get indextargets --format '$(LABEL) $(SITE)' | awk '$1 == "Debian" && !found++ { print $2 }')
while read -r version sum; do
  curl -sSfo "$folder/catch2.tar.gz" "$mirror/pool/main/c/catch2/catch2_$version.orig.tar.gz"
  echo "$sum  $folder/catch2.tar.gz" | sha256sum --check --quiet
  mkdir "$folder/$version"
  tar xf "$folder/catch2.tar.gz" -C "$folder/$version" --strip-components 1
done <<'SUMS'
2.13.10 2f4fe284449cf17394350e027ae21958973a61b9161197d416e2dfca16167686
3.7.1 c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c
SUMS
mkdir "$folder/work"
cat > "$folder/work/tests.cpp" <<'CPP'
#if __has_include(<catch_amalgamated.hpp>)
#include <catch_amalgamated.hpp>
#else
#define CATCH_CONFIG_MAIN
#include <catch.hpp>
#endif
TEST_CASE("one") { CHECK(1 == 1); }
CPP
g++ -std=c++17 -c "$folder/3.7.1/extras/catch_amalgamated.cpp" -o "$folder/catch_amalgamated.o"
failed=0
check() {  # Catch2's version, the name expected, the folders of its Catch.cmake and its header, what to link, a discovery mode
  cat > "$folder/work/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.20)
project(prefix LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 17)
enable_testing()
include($folder/$1/$3/Catch.cmake)
add_executable(tests tests.cpp)
target_include_directories(tests PRIVATE $folder/$1/$4)
target_link_libraries(tests PRIVATE $5)
catch_discover_tests(tests TEST_PREFIX "core: " $6)
CMAKE
  cmake -S "$folder/work" -B "$folder/work/build" > /dev/null
  cmake --build "$folder/work/build" > /dev/null
  local name found
  name=$(cd "$folder/work/build" && ctest -N | sed -n 's/^ *Test *#1: //p')
  found=$(cd "$folder/work/build" && ctest -N -R "^core: " | sed -n 's/^Total Tests: //p')
  echo "Catch2 $1${6:+, $6}: TEST_PREFIX \"core: \" makes \"$name\"; ctest -R \"^core: \" finds $found"
  [ "$name" = "$2" ] || failed=1
  rm -r "$folder/work/build"
}
check 2.13.10 "core:one" contrib single_include/catch2 "" ""
check 3.7.1 "core:one" extras extras "$folder/catch_amalgamated.o" ""
check 3.7.1 "core:one" extras extras "$folder/catch_amalgamated.o" "DISCOVERY_MODE POST_BUILD"
check 3.7.1 "core: one" extras extras "$folder/catch_amalgamated.o" "DISCOVERY_MODE PRE_TEST"
echo 'message("cmake -D \"VALUE=core: \": VALUE is \"${VALUE}\"")' > "$folder/value.cmake"
cmake -D "VALUE=core: " -P "$folder/value.cmake" 2>&1 | tee "$folder/value"
grep -q '"core:"$' "$folder/value" || failed=1
[ $failed = 0 ] || { echo "not as described"; exit 1; }
