#include "hindcast/spectral/evbmf.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <doctest/doctest.h>

#include "spectral/evbmf_model.hpp"
#include "support/matrices.hpp"

using namespace hindcast;
using spectral::LowRank;
using spectral::Spectrum;

namespace {

// The free energy as first written in Nakajima et al. (2013), term by term: independent of the
// production code, which sums it in another form.
double textbook_energy(const std::vector<double>& s, double m, double variance, double tau_bar) {
  const auto l = static_cast<double>(s.size());
  const double alpha = l / m;
  const double threshold = (1.0 + tau_bar) * (1.0 + alpha / tau_bar);
  double energy = 0.0;
  for (const double value : s) {
    const double x = value * value / (m * variance);
    if (x <= threshold) {
      energy += x - std::log(x);
    } else {
      const double a = x - (1.0 + alpha);
      const double tau = 0.5 * (a + std::sqrt(a * a - 4.0 * alpha));
      energy += x - tau + std::log((tau + 1.0) / x) + alpha * std::log(tau / alpha + 1.0);
    }
  }
  return energy;
}

std::vector<double> power_law(std::size_t count, double exponent, std::uint64_t seed) {
  test::Random random(seed);
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(std::pow(static_cast<double>(i + 1), -exponent) *
                     (0.7 + 0.6 * random.uniform()));
  }
  std::ranges::sort(values, std::greater());
  return values;
}

// A spectrum of which only the first `known` values are known.
Spectrum truncated(const Spectrum& whole, std::size_t known) {
  Spectrum partial = whole;
  partial.tail_bound = whole.leading[known];
  partial.leading.resize(known);
  partial.solver = spectral::Solver::partial;
  return partial;
}

}  // namespace

TEST_CASE("evbmf: the exact threshold solves its equation, and is near its approximation at 1") {
  const auto phi = [](double z) { return std::log(z + 1.0) / z - 0.5; };
  for (const double alpha : {1e-4, 0.01, 0.1, 0.5, 0.9, 1.0}) {
    CAPTURE(alpha);
    const double tau = spectral::exact_threshold(alpha);
    CHECK(std::abs(phi(tau) + phi(tau / alpha)) < 1e-13);
  }
  CHECK(spectral::exact_threshold(1.0) ==
        doctest::Approx(spectral::approximate_threshold(1.0)).epsilon(1e-4));
  // "12 % off at alpha = 0.01".
  const double ratio = spectral::approximate_threshold(0.01) / spectral::exact_threshold(0.01);
  CHECK(std::abs(ratio - 1.0) == doctest::Approx(0.12).epsilon(0.1));
}

TEST_CASE("evbmf: no noise variance on a fine grid has less free energy than the exact minimum") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const std::size_t l = 12 + seed;
    const auto m = static_cast<double>(l + 7 * (seed % 5));
    const std::vector<double> s = power_law(l, 0.2 + 0.03 * static_cast<double>(seed), seed);
    const Spectrum spectrum =
        test::spectrum_of(s, static_cast<Eigen::Index>(l), static_cast<Eigen::Index>(m));
    const auto found = spectral::evbmf_exact(spectrum);
    REQUIRE(found);
    const double alpha = static_cast<double>(l) / m;
    const double tau_bar = spectral::exact_threshold(alpha);
    const double threshold = (1.0 + tau_bar) * (1.0 + alpha / tau_bar);

    // The bracket, as metrics.md defines it.
    const double first =
        std::min(std::ceil(static_cast<double>(l) / (1.0 + alpha)) - 1.0, static_cast<double>(l));
    const auto index = static_cast<std::size_t>(first);
    double tail = 0.0;
    for (std::size_t i = index; i < l; ++i) {
      tail += s[i] * s[i] / static_cast<double>(l - index);
    }
    const double lower = std::max(s[index] * s[index] / (m * threshold), tail / m);
    const double upper = std::pow(spectrum.frobenius_norm, 2.0) / (static_cast<double>(l) * m);

    const double energy = textbook_energy(s, m, found->noise_variance, tau_bar);
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i <= 4000; ++i) {
      const double variance = lower * std::pow(upper / lower, i / 4000.0);
      least = std::min(least, textbook_energy(s, m, variance, tau_bar));
    }
    CHECK(energy <= least + 1e-9 * static_cast<double>(l));
    CHECK(found->noise_variance >= lower * (1.0 - 1e-12));
    CHECK(found->noise_variance <= upper * (1.0 + 1e-12));
  }
}

TEST_CASE("evbmf: planted signals in noise are found, with the shrinkage of the theorem") {
  std::vector<double> values = {30.0, 20.0, 12.0};
  for (int i = 0; i < 61; ++i) {
    values.push_back(1.0 + 0.01 * (60 - i));
  }
  const auto found = spectral::evbmf_exact(test::spectrum_of(values, 64, 100));
  REQUIRE(found);
  CHECK(found->rank == 3);
  CHECK(found->rank_ratio == 3.0 / 64.0);
  const auto shrunk = [&](double s) {
    const double v = found->noise_variance;
    const double a = 1.0 - 164.0 * v / (s * s);
    return 0.5 * s * (a + std::sqrt(a * a - 4.0 * 6400.0 * v * v / std::pow(s, 4.0)));
  };
  const double gain = (shrunk(30.0) + shrunk(20.0) + shrunk(12.0)) / shrunk(30.0) / 64.0;
  CHECK(found->knowledge_gain == doctest::Approx(gain).epsilon(1e-12));
  CHECK(found->mapping_condition == doctest::Approx(shrunk(30.0) / shrunk(12.0)).epsilon(1e-12));
}

TEST_CASE("evbmf: the exact result does not depend on the scale of the weights") {
  const std::vector<double> s = power_law(40, 0.8, 3);
  const auto at_one = spectral::evbmf_exact(test::spectrum_of(s, 40, 90));
  REQUIRE(at_one);
  REQUIRE(at_one->rank > 0);
  for (const double scale : {1e-150, 1e-9, 0x1p-20, 3.0, 1e12, 1e140}) {
    CAPTURE(scale);
    std::vector<double> scaled = s;
    std::ranges::for_each(scaled, [scale](double& value) { value *= scale; });
    const auto found = spectral::evbmf_exact(test::spectrum_of(scaled, 40, 90));
    REQUIRE(found);
    CHECK(found->rank == at_one->rank);
    CHECK(found->knowledge_gain == doctest::Approx(at_one->knowledge_gain).epsilon(1e-10));
    CHECK(found->mapping_condition == doctest::Approx(at_one->mapping_condition).epsilon(1e-10));
  }
}

TEST_CASE("evbmf: a matrix and its transpose keep the same components") {
  const std::vector<double> s = power_law(30, 0.9, 5);
  const auto wide = spectral::evbmf_exact(test::spectrum_of(s, 30, 80));
  const auto tall = spectral::evbmf_exact(test::spectrum_of(s, 80, 30));
  REQUIRE(wide);
  REQUIRE(tall);
  CHECK(wide->rank == tall->rank);
  CHECK(wide->mapping_condition == tall->mapping_condition);
  CHECK(30.0 * wide->knowledge_gain == doctest::Approx(80.0 * tall->knowledge_gain));
}

TEST_CASE("evbmf: a single singular value is never signal") {
  for (const Eigen::Index cols : {1, 2, 100}) {
    CAPTURE(cols);
    const auto exact = spectral::evbmf_exact(test::spectrum_of({3.0}, 1, cols));
    const auto reference = spectral::evbmf_reference(test::spectrum_of({3.0}, 1, cols));
    REQUIRE(exact);
    REQUIRE(reference);
    CHECK(exact->rank == 0);
    CHECK(reference->rank == 0);
    CHECK(exact->noise_variance == doctest::Approx(9.0 / static_cast<double>(cols)));
  }
}

TEST_CASE("evbmf: what a partial spectrum certifies is what the whole one says") {
  int certified = 0;
  int refused = 0;
  int misled = 0;  // The known part alone has another minimum than the whole.
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const std::size_t l = 40 + seed % 50;
    const auto m = static_cast<Eigen::Index>(l + 30 * (seed % 7));
    const double exponent = 0.3 + 0.005 * static_cast<double>(seed % 200);
    const Spectrum whole =
        test::spectrum_of(power_law(l, exponent, seed), static_cast<Eigen::Index>(l), m);
    const auto truth = spectral::evbmf_exact(whole);
    REQUIRE(truth);
    for (const std::size_t known : {2U, 4U, 8U, 16U, 32U}) {
      CAPTURE(seed);
      CAPTURE(known);
      const auto found = spectral::evbmf_exact(truncated(whole, known));
      if (!found) {
        ++refused;
        misled += static_cast<std::size_t>(truth->rank) > known ? 1 : 0;
        continue;
      }
      ++certified;
      CHECK(found->rank == truth->rank);
      CHECK(found->knowledge_gain == doctest::Approx(truth->knowledge_gain).epsilon(1e-10));
      CHECK(found->noise_variance == doctest::Approx(truth->noise_variance).epsilon(1e-10));
    }
  }
  MESSAGE(certified << " certified, " << refused << " refused, " << misled << " of them rightly");
  CHECK(certified > 300);
  CHECK(misled > 0);
}

TEST_CASE("evbmf: a self-consistent minimum that is not the global one is not certified") {
  // Look for spectra whose whole answer has more components than a short prefix shows although the
  // prefix has an interior minimum of its own; every one must be refused from that prefix.
  int traps = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const std::size_t l = 60;
    const Spectrum whole = test::spectrum_of(
        power_law(l, 0.5 + 0.002 * static_cast<double>(seed % 300), 1000 + seed), 60, 200);
    const auto truth = spectral::evbmf_exact(whole);
    REQUIRE(truth);
    const auto rank = static_cast<std::size_t>(truth->rank);
    if (rank < 6) {
      continue;
    }
    ++traps;
    CAPTURE(seed);
    CHECK_FALSE(spectral::evbmf_exact(truncated(whole, rank / 2)));
  }
  CHECK(traps > 20);
}

TEST_CASE("evbmf: the reference minimiser declines where it asks for values that are not known") {
  const Spectrum whole = test::spectrum_of(power_law(50, 0.9, 11), 50, 60);
  REQUIRE(spectral::evbmf_reference(whole));
  CHECK_FALSE(spectral::evbmf_reference(truncated(whole, 3)));
}

TEST_CASE("evbmf: with the values it depends on, the reference needs no others") {
  int agreed = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    // Wide, so that the bracket depends on few of the smallest values (alpha = 1/16), and a flat
    // bulk, so that the search stays where the known values are the only signal.
    std::vector<double> values = power_law(56, 0.05, seed);
    values.insert(values.begin(), {9.0, 7.0, 6.0, 5.0, 4.5, 4.0, 3.5, 3.0});
    const Spectrum whole = test::spectrum_of(values, 64, 1024);
    Spectrum partial = truncated(whole, 24);
    partial.trailing.assign(whole.leading.end() - 8, whole.leading.end());
    const auto truth = spectral::evbmf_reference(whole);
    const auto found = spectral::evbmf_reference(partial);
    REQUIRE(truth);
    if (found) {
      ++agreed;
      CHECK(found->rank == truth->rank);
      CHECK(found->noise_variance == doctest::Approx(truth->noise_variance).epsilon(1e-9));
    }
  }
  CHECK(agreed > 10);
}

TEST_CASE("evbmf: as many singular values lie above the threshold as there are components") {
  const auto above = [](const Spectrum& spectrum, const std::optional<LowRank>& found) {
    REQUIRE(found);
    REQUIRE(found->threshold);
    return std::ranges::count_if(spectrum.leading,
                                 [&](double value) { return value > *found->threshold; });
  };
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const double exponent = 0.2 + 0.01 * static_cast<double>(seed);
    Spectrum spectrum = test::spectrum_of(power_law(24, exponent, seed), 24, 24 + 3 * 24);
    if (seed % 4 == 0) {  // Ties on either side of it.
      spectrum.leading[3] = spectrum.leading[4];
    }
    const auto exact = spectral::evbmf_exact(spectrum);
    const auto reference = spectral::evbmf_reference(spectrum);
    CHECK(above(spectrum, exact) == exact->rank);
    CHECK(above(spectrum, reference) == reference->rank);
    const double alpha = 0.25;
    const double tau = spectral::exact_threshold(alpha);
    const double expected =
        std::sqrt(96.0 * exact->noise_variance * (1.0 + tau) * (1.0 + alpha / tau));
    CHECK(*exact->threshold == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("evbmf: a value within rounding of the threshold is on the side that the rank says") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const Spectrum spectrum = test::spectrum_of(power_law(24, 0.5, seed), 24, 96);
    const spectral::SquaredSpectrum squares = spectral::squared(spectrum, spectrum.leading[0]);
    const double x_bar = spectral::signal_threshold(spectral::exact_threshold(0.25), 0.25);
    const double v = squares.leading[seed % 24] / x_bar;
    const LowRank found = spectral::low_rank_at(squares, v, x_bar, spectrum.leading);
    CHECK(std::ranges::count_if(spectrum.leading, [&](double value) {
            return value > *found.threshold;
          }) == found.rank);
  }
}

TEST_CASE("evbmf: the threshold scales with the weights") {
  const auto threshold = [](double scale) {
    std::vector<double> values = power_law(16, 0.8, 3);
    std::ranges::for_each(values, [&](double& value) { value *= scale; });
    return *spectral::evbmf_exact(test::spectrum_of(values, 16, 40))->threshold;
  };
  CHECK(threshold(0x1p-20) == 0x1p-20 * threshold(1.0));
}
