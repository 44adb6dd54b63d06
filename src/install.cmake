# What `cmake --install` puts where: the libraries, the headers, the data set descriptions and recipes, and what
# CMake and pkg-config need to find them. The shared library needs nothing else to be linked; the archive
# needs all that it was built with, which the package looks for only when the component `static` is asked for.
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/dltrain)
if(TARGET dltrain_shared)
    install(TARGETS dltrain_shared EXPORT dltrain-shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(EXPORT dltrain-shared NAMESPACE dltrain:: DESTINATION ${package_directory})
endif()
install(TARGETS dltrain_static EXPORT dltrain-static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT dltrain-static NAMESPACE dltrain:: DESTINATION ${package_directory})

configure_package_config_file(dltrain-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/dltrain-config.cmake
    INSTALL_DESTINATION ${package_directory} PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/dltrain-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/dltrain-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/dltrain-config-version.cmake DESTINATION ${package_directory})

# The pkg-config file finds its prefix from its own place, so that an installed tree can be moved.
file(RELATIVE_PATH DLT_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" DLT_PC_PREFIX ${DLT_PC_PREFIX})
set(private_libraries -lm)
foreach(library IN LISTS HDF5_C_LIBRARIES DLT_ONEDNN_TARGET MPI_C_LIBRARIES CMAKE_THREAD_LIBS_INIT)
    string(APPEND private_libraries " ${library}")
endforeach()
configure_file(dltrain.pc.in ${CMAKE_CURRENT_BINARY_DIR}/dltrain.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/dltrain.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/dltrain DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/datasets ${CMAKE_SOURCE_DIR}/launch/recipes
    DESTINATION ${CMAKE_INSTALL_DATADIR}/dltrain)

# Launch scripts; setup and quickstart build, so they stay in the source tree.
file(GLOB launch_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/launch/*)
list(FILTER launch_scripts EXCLUDE REGEX "/(setup|quickstart|recipes|pictures|[A-Za-z]*\\.md|common\\.sh|[a-z-]*\\.awk)$")
install(PROGRAMS ${launch_scripts} DESTINATION ${CMAKE_INSTALL_DATADIR}/dltrain/launch)
file(GLOB launch_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/launch/common.sh ${CMAKE_SOURCE_DIR}/launch/*.awk)
install(FILES ${launch_files} DESTINATION ${CMAKE_INSTALL_DATADIR}/dltrain/launch)

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DMANIFEST=${CMAKE_BINARY_DIR}/install_manifest.txt
    -P ${CMAKE_CURRENT_SOURCE_DIR}/uninstall.cmake)

# The workloads of `dltrain bench`.
file(GLOB bench_workloads CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*.yaml)
install(FILES ${bench_workloads} DESTINATION ${CMAKE_INSTALL_DATADIR}/dltrain/bench)
