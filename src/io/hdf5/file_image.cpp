// libhdf5 on a mapped file: the core driver with a file image whose "allocations" are the mapping.
// https://docs.hdfgroup.org/documentation/hdf5/latest/_f_i_l_e__i_m_a_g_e__o_p_s.html
//
// The driver asks for memory of the image's size, copies the image there and frees it again, once
// for the property list, once for each copy of the list and once for the file. Every time it gets
// the mapping itself, so that the copies have nothing to do. The file is opened read-only, so the
// mapping is never written to.

#include "io/hdf5/file_image.hpp"

#include <atomic>
#include <cstdint>
#include <new>
#include <string>

#include <fmt/format.h>

#include "io/hdf5/library.hpp"

namespace hindcast::io::hdf5 {
namespace {

using Bytes = std::span<const std::byte>;

// Without a backing file the driver never allocates by this; it only must not be zero.
constexpr std::size_t kIncrement = 65'536;

// Of the chunks of an open dataset. Values are read piece by piece, and a chunk that two pieces
// share should be decoded once. The first is a prime, as libhdf5 asks for; the last makes it drop
// those chunks first that were read to their end.
constexpr std::size_t kCachedChunks = 4099;
constexpr std::size_t kChunkCacheBytes = std::size_t{256} << 20U;
constexpr double kDropReadChunks = 1.0;

void* mutable_data(Bytes bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): libhdf5 takes no pointer to const.
  return const_cast<std::byte*>(bytes.data());
}

void* image_malloc(std::size_t size, H5FD_file_image_op_t /*op*/, void* user) {
  const Bytes bytes = *static_cast<const Bytes*>(user);
  return size == bytes.size() ? mutable_data(bytes) : nullptr;
}

void* image_memcpy(void* to, const void* from, std::size_t /*size*/, H5FD_file_image_op_t /*op*/,
                   void* /*user*/) {
  return to == from ? to : nullptr;
}

void* image_realloc(void* /*memory*/, std::size_t /*size*/, H5FD_file_image_op_t /*op*/,
                    void* /*user*/) {
  return nullptr;  // Only a file that is written to grows.
}

herr_t image_free(void* /*memory*/, H5FD_file_image_op_t /*op*/, void* /*user*/) {
  return 0;
}

void* user_copy(void* user) {
  return user;
}

herr_t user_free(void* /*user*/) {
  return 0;
}

// libhdf5 takes two images of one name for one file, so no name is used twice, not even after its
// image is gone: of a damaged file the library may keep something. It also tries to open the name,
// to be sure that no such file exists; nothing can exist below this one.
std::string new_name() {
  static std::atomic<std::uint64_t> images = 0;
  return fmt::format("/dev/null/image-{}", images++);
}

File open_image(const Bytes& bytes) {
  const PropertyList access(H5Pcreate(H5P_FILE_ACCESS), "cannot prepare to open the file");
  H5FD_file_image_callbacks_t callbacks = {
      .image_malloc = image_malloc,
      .image_memcpy = image_memcpy,
      .image_realloc = image_realloc,
      .image_free = image_free,
      .udata_copy = user_copy,
      .udata_free = user_free,
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the callbacks above only read it.
      .udata = const_cast<Bytes*>(&bytes),
  };
  if (H5Pset_fapl_core(access.get(), kIncrement, false) < 0 ||
      H5Pset_cache(access.get(), 0, kCachedChunks, kChunkCacheBytes, kDropReadChunks) < 0 ||
      H5Pset_file_image_callbacks(access.get(), &callbacks) < 0 ||
      H5Pset_file_image(access.get(), mutable_data(bytes), bytes.size()) < 0) {
    throw Error(ErrorCode::malformed, "cannot prepare to open the file");
  }
  const hid_t file = H5Fopen(new_name().c_str(), H5F_ACC_RDONLY, access.get());
  if (file < 0 && ran_out_of_memory()) {
    throw std::bad_alloc();
  }
  return {file, "corrupt HDF5 file"};
}

}  // namespace

FileImage::FileImage(std::span<const std::byte> bytes)
    : bytes_(std::make_unique<const Bytes>(bytes)), file_(open_image(*bytes_)) {}

}  // namespace hindcast::io::hdf5
