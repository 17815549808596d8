# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
cmake_minimum_required(VERSION 3.25)

# Law 2: no header above 400 lines, their median at most 150.                 cmake -DINCLUDE=include -P lengths.cmake
set(longest 400)
set(longest_median 150)

file(GLOB_RECURSE headers "${INCLUDE}/*.hpp" "${INCLUDE}/*.cuh")
set(lengths "")
foreach(header IN LISTS headers)
  file(READ "${header}" text)
  string(REGEX REPLACE "[^\n]" "" newlines "${text}")
  string(LENGTH "${newlines}" length)
  list(APPEND lengths ${length})
  if(length GREATER longest)
    message(SEND_ERROR "${header}: ${length} lines, at most ${longest}: give the second idea its own file")
  endif()
endforeach()

list(SORT lengths COMPARE NATURAL)
list(LENGTH lengths count)
math(EXPR middle "${count} / 2")
list(GET lengths ${middle} median)
if(median GREATER longest_median)
  message(SEND_ERROR "the median header has ${median} lines, at most ${longest_median}")
endif()
message(STATUS "${count} headers, median ${median} lines")
