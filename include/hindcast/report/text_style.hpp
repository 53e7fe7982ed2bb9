#pragma once

#include <cstddef>

namespace hindcast::report {

/// What the place that a text is for can show.
struct TextStyle {
  std::size_t width = 0;  ///< Columns; 0: as many as the text needs.
  bool ascii = false;     ///< No character beyond ASCII.
  bool colour = false;    ///< Colours by escape sequences of ECMA-48.
};

}  // namespace hindcast::report
