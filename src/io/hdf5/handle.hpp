#pragma once

#include <string>
#include <utility>

#include <hdf5.h>

#include "hindcast/base/error.hpp"

namespace hindcast::io::hdf5 {

/// Owns one HDF5 identifier and closes it with `Close`. Moves, never copies: HDF5 counts
/// references itself, so two owners would close twice.
template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  /// Takes the result of an H5*open, create or get call; throws Error{malformed} with the message
  /// `what` where HDF5 refused.
  Handle(hid_t id, const std::string& what) : id_(id) {
    if (id_ < 0) {
      throw Error(ErrorCode::malformed, what);
    }
  }

  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) {
      Close(id_);
    }
  }

  [[nodiscard]] hid_t get() const noexcept { return id_; }

 private:
  hid_t id_;
};

using File = Handle<H5Fclose>;
using Object = Handle<H5Oclose>;  ///< A group, a dataset or a committed datatype.
using Dataspace = Handle<H5Sclose>;
using Datatype = Handle<H5Tclose>;
using Attribute = Handle<H5Aclose>;
using PropertyList = Handle<H5Pclose>;

}  // namespace hindcast::io::hdf5
