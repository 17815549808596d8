# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT

# cmake --install: the headers, and the package that find_package(transxssm) finds.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/transxssm")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/transxssm" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS transxssm EXPORT transxssm)
install(EXPORT transxssm NAMESPACE transxssm:: FILE transxssm-targets.cmake DESTINATION "${package_dir}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/transxssm-config.cmake.in" transxssm-config.cmake
                              INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(transxssm-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/transxssm-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/transxssm-config-version.cmake" DESTINATION "${package_dir}")
