# libvips comes from npm, where sharp's makers publish it as one library (docs/adr/0018): platform/image/libvips/package.json. It is copied beside the
# programs, so that they find it by a path relative to theirs: the same in every checkout, and nothing of this machine in an image.
include_guard(GLOBAL)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(vips_processor arm64)
else()
  set(vips_processor x64)
endif()
set(vips_packages ${CMAKE_SOURCE_DIR}/platform/image/libvips/node_modules/@img)
file(GLOB vips_library ${vips_packages}/sharp-libvips-linux-${vips_processor}/lib/libvips-cpp.so.*)
if(NOT vips_library)
  message(FATAL_ERROR "libvips is not in ${vips_packages}\n  -> tools/install.sh")
endif()
cmake_path(GET vips_library FILENAME vips_name)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
file(COPY_FILE ${vips_library} ${CMAKE_BINARY_DIR}/lib/${vips_name} ONLY_IF_DIFFERENT)
file(COPY_FILE ${vips_packages}/sharp-libvips-linux-${vips_processor}/versions.json ${CMAKE_BINARY_DIR}/lib/${vips_name}.versions.json ONLY_IF_DIFFERENT)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/platform/image/libvips/package-lock.json)
add_library(sharp_libvips SHARED IMPORTED GLOBAL)
set_target_properties(sharp_libvips PROPERTIES IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/lib/${vips_name} IMPORTED_SONAME ${vips_name})
target_include_directories(sharp_libvips INTERFACE
  ${vips_packages}/sharp-libvips-dev/include ${vips_packages}/sharp-libvips-dev/include/glib-2.0
  ${vips_packages}/sharp-libvips-linux-${vips_processor}/lib/glib-2.0/include)
busflow_external(vips sharp_libvips)

