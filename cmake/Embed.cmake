# Turns a package's text files (SQL, metadata) into C++ so that the binary needs nothing beside it.
include_guard(GLOBAL)

# busflow_embed(<out-variable> NAMESPACE busflow::x NAME function ROOT dir FILES a b …)
# Relative names are looked for in the module's folder.
# Writes a source that defines `std::span<const busflow::EmbeddedFile> function()`, sorted by path relative to ROOT.
function(busflow_embed OUT)
  cmake_parse_arguments(PARSE_ARGV 1 E "" "NAMESPACE;NAME;ROOT" "FILES")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${E_NAME}.cpp)
  list(SORT E_FILES)
  set(inputs "")
  foreach(file IN LISTS E_FILES)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND inputs ${file})
  endforeach()
  cmake_path(ABSOLUTE_PATH E_ROOT BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  add_custom_command(OUTPUT ${output}
    COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/embed.py ${output} ${E_NAMESPACE} ${E_NAME} ${E_ROOT} ${inputs}
    DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/tools/embed.py
    COMMENT "Embedding ${E_NAME}" VERBATIM)
  set(${OUT} ${output} PARENT_SCOPE)
endfunction()
