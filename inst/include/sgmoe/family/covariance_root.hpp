// The root of a covariance: Sigma = LL', L lower triangular. What a normal
// density asks of Sigma is asked here: log determinant, products with the
// inverse, squared lengths, and the log-likelihood of sums with its gradient.
//
// Most covariances are those of one response: numbers. Eigen's factorisations
// and products would take most of the time of a pass over few rows there, so
// a number has a square root and divisions instead. Nobody else needs to know.
#ifndef SGMOE_COVARIANCE_ROOT_HPP
#define SGMOE_COVARIANCE_ROOT_HPP

#include "../core/common.hpp"

#include <cmath>

namespace sgmoe {

class CovarianceRoot {
public:
  explicit CovarianceRoot(const Matrix &covariance)
      : number_(covariance.rows() == 1), variance_(covariance(0, 0)) {
    if (number_)
      root_ = std::sqrt(variance_);
    else
      cholesky_.compute(covariance);
  }

  Index size() const { return number_ ? 1 : cholesky_.rows(); }

  /// L_ij, i >= j.
  double operator()(Index i, Index j) const {
    return number_ ? root_ : cholesky_.matrixLLT()(i, j);
  }

  double log_determinant() const {
    return number_ ? std::log(variance_)
                   : 2.0 * cholesky_.matrixLLT().diagonal().array().log().sum();
  }

  /// The inverse of L', which gives a row of residuals unit covariance: upper
  /// triangular.
  Matrix whitening() const {
    if (number_)
      return Matrix::Constant(1, 1, 1.0 / root_);
    Matrix result = Matrix::Identity(size(), size());
    cholesky_.matrixU().solveInPlace(result);
    return result;
  }

  /// Sigma^-1
  Matrix precision() const {
    if (number_)
      return Matrix::Constant(1, 1, 1.0 / variance_);
    return cholesky_.solve(Matrix::Identity(size(), size()));
  }

  /// rows Sigma^-1, in place.
  void divide(Eigen::Ref<Matrix> rows) const {
    if (number_) {
      rows /= variance_;
      return;
    }
    cholesky_.matrixU().solveInPlace<Eigen::OnTheRight>(rows);
    cholesky_.matrixL().solveInPlace<Eigen::OnTheRight>(rows);
  }

  /// sum_i w_i b_i'Sigma^-1 b_i, b_i the rows.
  double squared_length(const ConstMatrixRef &rows,
                        const Vector &weights) const {
    if (number_)
      return weights.dot(rows.col(0).cwiseAbs2()) / variance_;
    Matrix whitened = rows;
    cholesky_.matrixU().solveInPlace<Eigen::OnTheRight>(whitened);
    return weights.dot(whitened.rowwise().squaredNorm());
  }

  /// The log-likelihood -(n log|Sigma| + tr(Sigma^-1 P)) / 2 of rows of weight
  /// n whose residuals have the cross-product P, constants left out.
  double log_likelihood(const Matrix &cross, double weight) const {
    const double trace =
        number_ ? cross(0, 0) / variance_ : cholesky_.solve(cross).trace();
    return -0.5 * (weight * log_determinant() + trace);
  }

  /// Its gradient in L, the diagonal in logarithms, in place of P: the lower
  /// triangle of L'^-1 (L^-1 P L'^-1 - n I).
  void gradient(double weight, Matrix &cross) const {
    if (number_) {
      cross(0, 0) = cross(0, 0) / variance_ - weight;
      return;
    }
    cholesky_.matrixL().solveInPlace(cross);
    cholesky_.matrixU().solveInPlace<Eigen::OnTheRight>(cross);
    cross.diagonal().array() -= weight;
    cholesky_.matrixU().solveInPlace(cross);
    cross.diagonal().array() *= cholesky_.matrixLLT().diagonal().array();
  }

private:
  bool number_;
  double variance_, root_ = 0.0;
  Eigen::LLT<Matrix> cholesky_; // empty for a number
};

} // namespace sgmoe

#endif
