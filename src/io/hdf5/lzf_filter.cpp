// Decoder for HDF5 filter 32000, LZF, which h5py brings along and libhdf5 does not.
//
// A chunk is one raw LZF block. h5py stores three parameters with the dataset: the revision of the
// filter, the version of LZF and the bytes of a decoded chunk.
// https://github.com/h5py/h5py/blob/master/lzf/README.txt
//
// Checked: the third parameter equals the real size of a chunk (when the dataset is listed) and
// every chunk decodes to exactly that many bytes, because libhdf5 1.10 does not look at the size a
// filter returns and would read past a short one. Not done: encoding.

#include "io/hdf5/lzf_filter.hpp"

#include <limits>
#include <lzf.h>
#include <memory>

#include <fmt/format.h>
#include <hdf5.h>

namespace hindcast::io::hdf5 {
namespace {

constexpr std::size_t kChunkBytesParameter = 2;

struct FreeMemory {
  void operator()(void* memory) const noexcept { H5free_memory(memory); }
};

// The H5Z_func_t contract: returns the size of the new *buffer, or 0 and leaves *buffer alone.
std::size_t decode_lzf(unsigned flags, std::size_t parameter_count, const unsigned* parameters,
                       std::size_t encoded_bytes, std::size_t* buffer_bytes, void** buffer) {
  const bool decoding = (flags & H5Z_FLAG_REVERSE) != 0;
  if (!decoding || parameter_count <= kChunkBytesParameter ||
      encoded_bytes > std::numeric_limits<unsigned>::max()) {
    return 0;
  }
  const unsigned chunk_bytes = parameters[kChunkBytesParameter];
  std::unique_ptr<void, FreeMemory> decoded(H5allocate_memory(chunk_bytes, false));
  if (decoded == nullptr) {
    return 0;
  }
  const unsigned written =
      lzf_decompress(*buffer, static_cast<unsigned>(encoded_bytes), decoded.get(), chunk_bytes);
  if (written != chunk_bytes) {
    return 0;
  }
  H5free_memory(*buffer);
  *buffer = decoded.release();
  *buffer_bytes = chunk_bytes;
  return chunk_bytes;
}

constexpr H5Z_class2_t kLzfClass = {
    .version = H5Z_CLASS_T_VERS,
    .id = kLzfFilter,
    .encoder_present = 0,
    .decoder_present = 1,
    .name = "lzf",
    .can_apply = nullptr,
    .set_local = nullptr,
    .filter = decode_lzf,
};

}  // namespace

bool register_lzf_filter() {
  return H5Zregister(&kLzfClass) >= 0;
}

std::string lzf_objection(std::span<const unsigned> parameters, std::uint64_t chunk_bytes) {
  if (parameters.size() <= kChunkBytesParameter) {
    return "the lzf filter does not state the size of a chunk";
  }
  if (parameters[kChunkBytesParameter] != chunk_bytes) {
    return fmt::format("the lzf filter states chunks of {} bytes, they hold {}",
                       parameters[kChunkBytesParameter], chunk_bytes);
  }
  return {};
}

}  // namespace hindcast::io::hdf5
