#pragma once

#include <optional>

#include <Eigen/Core>

namespace hindcast::spectral {

/// How many eigenvalues of the symmetric matrix lie above `shift`, counted exactly and without
/// computing one: by Sylvester's law of inertia they are as many as the positive pivots of a
/// Bunch-Kaufman factorisation of `matrix - shift I` (LAPACK `dsytrf`). The matrix is indefinite,
/// so a factorisation without 2x2 pivots would not do.
///
/// Only the lower triangle of `matrix` is read. Nothing is returned where a pivot is exactly zero.
/// Within rounding of an eigenvalue (about L 2^-52 times the norm) the count is not reliable; the
/// caller keeps away.
[[nodiscard]] std::optional<Eigen::Index> eigenvalues_above(const Eigen::MatrixXd& matrix,
                                                            double shift);

}  // namespace hindcast::spectral
