#include "hindcast/tensor/layout.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast::tensor {

Layout Layout::parse(std::string_view letters) {
  const auto count = [&](char letter) { return std::ranges::count(letters, letter); };
  const bool known = letters.find_first_not_of("OIMDHWE") == std::string_view::npos;
  const bool one_kind_of_output = (count('O') > 0) != (count('M') > 0);
  const bool others_once = std::ranges::all_of(std::string_view("DHWE"),
                                               [&](char letter) { return count(letter) <= 1; });
  if (!known || count('I') == 0 || !one_kind_of_output || !others_once) {
    throw Error(
        ErrorCode::usage,
        fmt::format("'{}' is not a layout; give one letter an axis: O output, I input, M "
                    "depth multiplier, D H W kernel, E experts, such as OIHW, HWIO, HWIM, OI or IO",
                    printable(letters)));
  }
  return Layout(std::string(letters));
}

Axis Layout::axis(std::size_t index) const {
  switch (letters_.at(index)) {
    case 'O':
      return Axis::out;
    case 'I':
      return Axis::in;
    case 'M':
      return Axis::multiplier;
    case 'E':
      return Axis::expert;
    default:
      return Axis::kernel;
  }
}

bool Layout::is_convolution() const noexcept {
  return letters_.find_first_of("DHW") != std::string::npos;
}

Layout Layout::without_experts() const {
  std::string rest = letters_;
  std::erase(rest, 'E');
  return Layout(std::move(rest));
}

bool Layout::is_depthwise() const noexcept {
  return letters_.find('M') != std::string::npos;
}

}  // namespace hindcast::tensor
