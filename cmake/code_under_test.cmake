# SPDX-License-Identifier: GPL-2.0-only
# Code under test is compiled with the compiler's thread instrumentation and linked against the
# checker's own entry points (checker/intercept/tsan.cpp) instead of libtsan.
#
#   ptlcheck_add_code_under_test(NAME source...)
#
# makes an object library. Plain and volatile accesses are told apart, as KCSAN does. Optimisation is
# mild and calls are kept, so that a trace shows the functions the source shows. Coverage marks are
# added on the way through the assembler (mark_code.awk).
function(ptlcheck_add_code_under_test name)
  add_library(${name} OBJECT ${ARGN})
  target_link_libraries(${name} PUBLIC ptlcheck_options)
  set_target_properties(${name} PROPERTIES
    # Each file is what it would be alone: its lines, its static names, its instrumentation.
    UNITY_BUILD OFF
    RULE_LAUNCH_COMPILE ${CMAKE_SOURCE_DIR}/cmake/compile_code_under_test.sh)
  # What is made of the code depends on these, too.
  set_source_files_properties(${ARGN} PROPERTIES OBJECT_DEPENDS
    "${CMAKE_SOURCE_DIR}/cmake/compile_code_under_test.sh;${CMAKE_SOURCE_DIR}/cmake/mark_code.awk")
  target_compile_options(${name} PRIVATE
    -include ${CMAKE_SOURCE_DIR}/checker/intercept/memory_functions.h
    # A thread of the program runs on a stack of 64 KiB.
    -Wframe-larger-than=16384
    -O1 -g -fno-inline -fsanitize=thread -fno-omit-frame-pointer -fno-optimize-sibling-calls
    $<$<C_COMPILER_ID:GNU>:--param=tsan-distinguish-volatile=1>
    # It warns of fences, for libtsan's sake.
    $<$<C_COMPILER_ID:GNU>:-Wno-tsan>
    # Clang would leave out a read that a write to the same place follows: to it they are one access.
    "$<$<C_COMPILER_ID:Clang>:SHELL:-mllvm -tsan-distinguish-volatile=1>"
    "$<$<C_COMPILER_ID:Clang>:SHELL:-mllvm -tsan-instrument-read-before-write=1>"
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)
endfunction()
