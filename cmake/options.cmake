# SPDX-License-Identifier: GPL-2.0-only
# Flags of everything that is compiled here.
add_library(ptlcheck_options INTERFACE)
target_include_directories(ptlcheck_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(ptlcheck_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  # GCC 12 takes std::string concatenation for overlapping copies (GCC bug 105329).
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-restrict>
  -fno-omit-frame-pointer -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

# Backtraces need lines and functions, not types and variables, and those are a fifth of the time that
# compiling takes. A debugger has all of them in the preset `debug`.
string(REPLACE "-g" "-g1" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")

# With CMAKE_UNITY_BUILD, as the presets have it, some files are compiled as one: what they include is
# most of what each would cost. `cmake -D CMAKE_UNITY_BUILD=OFF build` has each compiled by itself, for
# those who change the same file again and again.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)

# Flags of the engine and the tools, not of code under test (whose instrumentation is the checker's).
add_library(ptlcheck_engine_options INTERFACE)
target_link_libraries(ptlcheck_engine_options INTERFACE ptlcheck_options)
if(PTLCHECK_SANITIZE)
  target_compile_options(ptlcheck_engine_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  target_link_options(ptlcheck_engine_options INTERFACE -fsanitize=address,undefined)
endif()
if(PTLCHECK_COVERAGE)
  target_compile_options(ptlcheck_engine_options INTERFACE --coverage -O0)
  target_compile_definitions(ptlcheck_engine_options INTERFACE PTLCHECK_COVERAGE)
  target_link_options(ptlcheck_engine_options INTERFACE --coverage)
endif()
