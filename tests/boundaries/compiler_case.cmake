include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/CompilerCheck.cmake)
busflow_check_compiler()
message("accepted")
