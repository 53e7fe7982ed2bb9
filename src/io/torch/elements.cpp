// Tensors as views of storages: https://pytorch.org/docs/stable/tensor_view.html

#include "io/torch/elements.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/checked.hpp"
#include "io/container/elements.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io::torch {
namespace {

using Bytes = std::span<const std::byte>;

bool is_contiguous(const Elements& elements) {
  std::uint64_t expected = 1;
  for (std::size_t axis = elements.shape.size(); axis > 0; --axis) {
    const std::uint64_t extent = elements.shape[axis - 1];
    if (extent != 1 && elements.strides[axis - 1] != expected) {
      return false;
    }
    expected *= extent;
  }
  return true;
}

/// Walks over the elements of a view in row-major order.
class Odometer {
 public:
  explicit Odometer(const Elements& elements)
      : elements_(elements), digits_(elements.shape.size()), position_(elements.first) {}

  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

  void advance() {
    for (std::size_t axis = digits_.size(); axis > 0; --axis) {
      const std::size_t i = axis - 1;
      position_ += elements_.strides[i];
      if (++digits_[i] < elements_.shape[i]) {
        return;
      }
      position_ -= elements_.strides[i] * elements_.shape[i];
      digits_[i] = 0;
    }
  }

 private:
  const Elements& elements_;
  std::vector<std::uint64_t> digits_;
  std::uint64_t position_;
};

void gather(Bytes storage, const Elements& elements, std::span<double> out) {
  constexpr std::size_t kBlock = 4096;
  const std::size_t width = elements.element_bytes;
  std::vector<std::byte> block(std::min(kBlock, out.size()) * width);
  Odometer odometer(elements);
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t count = std::min(kBlock, out.size() - done);
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(block.data() + (i * width), storage.data() + (odometer.position() * width),
                  width);
      odometer.advance();
    }
    decode_elements(Bytes(block).first(count * width), elements.dtype, elements.order,
                    out.subspan(done, count));
    done += count;
  }
}

// Python 3 writes bytes in protocol 2 as a text of the characters U+0000 to U+00FF, in UTF-8.
std::vector<std::byte> from_latin1(Bytes text, std::uint64_t expected) {
  std::vector<std::byte> bytes;
  bytes.reserve(expected);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto value = std::to_integer<unsigned>(text[i]);
    if (value >= 0x80) {
      const bool leads = (value == 0xC2 || value == 0xC3) && i + 1 < text.size();
      const unsigned next = leads ? std::to_integer<unsigned>(text[++i]) : 0;
      if (next >> 6U != 2) {
        throw Error(ErrorCode::malformed, "its values are not bytes written as Latin-1");
      }
      value = ((value & 0x03U) << 6U) | (next & 0x3FU);
    }
    bytes.push_back(static_cast<std::byte>(value));
  }
  if (bytes.size() != expected) {
    throw Error(ErrorCode::malformed,
                fmt::format("its shape takes {} bytes, it has {}", expected, bytes.size()));
  }
  return bytes;
}

void read_from(Bytes storage, const Elements& elements, std::span<double> out) {
  if (out.empty()) {
    return;
  }
  if (is_contiguous(elements)) {
    const Bytes bytes = storage.subspan(elements.first * elements.element_bytes,
                                        out.size() * elements.element_bytes);
    decode_elements(bytes, elements.dtype, elements.order, out);
  } else {
    gather(storage, elements, out);
  }
}

// How many elements lie from the first to the last, both included.
std::uint64_t spanned(const Elements& elements) {
  const std::uint64_t stored = elements.storage->size() / elements.element_bytes;
  if (elements.first >= stored) {
    throw Error(ErrorCode::malformed,
                fmt::format("begins at element {} of a storage of {}", elements.first, stored));
  }
  std::uint64_t left = stored - elements.first - 1;
  for (std::size_t axis = 0; axis < elements.shape.size(); ++axis) {
    const std::uint64_t reach = checked_mul(elements.shape[axis] - 1, elements.strides[axis]);
    if (reach > left) {
      throw Error(ErrorCode::malformed,
                  fmt::format("reaches beyond the {} elements of its storage", stored));
    }
    left -= reach;
  }
  return stored - elements.first - left;
}

std::vector<double> all_of(const Elements& elements) {
  std::vector<double> values(element_count(elements.shape));
  read_elements(elements, values);
  return values;
}

void dequantise(const Quantisation& quantisation, std::span<const std::uint64_t> shape,
                std::span<double> out) {
  if (out.empty()) {
    return;
  }
  if (!quantisation.scales) {
    for (double& value : out) {
      value = (value - quantisation.zero_point) * quantisation.scale;
    }
    return;
  }
  const std::vector<double> scales = all_of(*quantisation.scales);
  const std::vector<double> zero_points = all_of(*quantisation.zero_points);
  const std::uint64_t inner = element_count(shape.subspan(quantisation.axis + 1));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t channel = i / inner % scales.size();
    out[i] = (out[i] - zero_points[channel]) * scales[channel];
  }
}

}  // namespace

std::span<const std::byte> Storage::bytes() const {
  if (member_ != nullptr && !checked_.load()) {
    static_cast<void>(ZipContent(*member_, member_->size));
    checked_.store(true);
  }
  return bytes_;
}

std::vector<std::uint64_t> contiguous_strides(std::span<const std::uint64_t> shape) {
  std::vector<std::uint64_t> strides(shape.size());
  std::uint64_t stride = 1;
  for (std::size_t axis = shape.size(); axis > 0; --axis) {
    strides[axis - 1] = stride;
    stride = checked_mul(stride, shape[axis - 1]);
  }
  return strides;
}

std::vector<std::uint64_t> fortran_strides(std::span<const std::uint64_t> shape) {
  const std::vector<std::uint64_t> reversed(shape.rbegin(), shape.rend());
  std::vector<std::uint64_t> strides = contiguous_strides(reversed);
  std::ranges::reverse(strides);
  return strides;
}

void require_within(const Elements& elements, const Limits& limits) {
  const std::uint64_t count = element_count(elements.shape);
  if (count > limits.tensor_values) {
    throw Error(ErrorCode::limit_exceeded, fmt::format("has {} values, the limit is {}{}", count,
                                                       limits.tensor_values, kRaiseTensorValues));
  }
  if (count != 0) {
    static_cast<void>(spanned(elements));
  }
}

std::uint64_t spanned_bytes(const Elements& elements) {
  return element_count(elements.shape) == 0 ? 0 : spanned(elements) * elements.element_bytes;
}

void read_elements(const Elements& elements, std::span<double> out) {
  const Bytes storage = elements.storage->bytes();
  if (!elements.latin1_in_utf8) {
    read_from(storage, elements, out);
    return;
  }
  const std::uint64_t expected = out.size() * elements.element_bytes;
  read_from(from_latin1(storage, expected), elements, out);
}

std::optional<std::span<const std::byte>> plain_bytes(const Values& values) {
  const Elements& elements = values.elements;
  const bool is_plain = !values.negated && !values.conjugated && !values.quantisation &&
                        !elements.latin1_in_utf8 && elements.order == std::endian::little &&
                        is_contiguous(elements);
  const std::uint64_t count = element_count(elements.shape);
  if (!is_plain || count == 0) {
    return std::nullopt;
  }
  return elements.storage->bytes().subspan(elements.first * elements.element_bytes,
                                           count * elements.element_bytes);
}

void read_values(const Values& values, std::span<double> out) {
  read_elements(values.elements, out);
  if (values.negated) {
    std::ranges::transform(out, out.begin(), [](double value) { return -value; });
  }
  if (values.quantisation) {
    dequantise(*values.quantisation, values.elements.shape, out);
  }
}

}  // namespace hindcast::io::torch
