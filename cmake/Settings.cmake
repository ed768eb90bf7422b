# Compiler settings that every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
find_package(Threads REQUIRED)

# Same bits on any IEEE machine: no contraction of a*b+c into one rounding, anywhere in the engine.
# -Wno-restrict: g++ 12 sees overlap in std::string's own operator+ (GCC bug 105651).
set(scaffold_options -Wall -Wextra -Wpedantic -Wshadow -Wno-restrict -ffp-contract=off)
if(SCAFFOLD_WERROR)
  list(APPEND scaffold_options -Werror)
endif()
add_compile_options("$<$<COMPILE_LANGUAGE:C,CXX>:${scaffold_options}>")
if(SCAFFOLD_SANITIZE)
  # -Wno-maybe-uninitialized: g++ 12 sees it in the standard library's own regex under sanitizers.
  add_compile_options(-fsanitize=${SCAFFOLD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    -Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${SCAFFOLD_SANITIZE})
endif()

find_program(SCAFFOLD_CCACHE ccache)
if(SCAFFOLD_CCACHE)
  # The sloppiness is what ccache asks for to cache objects that use a precompiled header.
  set(ccache_launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${SCAFFOLD_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${ccache_launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache_launcher})
endif()
find_program(SCAFFOLD_MOLD mold)
if(SCAFFOLD_MOLD AND NOT SCAFFOLD_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()
