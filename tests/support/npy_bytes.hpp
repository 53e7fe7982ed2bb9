#pragma once

// Writes .npy arrays for tests.

#include <cstdint>
#include <string>

namespace hindcast::test {

/// An array whose header is `text`, whatever it says, in the given version of the format.
inline std::string npy_with_text(const std::string& text, const std::string& data,
                                 unsigned version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (unsigned i = 0; i < (version == 1 ? 2U : 4U); ++i) {
    bytes += static_cast<char>((text.size() >> (8 * i)) & 0xFFU);
  }
  return bytes + text + data;
}

/// An array as NumPy writes it: npy_of("<f4", "(2,)", ...).
inline std::string npy_of(const std::string& descr, const std::string& shape,
                          const std::string& data, bool fortran_order = false) {
  const std::string order = fortran_order ? "True" : "False";
  return npy_with_text(
      "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }   \n",
      data);
}

}  // namespace hindcast::test
