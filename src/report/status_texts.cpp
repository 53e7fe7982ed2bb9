#include "report/status_texts.hpp"

#include <algorithm>
#include <array>

namespace hindcast::report {
namespace {

constexpr std::array kTexts = {
    StatusText{.name = "ok", .meaning = "Everything that was asked for was measured."},
    StatusText{.name = "zero",
               .meaning =
                   "Every weight of the layer is 0. Its ranks, gain and condition are 0, and "
                   "directions, such as its rotation, are missing."},
    StatusText{.name = "non_finite",
               .meaning = "There is NaN or infinity among the weights. Nothing is measured, and "
                          "every number of the layer is missing."},
    StatusText{.name = "below_resolution",
               .meaning =
                   "The smallest singular value is lost in rounding: it is missing, and with "
                   "it the condition number."},
    StatusText{.name = "near_resolution",
               .meaning = "The smallest singular value is so near to the rounding of the solver "
                          "that it and the condition number have few correct digits. All other "
                          "numbers are as good as ever."},
    StatusText{.name = "dead_filter",
               .meaning = "A row of the layer is so small that the answer of the published "
                          "optimiser's own minimiser is undefined: its numbers, of the "
                          "reference, mean nothing here."},
    StatusText{.name = "not_certified",
               .meaning =
                   "The partial solver could not prove a value from the singular values that "
                   "it has, so it gives none. --solver dense gives it."},
    StatusText{.name = "partial",
               .meaning = "The partial solver was used: what needs every singular value, such as "
                          "the effective rank, is missing. --solver dense gives it."},
};

}  // namespace

std::span<const StatusText> status_texts() noexcept {
  return kTexts;
}

const StatusText* find_status_text(std::string_view name) noexcept {
  const auto* const place = std::ranges::find(kTexts, name, &StatusText::name);
  return place == kTexts.end() ? nullptr : place;
}

}  // namespace hindcast::report
