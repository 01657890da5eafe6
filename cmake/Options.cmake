set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(SKALD_SANITIZER "" CACHE STRING "address, thread, undefined, fuzzer or empty")

add_library(skald_options INTERFACE)
target_compile_options(skald_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers)
target_include_directories(skald_options INTERFACE ${CMAKE_SOURCE_DIR})
if(SKALD_SANITIZER STREQUAL "fuzzer")
  # libFuzzer's own part is linked to the targets of tests/fuzz alone; float casts are where numbers of others end up.
  set(checks address,undefined,float-cast-overflow)
  target_compile_options(skald_options INTERFACE -fsanitize=fuzzer-no-link,${checks} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer)
  target_link_options(skald_options INTERFACE -fsanitize=${checks})
elseif(SKALD_SANITIZER)
  target_compile_options(skald_options INTERFACE -fsanitize=${SKALD_SANITIZER} -fno-omit-frame-pointer)
  target_link_options(skald_options INTERFACE -fsanitize=${SKALD_SANITIZER})
  if(SKALD_SANITIZER STREQUAL "address")
    # All that the preset ubsan checks as well: AddressSanitizer's checks find what those see first.
    target_compile_options(skald_options INTERFACE -fsanitize=undefined,float-cast-overflow -fno-sanitize-recover=all)
    target_link_options(skald_options INTERFACE -fsanitize=undefined)
  elseif(SKALD_SANITIZER STREQUAL "undefined")
    target_compile_options(skald_options INTERFACE -fsanitize=float-cast-overflow -fno-sanitize-recover=all)
  endif()
endif()

find_program(MOLD mold)
if(MOLD)
  target_link_options(skald_options INTERFACE -fuse-ld=mold)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# skald_library(NAME SOURCES... ) makes the target skald_NAME with the alias skald::NAME.
function(skald_library name)
  add_library(skald_${name} STATIC ${ARGN})
  add_library(skald::${name} ALIAS skald_${name})
  target_link_libraries(skald_${name} PUBLIC skald_options)
endfunction()

# skald_test(NAME SOURCES... LIBS ...) makes one gtest program and registers each of its tests with ctest.
function(skald_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_LIBS} skald_options GTest::gtest GTest::gmock)
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 60)
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${T_TIMEOUT})
endfunction()
