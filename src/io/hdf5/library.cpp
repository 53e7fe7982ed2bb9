#include "io/hdf5/library.hpp"

#include "hindcast/base/error.hpp"

#include "io/hdf5/lzf_filter.hpp"

namespace hindcast::io::hdf5 {
namespace {

std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

bool prepare_library() {
  // Plug-ins are code from a directory that an environment variable names, and the public ones
  // trust sizes inside the chunks they decode.
  return H5open() >= 0 && H5PLset_loading_state(0) >= 0 && register_lzf_filter();
}

}  // namespace

LibrarySession::LibrarySession() : lock_(library_mutex()) {
  H5Eget_auto2(H5E_DEFAULT, &print_errors_, &print_errors_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static const bool prepared = prepare_library();
  if (!prepared) {
    throw Error(ErrorCode::unsupported, "the HDF5 library cannot be set up");
  }
}

LibrarySession::~LibrarySession() {
  H5Eset_auto2(H5E_DEFAULT, print_errors_, print_errors_data_);
}

}  // namespace hindcast::io::hdf5
