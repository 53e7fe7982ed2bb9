#include "hindcast/version.hpp"

#include <CLI/Version.hpp>
#include <Eigen/Core>
#include <Spectra/Util/Version.h>
#include <fmt/format.h>
#include <hdf5.h>
#include <nlohmann/json.hpp>
#include <tbb/version.h>

#include "hindcast_commit.hpp"
#include "spectral/blas_kernels.hpp"

namespace hindcast {
namespace {

std::string hdf5_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace

std::string_view version() noexcept {
  return HINDCAST_VERSION;
}

std::string version_report() {
  return fmt::format(
      "hindcast {} (commit {})\n"
      "HDF5 {}, Eigen {}.{}.{}, Spectra {}.{}.{}, nlohmann_json {}.{}.{}, CLI11 {}, fmt {}.{}.{}, "
      "oneTBB {}, LAPACK {}\n",
      version(), HINDCAST_COMMIT, hdf5_version(), EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION,
      EIGEN_MINOR_VERSION, SPECTRA_MAJOR_VERSION, SPECTRA_MINOR_VERSION, SPECTRA_PATCH_VERSION,
      NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH,
      CLI11_VERSION, FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100,
      TBB_runtime_version(), spectral::kernels_description());
}

}  // namespace hindcast
