#include "io/hdf5/in_process_file.hpp"

#include <new>

#include "io/hdf5/dataset.hpp"
#include "io/hdf5/file_image.hpp"
#include "io/hdf5/library.hpp"
#include "io/hdf5/links.hpp"

namespace hindcast::io::hdf5 {
namespace {

// One file must not cost the run its other files.
template <typename Body>
decltype(auto) or_short_of_memory(Body&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::limit_exceeded, "needs more memory than there is");
  }
}

class InProcessFile final : public OpenedFile {
 public:
  InProcessFile(std::span<const std::byte> bytes, const Limits& limits) : limits_(limits) {
    const LibrarySession session;
    image_ = std::make_unique<const FileImage>(bytes);
  }

  InProcessFile(const InProcessFile&) = delete;
  InProcessFile& operator=(const InProcessFile&) = delete;
  InProcessFile(InProcessFile&&) = delete;
  InProcessFile& operator=(InProcessFile&&) = delete;
  ~InProcessFile() override {
    const LibrarySession session;
    image_.reset();
  }

  Contents contents() override {
    return or_short_of_memory([&] {
      const LibrarySession session;
      return read_contents(image_->id(), limits_);
    });
  }

  void read(const Source& source, std::span<double> out) override {
    or_short_of_memory([&] {
      const LibrarySession session;
      const Object dataset = open_object(image_->id(), source.address);
      read_values(dataset.get(), source.element, out);
    });
  }

 private:
  Limits limits_;
  std::unique_ptr<const FileImage> image_;
};

}  // namespace

std::unique_ptr<OpenedFile> open_in_process(std::span<const std::byte> bytes,
                                            const Limits& limits) {
  return or_short_of_memory([&] { return std::make_unique<InProcessFile>(bytes, limits); });
}

}  // namespace hindcast::io::hdf5
