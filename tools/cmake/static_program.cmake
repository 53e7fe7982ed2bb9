# The program without shared libraries, for systems whose libraries are others or older: the objects
# of the program once more, linked with static libraries. Debian has them all but three, which are
# compiled from its source packages (tools/install_dependencies.sh --packages fetches them).

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "HINDCAST_STATIC needs g++: OpenBLAS' archive wants GCC's libgfortran")
endif()
set(HINDCAST_STATIC_SOURCES /usr/local/src/hindcast CACHE PATH
  "Where the sources of oneTBB, fmt and LibLZF are")

function(find_sources variable pattern)
  file(GLOB found LIST_DIRECTORIES TRUE "${HINDCAST_STATIC_SOURCES}/${pattern}")
  list(LENGTH found count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "no ${pattern} in ${HINDCAST_STATIC_SOURCES}, which HINDCAST_STATIC needs; "
      "run tools/install_dependencies.sh --packages")
  endif()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

find_sources(tbb_dir "oneTBB-*")
find_sources(fmt_dir "fmtlib-*")
find_sources(lzf_dir "liblzf-*")

# What looks for oneTBB's companion libraries and for profilers at run time is left out.
file(GLOB tbb_sources "${tbb_dir}/src/tbb/*.cpp")
list(FILTER tbb_sources EXCLUDE REGEX "/itt_notify\\.cpp$")
add_library(hindcast_static_parts STATIC EXCLUDE_FROM_ALL
  ${tbb_sources} "${fmt_dir}/src/format.cc" "${lzf_dir}/lzf_d.c")
set_target_properties(hindcast_static_parts PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
target_compile_options(hindcast_static_parts PRIVATE -w)
set_property(SOURCE ${tbb_sources} APPEND PROPERTY COMPILE_DEFINITIONS
  __TBB_BUILD __TBB_DYNAMIC_LOAD_ENABLED=0 __TBB_SOURCE_DIRECTLY_INCLUDED=1)
# The options of its own build. It asks the processor before it uses these instructions.
set_property(SOURCE ${tbb_sources} APPEND PROPERTY COMPILE_OPTIONS -flifetime-dse=1)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set_property(SOURCE ${tbb_sources} APPEND PROPERTY COMPILE_OPTIONS -mrtm -mwaitpkg)
endif()
target_include_directories(hindcast_static_parts PRIVATE "${tbb_dir}/include" "${fmt_dir}/include"
  "${lzf_dir}")

function(find_archives variable)
  set(archives "")
  foreach(name IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "HINDCAST_STATIC_${name}" cached)
    find_library(${cached} "lib${name}.a" REQUIRED)
    mark_as_advanced(${cached})
    list(APPEND archives "${${cached}}")
  endforeach()
  set(${variable} ${archives} PARENT_SCOPE)
endfunction()

find_archives(archives openblas sz aec z nettle utf8proc)
set(hdf5_archive ${HDF5_LIBRARIES})
list(FILTER hdf5_archive INCLUDE REGEX "/libhdf5\\.a$")

add_executable(hindcast_static $<TARGET_OBJECTS:hindcast>)
set_target_properties(hindcast_static PROPERTIES OUTPUT_NAME hindcast LINKER_LANGUAGE CXX
  RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/static")
# The linker warns of HDF5, which could load filters from shared libraries; hindcast forbids that.
# What is called by weak names is taken from an archive only if it is asked for by name.
target_link_options(hindcast_static PRIVATE -static-pie LINKER:--no-warnings
  LINKER:--undefined=openblas_get_corename LINKER:--undefined=openblas_set_num_threads)
target_link_libraries(hindcast_static PRIVATE $<TARGET_FILE:hindcast_library>
  hindcast_static_parts ${hdf5_archive} ${archives} gfortran quadmath m)
add_dependencies(hindcast_static hindcast_library)
