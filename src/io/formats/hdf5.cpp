// Reader for HDF5: Keras 1, 2 and 3 weight files and full models, PyTorch state dicts dumped with
// h5py, and any other file whose datasets are weights.
//
// https://docs.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
//
// The container is parsed by libhdf5, from the mapped bytes and never from a path. Nothing leads
// out of the file: external links, external raw storage, virtual datasets and plug-ins are refused
// and reported. Order: Keras' layer_names and weight_names, else link creation, else natural order.

#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "io/hdf5/checkpoint.hpp"
#include "io/hdf5/superblock.hpp"

namespace hindcast::io::hdf5 {
namespace {

bool probe(std::span<const std::byte> file) noexcept {
  return find_superblock(file).has_value();
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  return open_checkpoint({.bytes = file->bytes(), .owner = file, .file = file}, limits);
}

}  // namespace
}  // namespace hindcast::io::hdf5

namespace hindcast::io {

extern const Format hdf5_format;
const Format hdf5_format = {
    .id = "hdf5",
    .description = "HDF5: Keras weights and models, h5py dumps of a state dict",
    .reference = "https://docs.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html",
    .probe = hdf5::probe,
    .open = hdf5::open,
};

}  // namespace hindcast::io
