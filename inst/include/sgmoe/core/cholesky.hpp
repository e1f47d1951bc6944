// Cholesky factors, those of large matrices by the kernels.
//
// A = U'U, a panel of rows of U at a time: the panel's square is factorised by
// Eigen, the rest of its rows U_12 is a triangular solve, and what is left is
//   A_22 - U_12'U_12,
// where nearly all of the n^3 / 6 multiplications are. They are cross-products
// of columns, and so those of gram.hpp: on wide registers twice as fast as
// Eigen, which is compiled for the narrowest (n = 1000 and 2000).
#ifndef SGMOE_CHOLESKY_HPP
#define SGMOE_CHOLESKY_HPP

#include "common.hpp"
#include "gram.hpp"

#include <algorithm>
#include <utility>

namespace sgmoe {

class Cholesky {
public:
  Cholesky() = default;
  /// Reads the lower triangle.
  explicit Cholesky(Matrix matrix);

  /// Was the matrix positive definite?
  bool succeeded() const { return succeeded_; }
  double least_pivot() const { return least_pivot_; }

  Matrix solve(const Matrix &right) const;

private:
  bool factorise_panels();

  bool large() const { return factor_.rows() >= kLarge; }

  static constexpr Index kLarge = 256; // columns
  static constexpr Index kPanel = 64;  // rows of U

  bool succeeded_ = false;
  double least_pivot_ = 0.0;
  // L in the lower triangle; of a large matrix U in the upper one. Until that
  // is complete, the lower one has what is left of A, negative: sums are added.
  Matrix factor_;
};

#ifndef SGMOE_ONLY_DECLARED

SGMOE_INLINE Cholesky::Cholesky(Matrix matrix) : factor_(std::move(matrix)) {
  if (large()) {
    factor_ *= -1.0;
    succeeded_ = factorise_panels();
  } else {
    const Eigen::LLT<Eigen::Ref<Matrix>> in_place(factor_);
    succeeded_ = in_place.info() == Eigen::Success;
  }
  least_pivot_ = factor_.diagonal().minCoeff();
}

SGMOE_INLINE bool Cholesky::factorise_panels() {
  const Index n = factor_.rows();
  Matrix square, panel;
  for (Index at = 0; at < n; at += kPanel) {
    const Index size = std::min(Index{kPanel}, n - at);
    const Index rest = n - at - size;
    square = -factor_.block(at, at, size, size);
    const Eigen::LLT<Matrix> own(square);
    if (own.info() != Eigen::Success)
      return false;
    factor_.block(at, at, size, size).triangularView<Eigen::Upper>() =
        own.matrixU();
    if (rest == 0)
      continue;
    panel = -factor_.block(at + size, at, rest, size).transpose();
    own.matrixL().solveInPlace(panel);
    factor_.block(at, at + size, size, rest) = panel;
    add_lower_square(panel, factor_.bottomRightCorner(rest, rest));
  }
  return true;
}

SGMOE_INLINE Matrix Cholesky::solve(const Matrix &right) const {
  Matrix result = right;
  if (large()) {
    const auto upper = factor_.triangularView<Eigen::Upper>();
    upper.adjoint().solveInPlace(result);
    upper.solveInPlace(result);
  } else {
    const auto lower = factor_.triangularView<Eigen::Lower>();
    lower.solveInPlace(result);
    lower.adjoint().solveInPlace(result);
  }
  return result;
}

#endif

} // namespace sgmoe

#endif
