# What `cmake --install` puts where.
#
# Components: program (the command, its schemas, manual and notices), development (the static
# library, its headers, and what CMake and pkg-config want to know), and portable (as program, but
# without shared libraries: only where it is asked for by name, see tools/packaging/pack.sh).

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/hindcast")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(generated_dir "${PROJECT_BINARY_DIR}/generated/install")

# Debian's packages whose code is in the program: in every program by their headers or as HDF5's
# static library, and in one without shared libraries all the others, too.
set(compiled_in libcli11-dev libeigen3-dev libhdf5-dev libspectra-dev nlohmann-json3-dev)
set(linked_statically libaec-dev libc6-dev libfmt-dev libgcc-12-dev libgfortran-12-dev liblzf-dev
  libopenblas-serial-dev libstdc++-12-dev libtbb-dev libutf8proc-dev nettle-dev zlib1g-dev)

# OPTIONAL, for systems other than Debian; the tests of the packages miss what is missing.
function(install_notices component)
  set(notices "${CMAKE_INSTALL_DATADIR}/doc/hindcast/third_party")
  install(FILES "${UPLOT_DIR}/LICENSE" DESTINATION "${notices}" RENAME uplot
    COMPONENT ${component} ${ARGN})
  set(packages ${compiled_in})
  if(component STREQUAL "portable")
    list(APPEND packages ${linked_statically})
  endif()
  foreach(package IN LISTS packages)
    install(FILES "/usr/share/doc/${package}/copyright" DESTINATION "${notices}" RENAME ${package}
      COMPONENT ${component} OPTIONAL ${ARGN})
  endforeach()
endfunction()

# A whole build writes them (hindcast_manual_files); a program that was built alone is installed
# without. The tests of the packages miss what is missing.
function(install_manual component)
  set(manual "${HINDCAST_MANUAL_DIR}")
  install(DIRECTORY "${manual}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1"
    COMPONENT ${component} OPTIONAL ${ARGN})
  install(DIRECTORY "${manual}/bash/"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
    COMPONENT ${component} OPTIONAL ${ARGN})
  install(DIRECTORY "${manual}/zsh/" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions"
    COMPONENT ${component} OPTIONAL ${ARGN})
  install(DIRECTORY "${manual}/fish/"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d"
    COMPONENT ${component} OPTIONAL ${ARGN})
endfunction()

function(install_data component)
  file(GLOB schemas CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*/*.schema.json")
  install(FILES ${schemas} DESTINATION "${CMAKE_INSTALL_DATADIR}/hindcast/schemas"
    COMPONENT ${component} ${ARGN})
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/hindcast" COMPONENT ${component} ${ARGN})
  install_notices(${component} ${ARGN})
  install_manual(${component} ${ARGN})
endfunction()

install(TARGETS hindcast RUNTIME COMPONENT program)
install_data(program)
if(HINDCAST_STATIC)
  install(TARGETS hindcast_static RUNTIME COMPONENT portable EXCLUDE_FROM_ALL)
  install_data(portable EXCLUDE_FROM_ALL)
endif()

install(TARGETS hindcast_library EXPORT hindcast_targets
  ARCHIVE COMPONENT development
  LIBRARY COMPONENT development
  FILE_SET HEADERS COMPONENT development)
install(EXPORT hindcast_targets NAMESPACE hindcast:: FILE hindcast-targets.cmake
  DESTINATION "${package_dir}" COMPONENT development)
configure_package_config_file(tools/cmake/hindcast-config.cmake.in
  "${generated_dir}/hindcast-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${generated_dir}/hindcast-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${generated_dir}/hindcast-config.cmake"
  "${generated_dir}/hindcast-config-version.cmake"
  DESTINATION "${package_dir}" COMPONENT development)

# The prefix is where the file turns out to be.
file(RELATIVE_PATH PREFIX_FROM_PC "/prefix/${pkgconfig_dir}" "/prefix")
string(REGEX REPLACE "/$" "" PREFIX_FROM_PC "${PREFIX_FROM_PC}")
list(JOIN LAPACK_LIBRARIES " " lapack)
list(JOIN HDF5_LIBRARIES " " hdf5)
set(PRIVATE_LIBRARIES "${lapack} ${hdf5} ${LZF_LIBRARY}")
configure_file(tools/cmake/hindcast.pc.in "${generated_dir}/hindcast.pc" @ONLY)
install(FILES "${generated_dir}/hindcast.pc" DESTINATION "${pkgconfig_dir}" COMPONENT development)
