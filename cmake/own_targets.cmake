# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT

# What our own executables have and the library does not: warnings, threads, and nvcc.
find_package(OpenMP COMPONENTS CXX)
if(NOT OpenMP_CXX_FOUND)
  message(STATUS "transxssm: no OpenMP for this compiler, so one thread")
endif()

set(TRANSXSSM_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(TRANSXSSM_WERROR)
  list(APPEND TRANSXSSM_WARNINGS -Werror)
endif()

if(TRANSXSSM_BUILD_TESTS)
  include("${CMAKE_CURRENT_LIST_DIR}/compilers.cmake")
endif()

# An executable of ours.
function(transxssm_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE transxssm::transxssm $<TARGET_NAME_IF_EXISTS:OpenMP::OpenMP_CXX>)
  target_compile_options(${name} PRIVATE ${TRANSXSSM_WARNINGS})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()

# The sub-folders of this one that hold files matching `pattern`.
function(transxssm_folders result pattern)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" "*/${pattern}")
  list(TRANSFORM files REPLACE "/.*" "")
  list(REMOVE_DUPLICATES files)
  set(${result} ${files} PARENT_SCOPE)
endfunction()

set(TRANSXSSM_NVCC OFF)
if(TRANSXSSM_WITH_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 80-real 90a-real 90-virtual)
    endif()
    enable_language(CUDA)
    set(TRANSXSSM_NVCC ON)
  else()
    message(STATUS "transxssm: no nvcc, so what needs it is left out")
  endif()
endif()
