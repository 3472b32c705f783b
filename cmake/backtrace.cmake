# SPDX-License-Identifier: GPL-2.0-only
# libbacktrace, which GCC's own package ships beside the compiler (header and static library).
find_program(PTLCHECK_GCC NAMES gcc-12 gcc REQUIRED)
execute_process(COMMAND ${PTLCHECK_GCC} -print-file-name=libbacktrace.a
  OUTPUT_VARIABLE backtrace_library OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${PTLCHECK_GCC} -print-file-name=include
  OUTPUT_VARIABLE gcc_include OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT EXISTS ${backtrace_library} OR NOT EXISTS ${gcc_include}/backtrace.h)
  message(FATAL_ERROR "libbacktrace not found beside ${PTLCHECK_GCC}")
endif()
# Only that header: the rest of GCC's include folder must not shadow another compiler's.
configure_file(${gcc_include}/backtrace.h ${CMAKE_BINARY_DIR}/backtrace/backtrace.h COPYONLY)
configure_file(${gcc_include}/backtrace-supported.h
  ${CMAKE_BINARY_DIR}/backtrace/backtrace-supported.h COPYONLY)
add_library(backtrace STATIC IMPORTED)
set_target_properties(backtrace PROPERTIES
  IMPORTED_LOCATION ${backtrace_library}
  INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_BINARY_DIR}/backtrace)
