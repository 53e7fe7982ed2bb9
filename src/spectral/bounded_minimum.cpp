#include "spectral/bounded_minimum.hpp"

#include <cmath>

namespace hindcast::spectral {
namespace {

struct Point {
  double x = 0.0;
  double f = 0.0;
};

double sign_or_one(double value) {
  return value < 0.0 ? -1.0 : 1.0;
}

class Search {
 public:
  Search(Interval interval, double absolute_tolerance)
      : a_(interval.lower), b_(interval.upper), absolute_(absolute_tolerance) {}

  [[nodiscard]] double first() const { return a_ + kGolden * (b_ - a_); }

  void start(Point point) { best_ = second_ = third_ = point; }

  [[nodiscard]] bool done() const {
    return std::abs(best_.x - middle()) <= 2.0 * tolerance() - 0.5 * (b_ - a_);
  }

  // The next place to evaluate.
  [[nodiscard]] double propose() {
    if (std::abs(step_before_) > tolerance() && parabola_step()) {
      const double x = best_.x + step_;
      if (x - a_ < 2.0 * tolerance() || b_ - x < 2.0 * tolerance()) {
        step_ = tolerance() * sign_or_one(middle() - best_.x);
      }
    } else {
      step_before_ = best_.x >= middle() ? a_ - best_.x : b_ - best_.x;
      step_ = kGolden * step_before_;
    }
    // Never evaluate closer than the tolerance to the best point.
    return best_.x + sign_or_one(step_) * std::max(std::abs(step_), tolerance());
  }

  void accept(Point point) {
    if (point.f <= best_.f) {
      (point.x >= best_.x ? a_ : b_) = best_.x;
      third_ = second_;
      second_ = best_;
      best_ = point;
      return;
    }
    (point.x < best_.x ? a_ : b_) = point.x;
    if (point.f <= second_.f || second_.x == best_.x) {
      third_ = second_;
      second_ = point;
    } else if (point.f <= third_.f || third_.x == best_.x || third_.x == second_.x) {
      third_ = point;
    }
  }

  [[nodiscard]] double best() const { return best_.x; }

 private:
  static inline const double kGolden = 0.5 * (3.0 - std::sqrt(5.0));
  static inline const double kRootEpsilon = std::sqrt(2.2e-16);  // SciPy's constant.

  [[nodiscard]] double middle() const { return 0.5 * (a_ + b_); }
  [[nodiscard]] double tolerance() const {
    return kRootEpsilon * std::abs(best_.x) + absolute_ / 3.0;
  }

  // Tries the minimum of the parabola through the three points; true if the step is acceptable.
  bool parabola_step() {
    double r = (best_.x - second_.x) * (best_.f - third_.f);
    double q = (best_.x - third_.x) * (best_.f - second_.f);
    double p = (best_.x - third_.x) * q - (best_.x - second_.x) * r;
    q = 2.0 * (q - r);
    if (q > 0.0) {
      p = -p;
    }
    q = std::abs(q);
    r = step_before_;
    step_before_ = step_;
    if (std::abs(p) >= std::abs(0.5 * q * r) || p <= q * (a_ - best_.x) ||
        p >= q * (b_ - best_.x)) {
      return false;
    }
    step_ = p / q;
    return true;
  }

  double a_;
  double b_;
  double absolute_;
  Point best_;
  Point second_;
  Point third_;
  double step_ = 0.0;
  double step_before_ = 0.0;
};

}  // namespace

std::optional<double> bounded_minimum(const std::function<std::optional<double>(double)>& f,
                                      Interval interval, double absolute_tolerance,
                                      int evaluations) {
  Search search(interval, absolute_tolerance);
  double x = search.first();
  std::optional<double> value = f(x);
  if (!value) {
    return std::nullopt;
  }
  search.start({x, *value});
  for (int used = 1; used < evaluations && !search.done(); ++used) {
    x = search.propose();
    value = f(x);
    if (!value) {
      return std::nullopt;
    }
    search.accept({x, *value});
  }
  return search.best();
}

}  // namespace hindcast::spectral
