# What CPack makes of an installation: the Debian packages hindcast and libhindcast-dev.

set(HINDCAST_MAINTAINER "The hindcast authors <maintainers@hindcast.invalid>" CACHE STRING
  "Whom the Debian packages name")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hindcast)
set(CPACK_PACKAGE_VENDOR "The hindcast authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # Each package has its own.
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${HINDCAST_MAINTAINER}")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME hindcast)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
# The smallest of those that do; any runs without threads of its own.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS "libopenblas0-serial | libopenblas0")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
"tell how well a network learned from its checkpoints
Reads the checkpoints that a training run left behind, of PyTorch, Keras,
safetensors, ONNX, NumPy or HDF5, and says layer by layer how well the
network learned: effective rank, condition, knowledge gain, rotation from the
initialisation, and the learning rates RMSGD would have prescribed. Judges
runs by rules, also against a baseline, and writes tables, JSON, CSV and HTML.")

# What the static library was compiled for, see target_link_libraries.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libhindcast-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
string(CONCAT CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libaec-dev, libeigen3-dev (>= 3.4), libfmt-dev (>= 9), libhdf5-dev, liblzf-dev, "
  "libopenblas-serial-dev | libopenblas-dev, libtbb-dev, libutf8proc-dev, nettle-dev, zlib1g-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
"layer metrics from a network's checkpoints - static library
The library beneath hindcast: reads checkpoints of any format, unfolds their
tensors, and measures spectra, effective rank and layer rotation. With
headers, a package for CMake's find_package and one for pkg-config.")

set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/tools/packaging/finish_debian_trees.cmake")
set(CPACK_HINDCAST_SOURCE_DIR "${PROJECT_SOURCE_DIR}")
set(CPACK_HINDCAST_UPLOT_LICENSE "${UPLOT_DIR}/LICENSE")

include(CPack)
