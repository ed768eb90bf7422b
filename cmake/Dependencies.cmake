# Everything but Torch comes from the distribution (or from wherever CMAKE_PREFIX_PATH points on a cluster).
find_package(PkgConfig REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
# Leave out MPI's old C++ bindings, which would need a library of their own.
add_compile_definitions(OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)  # not on MPI::MPI_C: VTK's own search for MPI would reset it
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(NCURSESW REQUIRED IMPORTED_TARGET ncursesw)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
find_package(ZLIB REQUIRED)

# HDF5 by pkg-config where the distribution has the MPI flavour beside the serial one, else CMake's own search; a module's
# HDF5_ROOT wins.
pkg_check_modules(HDF5MPI QUIET IMPORTED_TARGET hdf5-openmpi)
add_library(scaffold_hdf5 INTERFACE)
if(HDF5MPI_FOUND AND NOT HDF5_ROOT AND NOT DEFINED ENV{HDF5_ROOT})
  target_link_libraries(scaffold_hdf5 INTERFACE PkgConfig::HDF5MPI MPI::MPI_C)
else()
  find_package(HDF5 REQUIRED COMPONENTS C)
  target_include_directories(scaffold_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
  target_link_libraries(scaffold_hdf5 INTERFACE ${HDF5_C_LIBRARIES})
  if(HDF5_IS_PARALLEL)
    target_link_libraries(scaffold_hdf5 INTERFACE MPI::MPI_C)
  endif()
endif()

if(SCAFFOLD_TORCH)
  include(Torch)
endif()
