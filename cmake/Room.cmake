# scaffold_room(<name> [INCLUDE <folder's name>] SOURCES … [LINK …] [PRIVATE …]): an engine room, or one of the parts that a
# room is linked in, as a static library. INCLUDE: the room's name where the part has another one.
# What a target may include is what it links: each room's headers are reached through an include folder of its own, a link
# to the room, so that "comm/alarm.hpp" is not found where comm is not linked. tests/house checks the direction as well.
function(scaffold_room name)
  cmake_parse_arguments(room "" "INCLUDE" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(scaffold_${name} STATIC ${room_SOURCES})
  if(NOT room_INCLUDE)
    set(room_INCLUDE ${name})
  endif()
  scaffold_headers(scaffold_${name} PUBLIC ${room_INCLUDE})
  target_link_libraries(scaffold_${name} PUBLIC ${room_LINK} PRIVATE ${room_PRIVATE})
  scaffold_unity(scaffold_${name})
endfunction()

# Lets a target include the headers of the room in the current folder, as <room>/….
function(scaffold_headers target scope room)
  set(folder ${CMAKE_BINARY_DIR}/include/${room})
  file(MAKE_DIRECTORY ${folder})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${folder}/${room} SYMBOLIC)
  target_include_directories(${target} ${scope} ${folder})
endfunction()

# Compiles a target's small files several to a translation unit: most of a small file's time goes into headers and
# into templates that its neighbors instantiate as well. Files with compiler options of their own stay alone.
# -DSCAFFOLD_UNITY=OFF compiles each by itself, which is quicker when one file is edited again and again.
function(scaffold_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${SCAFFOLD_UNITY} UNITY_BUILD_BATCH_SIZE ${SCAFFOLD_UNITY_BATCH})
  # A type that one .cpp keeps to itself looks, in such a unit, as if it came from a header.
  target_compile_options(${target} PRIVATE $<$<AND:$<BOOL:${SCAFFOLD_UNITY}>,$<COMPILE_LANG_AND_ID:CXX,GNU>>:-Wno-subobject-linkage>)
endfunction()

# scaffold_test(<name> [TORCH] SOURCES … LINK …): a Catch2 program whose cases CTest runs one by one. TORCH: it uses
# the Torch precompiled header, whose flags it must share.
function(scaffold_test name)
  cmake_parse_arguments(test "TORCH" "" "SOURCES;LINK" ${ARGN})
  add_executable(test_${name} ${test_SOURCES})
  set(main scaffold_test_main)
  if(test_TORCH)
    set(main scaffold_test_torch_main)
    scaffold_torch_pch(test_${name})
  elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(test_${name} PRIVATE -O1)  # halves the tests' build time; what they test is at -O3
  endif()
  scaffold_unity(test_${name})
  target_link_libraries(test_${name} PRIVATE ${test_LINK} ${main})
  target_compile_definitions(test_${name} PRIVATE SCAFFOLD_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  catch_discover_tests(test_${name} TEST_PREFIX "${name}: " PROPERTIES TIMEOUT 300 ENVIRONMENT OMP_NUM_THREADS=1)
endfunction()

# Uses the Torch precompiled header of the device room (20 s of parsing, once). A header is only valid under the flags
# it was made with: executables are compiled as -fPIC instead of -fPIE.
function(scaffold_torch_pch target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM scaffold_device)
endfunction()
