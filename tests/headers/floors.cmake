# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
cmake_minimum_required(VERSION 3.25)

# Law 3: includes only point down, and Eigen only where the host computes.     cmake -DINCLUDE=include -P floors.cmake
set(floors core math operator cpu evaluate eigen dense layer model train io verify)  # from the bottom to the top
set(same_floor_policy operator)                                                # operator and policy: one floor
set(same_floor_cuda cpu)                                                       # ... and cpu and cuda,
set(apart cpu cuda)                                                            # which never meet
set(without_eigen core math operator policy evaluate cuda)
set(umbrellas transxssm.hpp model.hpp train.hpp cpu.hpp cuda.cuh)                                  # these may include anything
set(below_all version.hpp)                                                     # this may be included by anything

# The floor of a header: the name of its folder, or of its file, and the height of that floor.
function(floor_of header name_result height_result)
  string(REGEX REPLACE "[/.].*" "" name "${header}")
  set(floor ${name})
  if(DEFINED same_floor_${name})
    set(floor ${same_floor_${name}})
  endif()
  list(FIND floors "${floor}" height)
  if(header IN_LIST below_all)
    set(height 0)
  endif()
  set(${name_result} ${name} PARENT_SCOPE)
  set(${height_result} ${height} PARENT_SCOPE)
endfunction()

function(broken header line rule)
  message(SEND_ERROR "${header}: ${line}\n  ${rule}")
endfunction()

set(root "${INCLUDE}/transxssm")
file(GLOB_RECURSE headers RELATIVE "${root}" "${root}/*.hpp" "${root}/*.cuh")
foreach(header IN LISTS headers)
  if(header IN_LIST umbrellas)
    continue()
  endif()
  floor_of("${header}" here height)
  if(height EQUAL -1)
    broken(${header} "" "this folder has no floor: add it to tests/headers/floors.cmake")
  endif()
  file(STRINGS "${root}/${header}" lines REGEX "^ *# *include")
  foreach(line IN LISTS lines)
    if(line MATCHES "include *<(unsupported/)?Eigen/" AND here IN_LIST without_eigen)
      broken(${header} "${line}" "no Eigen in: ${without_eigen}")
    elseif(line MATCHES "include *<transxssm/")
      broken(${header} "${line}" "headers of the library include each other by relative paths")
    elseif(line MATCHES "include *\"(.*)\"")
      cmake_path(ABSOLUTE_PATH CMAKE_MATCH_1 BASE_DIRECTORY "${root}/${header}/.." NORMALIZE OUTPUT_VARIABLE file)
      cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${root}" OUTPUT_VARIABLE included)
      floor_of("${included}" there depth)
      if(included IN_LIST umbrellas)
        broken(${header} "${line}" "an umbrella is for users")
      elseif(depth GREATER height)
        broken(${header} "${line}" "includes only point down: ${here} is below ${there}")
      elseif(NOT here STREQUAL there AND here IN_LIST apart AND there IN_LIST apart)
        broken(${header} "${line}" "cpu and cuda never include each other")
      endif()
    endif()
  endforeach()
endforeach()
