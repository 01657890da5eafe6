# The test binary that can be made to die at every durable boundary: engine/base/fault_point.h.
#
# Only the files that hold points are compiled a second time. They are linked as objects, so that the linker takes
# what they define from them and does not look into the libraries that hold the same files without the points.

# skald_fault_points(SOURCES...) names the files of this folder that hold crash points or planted bugs.
function(skald_fault_points)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set_property(GLOBAL APPEND PROPERTY SKALD_FAULT_SOURCES ${ARGN})
endfunction()

# skald_faults(LIBS...) makes the objects, as the target skald_faults; after all folders have named their files. What
# links it has their points: target_link_libraries(PROGRAM PRIVATE skald_faults LIBS...).
function(skald_faults)
  get_property(sources GLOBAL PROPERTY SKALD_FAULT_SOURCES)
  # A point in a file that is not among them would be passed without anything happening.
  file(GLOB_RECURSE all ${CMAKE_SOURCE_DIR}/engine/*.cc ${CMAKE_SOURCE_DIR}/store/*.cc)
  list(REMOVE_ITEM all ${CMAKE_SOURCE_DIR}/engine/base/fault_point.cc ${sources})
  foreach(source ${all})
    file(STRINGS ${source} points REGEX "SKALD_CRASH_POINT\\(|planted\\(" LIMIT_COUNT 1)
    if(points)
      message(FATAL_ERROR "${source} has fault points: name it in skald_fault_points() of its folder")
    endif()
  endforeach()
  add_library(skald_faults OBJECT ${sources} ${CMAKE_SOURCE_DIR}/engine/base/fault_point.cc)
  target_compile_definitions(skald_faults PUBLIC SKALD_FAULTS)
  target_link_libraries(skald_faults PUBLIC ${ARGN})
endfunction()
