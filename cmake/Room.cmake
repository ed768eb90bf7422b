# scaffold_room(<name> SOURCES … [LINK …] [PRIVATE …]): one engine room as a static library.
function(scaffold_room name)
  cmake_parse_arguments(room "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(scaffold_${name} STATIC ${room_SOURCES})
  target_include_directories(scaffold_${name} PUBLIC ${CMAKE_SOURCE_DIR}/engine)
  target_link_libraries(scaffold_${name} PUBLIC ${room_LINK} PRIVATE ${room_PRIVATE})
endfunction()

# scaffold_test(<name> SOURCES … LINK …): a Catch2 program whose cases CTest runs one by one.
function(scaffold_test name)
  cmake_parse_arguments(test "" "" "SOURCES;LINK" ${ARGN})
  add_executable(test_${name} ${test_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${test_LINK} scaffold_test_main)
  target_compile_definitions(test_${name} PRIVATE SCAFFOLD_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  catch_discover_tests(test_${name} TEST_PREFIX "${name}: " PROPERTIES TIMEOUT 300 ENVIRONMENT OMP_NUM_THREADS=1)
endfunction()

# Uses the Torch precompiled header of the model room (20 s of parsing, once). A header is only valid under the flags
# it was made with: executables are compiled as -fPIC instead of -fPIE.
function(scaffold_torch_pch target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM scaffold_model)
endfunction()
