# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT

# Sets `result` to the major.minor.patch that version.hpp defines.
function(transxssm_version result header)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
  set(numbers "")
  foreach(part IN ITEMS MAJOR MINOR PATCH)
    file(STRINGS "${header}" line REGEX "^#define TRANSXSSM_VERSION_${part} +[0-9]+$")
    if(NOT line MATCHES "([0-9]+)$")
      message(FATAL_ERROR "${header} does not define TRANSXSSM_VERSION_${part}")
    endif()
    list(APPEND numbers ${CMAKE_MATCH_1})
  endforeach()
  list(JOIN numbers "." version)
  set(${result} "${version}" PARENT_SCOPE)
endfunction()
