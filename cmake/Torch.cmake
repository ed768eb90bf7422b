# Imported targets straight from a Torch folder (the wheel's or a module's own): Torch's CMake package stops
# where no CUDA toolkit is, and pulls every NVIDIA library into the process where one is.
#   Torch::cpu   libtorch_cpu + libc10: all that the programs link
#   Torch::cuda  adds libtorch_cuda: the plug-in only
if(NOT SCAFFOLD_TORCH_DIR)
  file(GLOB torch_candidates ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  find_path(SCAFFOLD_TORCH_DIR include/ATen/ATen.h HINTS ${torch_candidates} $ENV{TORCH_DIR}
    DOC "Torch's folder: it holds include/ and lib/")
endif()
if(NOT SCAFFOLD_TORCH_DIR)
  message(FATAL_ERROR "Torch was not found. Run scripts/setup, or pass -DSCAFFOLD_TORCH_DIR=<folder with include/ and lib/>.")
endif()
message(STATUS "Torch: ${SCAFFOLD_TORCH_DIR}")
set(torch_lib ${SCAFFOLD_TORCH_DIR}/lib)
# The wheel's NVIDIA libraries lie beside torch/, in nvidia/<part>/lib.
file(GLOB torch_nvidia_libs ${SCAFFOLD_TORCH_DIR}/../nvidia/*/lib)

foreach(name c10 torch_cpu c10_cuda torch_cuda)
  if(EXISTS ${torch_lib}/lib${name}.so)
    add_library(Torch::lib_${name} SHARED IMPORTED)
    set_target_properties(Torch::lib_${name} PROPERTIES IMPORTED_LOCATION ${torch_lib}/lib${name}.so IMPORTED_NO_SONAME ON)
    set_target_properties(Torch::lib_${name} PROPERTIES IMPORTED_NO_SONAME OFF)
  endif()
endforeach()

add_library(Torch::cpu INTERFACE IMPORTED)
target_include_directories(Torch::cpu SYSTEM INTERFACE ${SCAFFOLD_TORCH_DIR}/include
  ${SCAFFOLD_TORCH_DIR}/include/torch/csrc/api/include)
target_link_libraries(Torch::cpu INTERFACE Torch::lib_torch_cpu Torch::lib_c10)
target_link_options(Torch::cpu INTERFACE -Wl,-rpath,${torch_lib} -Wl,--allow-shlib-undefined)
foreach(folder ${torch_nvidia_libs})
  target_link_options(Torch::cpu INTERFACE -Wl,-rpath,${folder})
endforeach()

add_library(Torch::cuda INTERFACE IMPORTED)
target_link_libraries(Torch::cuda INTERFACE Torch::cpu)
if(TARGET Torch::lib_torch_cuda)
  # --no-as-needed: the plug-in's purpose is to load libtorch_cuda, whose static objects register the device.
  target_link_libraries(Torch::cuda INTERFACE -Wl,--no-as-needed Torch::lib_torch_cuda Torch::lib_c10_cuda -Wl,--as-needed)
endif()
