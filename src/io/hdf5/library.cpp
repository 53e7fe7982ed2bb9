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

herr_t note_want_of_memory(unsigned /*depth*/, const H5E_error2_t* error, void* user) {
  if (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC) {
    *static_cast<bool*>(user) = true;
  }
  return 0;
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

void prepare_library_once() {
  // Whoever is second waits, and forks no process in which the first would never be done.
  static std::once_flag prepared;
  std::call_once(prepared, [] { const LibrarySession session; });
}

bool ran_out_of_memory() {
  bool found = false;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_want_of_memory, &found);
  return found;
}

}  // namespace hindcast::io::hdf5
