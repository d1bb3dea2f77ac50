# Apart from Compiler.cmake so that tests/boundaries can call it for compilers that are not installed.
include_guard(GLOBAL)

function(busflow_check_compiler)
  set(version ${CMAKE_CXX_COMPILER_VERSION})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND version VERSION_LESS 14)
    message(FATAL_ERROR
      "g++ ${version} destroys co_await temporaries twice and would miscompile this project.\n"
      "Install clang 19 (Debian: apt-get install clang-19 lld-19 libclang-rt-19-dev) and use a preset: cmake --preset dev.")
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND version VERSION_LESS 19)
    message(FATAL_ERROR
      "clang ${version} is too old: C++23 as used here needs clang 19 (Debian: apt-get install clang-19), then: cmake --preset dev.")
  elseif(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER_ID} is not supported: use clang 19 or g++ 14, for instance by cmake --preset dev.")
  endif()
endfunction()
