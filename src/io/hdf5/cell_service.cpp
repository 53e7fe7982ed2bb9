#include "io/hdf5/cell_service.hpp"

#include <optional>

#include "io/hdf5/contents.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/file_image.hpp"
#include "io/hdf5/library.hpp"
#include "io/hdf5/links.hpp"
#include "io/hdf5/wire.hpp"

namespace hindcast::io::hdf5 {
namespace {

// The window as numbers. It starts at a page, so they are aligned.
std::span<double> numbers(std::span<std::byte> window) {
  return {reinterpret_cast<double*>(window.data()), window.size() / sizeof(double)};
}

void answer(const FileImage& image, const Question& question, const Limits& limits,
            sandbox::Channel& channel) {
  if (!question.source) {
    channel.send_all(encode_contents(read_contents(image.id(), limits)));
    return;
  }
  const Object dataset = open_object(image.id(), question.source->address);
  read_in_pieces(dataset.get(), question.source->element, question.values,
                 numbers(channel.window()),
                 [&](std::size_t count) { channel.send(count * sizeof(double)); });
}

}  // namespace

void serve_file(std::span<const std::byte> file, const Limits& limits, sandbox::Channel& channel) {
  std::optional<FileImage> image;
  std::optional<LibrarySession> session;
  channel.serve([&](std::span<const std::byte> request) {
    if (!session) {
      session.emplace();
    }
    if (!image) {
      image.emplace(file);
    }
    answer(*image, decode_question(request), limits, channel);
  });
}

}  // namespace hindcast::io::hdf5
