# Which compilers may build this, and how. See docs/adr/0001-language-and-toolchain.md.
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

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(BUSFLOW_SANITIZE "" CACHE STRING "Sanitizers to compile in, as for -fsanitize=")

add_library(busflow_build_flags INTERFACE)
target_compile_options(busflow_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
target_compile_definitions(busflow_build_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_CXX_COMPILER MATCHES "clang")
  target_compile_options(busflow_build_flags INTERFACE -Xclang -fno-pch-timestamp) # lets ccache reuse precompiled headers
  # Members left out of a designated initializer have the defaults their type gives them.
  target_compile_options(busflow_build_flags INTERFACE -Wthread-safety -Wno-missing-designated-field-initializers)
  target_link_options(busflow_build_flags INTERFACE -fuse-ld=lld-19)
endif()
if(BUSFLOW_SANITIZE)
  target_compile_options(busflow_build_flags INTERFACE -fsanitize=${BUSFLOW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(busflow_build_flags INTERFACE -fsanitize=${BUSFLOW_SANITIZE})
endif()
