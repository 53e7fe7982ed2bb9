#pragma once

#include <mutex>

#include <hdf5.h>

namespace hindcast::io::hdf5 {

/// The right to call libhdf5, for as long as it lives. Every call of the library, closing handles
/// included, happens while its thread holds one; a thread never holds two.
///
/// While it lives the library prints nothing: its error stacks, and whether they are printed,
/// belong to threads, so silencing the main thread alone would not do. Plug-ins are never loaded,
/// whatever the environment says, and the filters we decode ourselves are registered.
class LibrarySession {
 public:
  LibrarySession();
  LibrarySession(const LibrarySession&) = delete;
  LibrarySession& operator=(const LibrarySession&) = delete;
  LibrarySession(LibrarySession&&) = delete;
  LibrarySession& operator=(LibrarySession&&) = delete;
  ~LibrarySession();

 private:
  // Our own lock, because not every build of libhdf5 has one; those that do serialise anyway.
  std::unique_lock<std::mutex> lock_;
  H5E_auto2_t print_errors_ = nullptr;
  void* print_errors_data_ = nullptr;
};

/// Sets the library up, the first time. Done before a process is forked off that will use it, so
/// that not each of a thousand of them has to.
void prepare_library_once();

/// Did the call of libhdf5 that just failed on this thread fail for want of memory?
[[nodiscard]] bool ran_out_of_memory();

}  // namespace hindcast::io::hdf5
