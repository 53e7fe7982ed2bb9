#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hindcast::statistics {

enum class Coefficient {
  pearson,   ///< Linear.
  spearman,  ///< Pearson's of the ranks; tied values share their mean rank.
  kendall,   ///< tau-b: pairs in the same order less pairs in the opposite one, ties allowed for.
};

inline constexpr std::array kCoefficients = {Coefficient::pearson, Coefficient::spearman,
                                             Coefficient::kendall};

/// The report key.
[[nodiscard]] std::string_view name(Coefficient coefficient) noexcept;

/// Are the values equal but for rounding, so that nothing can correlate with them? Also true of
/// fewer than two.
[[nodiscard]] bool is_constant(std::span<const double> values);

/// Ranks from 1; tied values share the mean of theirs.
[[nodiscard]] std::vector<double> ranks(std::span<const double> values);

/// Two columns made ready for a coefficient of them in any arrangement of the second.
class Pairing {
 public:
  /// `x` and `y` are equally long, finite and not constant. Throws no Error.
  Pairing(Coefficient coefficient, std::span<const double> x, std::span<const double> y);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The coefficient of x[i] with y[order[i]], -1 to 1. `order` is an arrangement of 0 ... size-1.
  [[nodiscard]] double value(std::span<const std::size_t> order) const;

  /// The coefficient of the columns as they are.
  [[nodiscard]] double value() const;

 private:
  [[nodiscard]] double product(std::span<const std::size_t> order) const;
  [[nodiscard]] double concordance(std::span<const std::size_t> order) const;

  Coefficient coefficient_;
  std::size_t size_;
  // Of Pearson and Spearman: centred columns of length 1.
  std::vector<double> x_ = {};
  std::vector<double> y_ = {};
  // Of Kendall: the rows by x, where runs of equal x begin (and end), and y by its order.
  std::vector<std::size_t> by_x_ = {};
  std::vector<std::size_t> ties_of_x_ = {};
  std::vector<std::uint32_t> place_of_y_ = {};
  double untied_in_x_ = 0.0;
  double untied_in_y_ = 0.0;
};

/// The coefficient of two equally long columns of finite values; none where one is constant.
/// Kendall takes O(n log n): Knight, "A computer method for calculating Kendall's tau" (1966).
[[nodiscard]] std::optional<double> correlation(Coefficient coefficient, std::span<const double> x,
                                                std::span<const double> y);

}  // namespace hindcast::statistics
