# SPDX-License-Identifier: GPL-2.0-only
# Makes a test of every case of the default suite: scenario x kernel x patch, as the program lists them.
#   cmake -DPTLCHECK=... -DOUTPUT=... -DTRACES=... -P scenario_tests.cmake
execute_process(COMMAND ${PTLCHECK} list --ctest
  OUTPUT_VARIABLE listed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PTLCHECK} list --ctest: ${status}")
endif()
# Empty without the kernel model: no test then.
# An unpatched case ends in a tab: only the last line break may go.
string(REGEX REPLACE "\n$" "" listed "${listed}")
string(REPLACE "\n" ";" lines "${listed}")
set(script "")
foreach(line IN LISTS lines)
  if(NOT line MATCHES "^([^\t]+)\t([^\t]+)\t([^\t]*)\t([^\t]*)$")
    message(FATAL_ERROR "cannot read '${line}'")
  endif()
  set(name "scenario ${CMAKE_MATCH_1}")
  set(arguments "\"${CMAKE_MATCH_2}\"")
  set(labels "scenario")
  if(CMAKE_MATCH_3)
    string(APPEND arguments " --kernel \"${CMAKE_MATCH_3}\"")
    string(APPEND labels ";${CMAKE_MATCH_3}")
  endif()
  if(CMAKE_MATCH_4)
    string(APPEND arguments " --patch \"${CMAKE_MATCH_4}\"")
    string(APPEND labels ";patch")
  endif()
  string(APPEND script
    "add_test([[${name}]] \"${PTLCHECK}\" run ${arguments} -j 1 --trace-dir \"${TRACES}\")\n"
    "set_tests_properties([[${name}]] PROPERTIES TIMEOUT 300 LABELS \"${labels}\")\n")
endforeach()
file(WRITE ${OUTPUT} "${script}")
