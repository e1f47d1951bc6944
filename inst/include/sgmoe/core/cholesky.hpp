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

  static constexpr Index kLarge = 256; // columns
  static constexpr Index kPanel = 64;  // rows of U

  bool succeeded_ = false;
  double least_pivot_ = 0.0;
  Eigen::LLT<Matrix> small_;
  // Of a large matrix: U in the upper triangle. Until it is complete, what is
  // left of A in the lower one, negative: sums are added to it.
  Matrix upper_;
};

#ifndef SGMOE_ONLY_DECLARED

SGMOE_INLINE Cholesky::Cholesky(Matrix matrix) {
  if (matrix.rows() >= kLarge) {
    upper_ = std::move(matrix);
    upper_ *= -1.0;
    succeeded_ = factorise_panels();
    least_pivot_ = upper_.diagonal().minCoeff();
    return;
  }
  small_.compute(matrix);
  succeeded_ = small_.info() == Eigen::Success;
  least_pivot_ = small_.matrixLLT().diagonal().minCoeff();
}

SGMOE_INLINE bool Cholesky::factorise_panels() {
  const Index n = upper_.rows();
  Matrix square, panel;
  for (Index at = 0; at < n; at += kPanel) {
    const Index size = std::min(Index{kPanel}, n - at);
    const Index rest = n - at - size;
    square = -upper_.block(at, at, size, size);
    const Eigen::LLT<Matrix> own(square);
    if (own.info() != Eigen::Success)
      return false;
    upper_.block(at, at, size, size).triangularView<Eigen::Upper>() =
        own.matrixU();
    if (rest == 0)
      continue;
    panel = -upper_.block(at + size, at, rest, size).transpose();
    own.matrixL().solveInPlace(panel);
    upper_.block(at, at + size, size, rest) = panel;
    add_lower_square(panel, upper_.bottomRightCorner(rest, rest));
  }
  return true;
}

SGMOE_INLINE Matrix Cholesky::solve(const Matrix &right) const {
  if (upper_.size() == 0)
    return small_.solve(right);
  const auto upper = upper_.triangularView<Eigen::Upper>();
  Matrix result = right;
  upper.adjoint().solveInPlace(result);
  upper.solveInPlace(result);
  return result;
}

#endif

} // namespace sgmoe

#endif
