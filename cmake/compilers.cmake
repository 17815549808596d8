# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT

find_package(doctest REQUIRED)
find_package(Boost CONFIG REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)

# Some tests only ask compilers what they say to a file: the one that builds, and a clang beside it where there is one.
find_program(TRANSXSSM_CLANG NAMES clang++-16 clang++-17 clang++-18 clang++-19 clang++-20 clang++-21 clang++-15 clang++
             DOC "A second compiler, clang 15 or newer, that has to take the same code")
string(TOLOWER "${CMAKE_CXX_COMPILER_ID}" TRANSXSSM_COMPILERS)  # their names: gnu, clang
set(TRANSXSSM_COMPILER_${TRANSXSSM_COMPILERS} "${CMAKE_CXX_COMPILER}")
set(TRANSXSSM_SECOND_COMPILER "")
if(TRANSXSSM_CLANG AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  execute_process(COMMAND "${TRANSXSSM_CLANG}" -dumpversion OUTPUT_VARIABLE clang_version OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(clang_version VERSION_GREATER_EQUAL 15)
    list(APPEND TRANSXSSM_COMPILERS clang)
    set(TRANSXSSM_COMPILER_clang "${TRANSXSSM_CLANG}")
    set(TRANSXSSM_SECOND_COMPILER "${TRANSXSSM_CLANG}")
    message(STATUS "transxssm: compile-only tests with ${TRANSXSSM_CLANG} as well")
  endif()
endif()

# How they are called: the warnings of our own targets, as errors, and where the dependencies are.
set(TRANSXSSM_STRICT ${TRANSXSSM_WARNINGS} -Werror)
set(TRANSXSSM_SYNTAX_FLAGS -std=c++20 -fsyntax-only ${TRANSXSSM_STRICT} "-I${PROJECT_SOURCE_DIR}/include")
foreach(dependency IN ITEMS Eigen3::Eigen doctest::doctest Boost::headers nlohmann_json::nlohmann_json)
  get_target_property(folders ${dependency} INTERFACE_INCLUDE_DIRECTORIES)
  foreach(folder IN LISTS folders)
    if(NOT folder IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
      list(APPEND TRANSXSSM_SYNTAX_FLAGS -isystem "${folder}")
    endif()
  endforeach()
endforeach()

# Files of ours that the second compiler has to take as well, all at once: the entry syntax/<name> of ctest.
function(transxssm_syntax_test name)
  if(NOT TRANSXSSM_SECOND_COMPILER)
    return()
  endif()
  list(TRANSFORM ARGN REPLACE "(.+)" "#include \"\\1\"\n" OUTPUT_VARIABLE includes)
  string(JOIN "" text ${includes})
  file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}_syntax.cpp" CONTENT "${text}")
  add_test(NAME syntax/${name} COMMAND "${TRANSXSSM_SECOND_COMPILER}" ${TRANSXSSM_SYNTAX_FLAGS} -Wno-shadow
           "-I${CMAKE_CURRENT_SOURCE_DIR}" "${CMAKE_CURRENT_BINARY_DIR}/${name}_syntax.cpp")
  set_tests_properties(syntax/${name} PROPERTIES LABELS syntax)
endfunction()
