# Decides whether the viewer is built: SCAFFOLD_VIEWER_ENABLED. None of these VTK modules links HDF5: the distribution's
# do so with another HDF5 than ours.
set(SCAFFOLD_VIEWER_ENABLED OFF)
if(NOT SCAFFOLD_VIEWER STREQUAL "OFF")
  find_package(VTK 9.1 QUIET COMPONENTS ChartsCore CommonColor CommonCore CommonDataModel CommonExecutionModel FiltersCore FiltersGeneral
    ImagingCore IOImage RenderingAnnotation RenderingContext2D RenderingContextOpenGL2 RenderingCore RenderingFreeType RenderingOpenGL2
    RenderingVolume RenderingVolumeOpenGL2 glew)
  find_package(glfw3 QUIET)
  find_package(OpenGL QUIET)
  pkg_check_modules(IMGUI QUIET IMPORTED_TARGET imgui)
  if(VTK_FOUND AND glfw3_FOUND AND OPENGL_FOUND AND IMGUI_FOUND)
    set(SCAFFOLD_VIEWER_ENABLED ON)
  elseif(SCAFFOLD_VIEWER STREQUAL "ON")
    message(FATAL_ERROR "SCAFFOLD_VIEWER=ON, but VTK 9.1, glfw3, OpenGL or Dear ImGui was not found.")
  endif()
endif()
message(STATUS "viewer: ${SCAFFOLD_VIEWER_ENABLED}")
