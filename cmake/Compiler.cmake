# Which compilers may build this, and how. See docs/adr/0001-language-and-toolchain.md.
include_guard(GLOBAL)

include(${CMAKE_CURRENT_LIST_DIR}/CompilerCheck.cmake)

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
