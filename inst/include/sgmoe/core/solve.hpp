// Rank-revealing solution of symmetric positive semi-definite systems.
#ifndef SGMOE_SYMMETRIC_SOLVE_HPP
#define SGMOE_SYMMETRIC_SOLVE_HPP

#include "cholesky.hpp"
#include "common.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace sgmoe {

// An eigenvalue relative to a unit diagonal; about the rounding error of a Gram
// matrix.
constexpr double kNegligible = 1e-13;

/// Factorises a symmetric positive semi-definite matrix once and solves with
/// it. The matrix is first scaled to a unit diagonal. A well-conditioned one
/// is factorised by Cholesky; otherwise the eigenvectors with a non-negligible
/// eigenvalue are used, so that directions about which the matrix knows
/// nothing get a zero increment instead of rounding noise.
class SymmetricSolve {
public:
  SymmetricSolve() = default;
  explicit SymmetricSolve(const Matrix &matrix);

  Index rank() const { return rank_; }

  Matrix solve(const Matrix &right) const;

private:
  Vector scale_;
  Cholesky cholesky_;
  Matrix basis_;
  Vector inverse_eigenvalues_;
  Index rank_ = 0;
  bool full_rank_ = false;
};

/// Factors that serve for several passes, and for every statistic that they are
/// handed on to.
using Factors = std::shared_ptr<const std::vector<SymmetricSolve>>;

/// Raises the eigenvalues of a symmetric matrix to `least` where they are
/// lower. Answers whether one was. What an accelerated step proposes may span
/// more digits than there are, and then a factorisation would fail and leave a
/// finite, wrong density: so no eigenvalue may be below 1e-12 of the largest.
bool raise_eigenvalues(Matrix &matrix, double least);

#ifndef SGMOE_ONLY_DECLARED

SGMOE_INLINE bool raise_eigenvalues(Matrix &matrix, double least) {
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(matrix);
  least = std::max(least, 1e-12 * eigen.eigenvalues()(matrix.rows() - 1));
  if (eigen.eigenvalues()(0) >= least)
    return false;
  matrix = eigen.eigenvectors() *
           eigen.eigenvalues().cwiseMax(least).asDiagonal() *
           eigen.eigenvectors().transpose();
  return true;
}

SGMOE_INLINE SymmetricSolve::SymmetricSolve(const Matrix &matrix) {
  const Index n = matrix.rows();
  if (n == 0) // no variable: nothing to solve for
    return;
  scale_ = Vector::Zero(n);
  for (Index i = 0; i < n; ++i)
    if (matrix(i, i) > std::numeric_limits<double>::min())
      scale_(i) = 1.0 / std::sqrt(matrix(i, i));
  const auto scaled = [&] {
    return Matrix(scale_.asDiagonal() * matrix * scale_.asDiagonal());
  };
  cholesky_ = Cholesky(scaled());
  full_rank_ = cholesky_.succeeded() && (scale_.array() > 0.0).all() &&
               cholesky_.least_pivot() > std::sqrt(kNegligible);
  rank_ = n;
  if (full_rank_)
    return;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scaled());
  rank_ = (eigen.eigenvalues().array() > double(kNegligible)).count();
  basis_ = eigen.eigenvectors().rightCols(rank_);
  inverse_eigenvalues_ = eigen.eigenvalues().tail(rank_).cwiseInverse();
}

SGMOE_INLINE Matrix SymmetricSolve::solve(const Matrix &right) const {
  const Matrix scaled = scale_.asDiagonal() * right;
  if (full_rank_)
    return scale_.asDiagonal() * cholesky_.solve(scaled);
  return scale_.asDiagonal() * (basis_ * (inverse_eigenvalues_.asDiagonal() *
                                          (basis_.transpose() * scaled)));
}

#endif

} // namespace sgmoe

#endif
