#include <algorithm>
#include <cmath>

#include "spectral/gram.hpp"
#include "spectral/in_tiles.hpp"
#include "spectral/lanczos.hpp"
#include "spectral/of_gram.hpp"
#include "spectral/partial.hpp"

namespace hindcast::spectral {
namespace {

// Up to this order one product with all of the Gram matrix is cheaper than its several dozen
// products with a vector by way of the matrix itself, which read all of it from memory each time.
constexpr Eigen::Index kLargestGram = 1024;

std::optional<double> root(const std::optional<double>& eigenvalue, double scale) {
  return eigenvalue ? std::optional(scale * std::sqrt(std::max(*eigenvalue, 0.0))) : std::nullopt;
}

std::optional<double> by_gram(const Gram& gram) {
  const Eigen::Index size = gram.lower.rows();
  const Operator multiply = [&](const double* x_in, double* y_out) {
    const Eigen::Map<const Eigen::VectorXd> x(x_in, size);
    Eigen::Map<Eigen::VectorXd> y(y_out, size);
    y.noalias() = gram.lower.selfadjointView<Eigen::Lower>() * x;
  };
  return root(largest_eigenvalue(multiply, size), gram.scale);
}

// Products with W W^T (or W^T W, whichever is smaller) without forming it. The long side is cut
// into blocks that are used for both products while they are in the cache; what they add to the
// result is summed in their order, whoever computed it.
class Products {
 public:
  Products(const MatrixView& matrix, double unit)
      : matrix_(matrix),
        unit_(unit),
        wide_(matrix.rows() <= matrix.cols()),
        size_(std::min(matrix.rows(), matrix.cols())),
        length_(std::max(matrix.rows(), matrix.cols())),
        width_(std::max<Eigen::Index>(kBlockValues / size_, 1)),
        parts_(size_, (length_ + width_ - 1) / width_) {}

  void operator()(const double* x_in, double* y_out) {
    const Eigen::Map<const Eigen::VectorXd> x(x_in, size_);
    const Eigen::VectorXd scaled = unit_ * x;
    for_each_tile(static_cast<std::size_t>(parts_.cols()),
                  [&](std::size_t i) { add_block(static_cast<Eigen::Index>(i), scaled); });
    Eigen::Map<Eigen::VectorXd> y(y_out, size_);
    y = parts_.rowwise().sum();
  }

 private:
  static constexpr Eigen::Index kBlockValues = 1 << 17;

  void add_block(Eigen::Index i, const Eigen::VectorXd& x) {
    const Eigen::Index begin = i * width_;
    const Eigen::Index width = std::min(width_, length_ - begin);
    if (wide_) {
      const auto block = matrix_.middleCols(begin, width);
      const Eigen::VectorXd inner = block.transpose() * x;
      parts_.col(i).noalias() = block * (unit_ * inner);
    } else {
      const auto block = matrix_.middleRows(begin, width);
      const Eigen::VectorXd inner = block * x;
      parts_.col(i).noalias() = block.transpose() * (unit_ * inner);
    }
  }

  const MatrixView& matrix_;
  double unit_;
  bool wide_;
  Eigen::Index size_;
  Eigen::Index length_;
  Eigen::Index width_;
  Eigen::MatrixXd parts_;
};

std::optional<double> by_products(const MatrixView& matrix, int exponent) {
  Products products(matrix, std::ldexp(1.0, -exponent));
  const Operator multiply = [&](const double* x, double* y) { products(x, y); };
  const Eigen::Index size = std::min(matrix.rows(), matrix.cols());
  return root(largest_eigenvalue(multiply, size), std::ldexp(1.0, exponent));
}

}  // namespace

std::optional<double> spectral_norm(const MatrixView& matrix) {
  const double largest_entry = matrix.size() == 0 ? 0.0 : matrix.cwiseAbs().maxCoeff();
  if (largest_entry == 0.0) {
    return 0.0;
  }
  if (std::min(matrix.rows(), matrix.cols()) == 1) {
    return matrix.stableNorm();
  }
  int exponent = 0;
  std::frexp(largest_entry, &exponent);
  // Entries at the ends of the range of double need the Gram matrix's care whatever its size.
  const bool is_moderate = std::abs(exponent) < 1000;
  return std::min(matrix.rows(), matrix.cols()) > kLargestGram && is_moderate
             ? by_products(matrix, exponent)
             : by_gram(gram_of(matrix));
}

std::optional<double> spectral_norm(const Gram& gram) {
  return gram.lower.rows() == 1 ? gram.scale * std::sqrt(gram.energy) : by_gram(gram);
}

}  // namespace hindcast::spectral
