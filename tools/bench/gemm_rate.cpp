// The rate of double-precision matrix products that several threads reach together, each on its
// own matrices: the measure for everything that is made of such products.
//
//   gemm_rate THREADS SECONDS    prints "<way> <GF/s>" for OpenBLAS, for Eigen and for our own
//
// OPENBLAS_CORETYPE chooses OpenBLAS's kernels; Eigen's follow the compiler's options; ours choose
// themselves.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include <Eigen/Core>

#include "spectral/packed_product.hpp"

extern "C" {
void dgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n,
            const int* k, const double* alpha, const double* a, const int* lda, const double* b,
            const int* ldb, const double* beta, double* c, const int* ldc);
char* openblas_get_corename() __attribute__((weak));
}

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kSide = 768;

struct Product {
  Eigen::MatrixXd a = Eigen::MatrixXd::Random(kSide, kSide);
  Eigen::MatrixXd b = Eigen::MatrixXd::Random(kSide, kSide);
  Eigen::MatrixXd c = Eigen::MatrixXd::Zero(kSide, kSide);
  hindcast::spectral::Packed left;
  hindcast::spectral::Packed right;
};

void by_blas(Product& p) {
  const double one = 1.0;
  const double zero = 0.0;
  dgemm_("N", "T", &kSide, &kSide, &kSide, &one, p.a.data(), &kSide, p.b.data(), &kSide, &zero,
         p.c.data(), &kSide);
}

void by_eigen(Product& p) {
  p.c.noalias() = p.a * p.b.transpose();
}

void by_ourselves(Product& p) {
  constexpr Eigen::Index kInner = 256;
  using hindcast::spectral::Rows;
  for (Eigen::Index k = 0; k < kSide; k += kInner) {
    p.left.pack(Rows{p.a.data(), 1, kSide}.from(0, k), kSide, kInner);
    p.right.pack(Rows{p.b.data(), 1, kSide}.from(0, k), kSide, kInner);
    add_product(hindcast::spectral::best_kernels(), p.left.all(), p.right.all(), false,
                {.data = p.c.data(), .stride = kSide});
  }
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Best of several short stretches, because other programs may run beside this one.
double rate(const std::function<void(Product&)>& multiply, int threads, double seconds) {
  std::vector<Product> products(static_cast<std::size_t>(threads));
  for (Product& product : products) {
    multiply(product);
  }
  constexpr int kRepeats = 8;
  double best = 0.0;
  const auto start = Clock::now();
  do {
    const auto stretch = Clock::now();
    std::vector<std::thread> workers;
    for (Product& product : products) {
      workers.emplace_back([&] {
        for (int i = 0; i < kRepeats; ++i) {
          multiply(product);
        }
      });
    }
    std::ranges::for_each(workers, &std::thread::join);
    const double flops = 2.0 * kSide * kSide * kSide * kRepeats * threads;
    best = std::max(best, flops / seconds_since(stretch));
  } while (seconds_since(start) < seconds);
  return best / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: gemm_rate THREADS SECONDS\n");
    return 2;
  }
  const int threads = std::atoi(argv[1]);
  const double seconds = std::atof(argv[2]);
  const char* blas = openblas_get_corename != nullptr ? openblas_get_corename() : "BLAS";
  std::printf("%s %.2f\n", blas, rate(by_blas, threads, seconds));
  std::printf("Eigen %.2f\n", rate(by_eigen, threads, seconds));
  std::printf("hindcast %.2f\n", rate(by_ourselves, threads, seconds));
  return 0;
}
