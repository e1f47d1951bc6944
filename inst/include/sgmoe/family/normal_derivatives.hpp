// Derivatives of a normal log-density in its mean and its covariance, for the
// observed information.
//
// In the mean and the coordinates of L, Sigma = LL', with R = L^-1, P = R'R,
// u = Re and v = R'u of a residual e,
//   du_a / dL_ij = -R_ai u_j,   dv_a / dL_ij = -R_ja v_i - P_ai u_j,
// so the score in L_ij is v_i u_j - [i = j] / L_jj, and its derivatives are
//   mean a:  -(R_ja v_i + P_ai u_j),
//   L_kl:    -(R_li v_k u_j + P_ik u_l u_j + R_jk v_i u_l) + ...
// where the term of the logarithm vanishes in the coordinate log L_jj, whose
// own curvature adds -L_jj v_j u_j. Spherical: sums over the diagonal.
#ifndef SGMOE_NORMAL_DERIVATIVES_HPP
#define SGMOE_NORMAL_DERIVATIVES_HPP

#include "covariance_structure.hpp"

#include <vector>

namespace sgmoe {

/// An entry of a Cholesky factor that is a coordinate, and the derivative of
/// the entry in the coordinate.
struct FactorEntry {
  Index row, column;
  double slope;
};

/// First and negative second derivatives of rows with the given residuals, a
/// column a mean and then a coordinate of the covariance; the second in packed
/// lower triangles. `whitening` is the transpose of R.
inline void normal_derivatives(const Matrix &residuals, const Matrix &whitening,
                               Covariance structure, Matrix &score,
                               Matrix &curvature) {
  const Index q = residuals.cols();
  const Index size = q + scale_coordinates(structure, q);
  const Matrix u = residuals * whitening;
  const Matrix v = u * whitening.transpose();
  const Matrix precision = whitening * whitening.transpose();
  score.resize(residuals.rows(), size);
  curvature.resize(residuals.rows(), size * (size + 1) / 2);
  score.leftCols(q) = v;
  if (structure == Covariance::spherical) {
    const Vector square = u.rowwise().squaredNorm();
    score.col(q) = square.array() - static_cast<double>(q);
    Index at = 0;
    for (Index a = 0; a < q; ++a) {
      for (Index b = a; b < q; ++b)
        curvature.col(at++).setConstant(precision(a, b));
      curvature.col(at++) = 2.0 * v.col(a);
    }
    curvature.col(at) = 2.0 * square;
    return;
  }
  std::vector<FactorEntry> entries;
  for_coordinates(structure, q, [&](Index i, Index j) {
    entries.push_back({i, j, i == j ? 1.0 / whitening(j, j) : 1.0});
  });
  const auto r = [&](Index a, Index b) { return whitening(b, a); };
  Index at = 0;
  for (Index a = 0; a < q; ++a) {
    for (Index b = a; b < q; ++b)
      curvature.col(at++).setConstant(precision(a, b));
    for (const FactorEntry &e : entries)
      curvature.col(at++) = e.slope * (r(e.column, a) * v.col(e.row) +
                                       precision(a, e.row) * u.col(e.column));
  }
  for (std::size_t m = 0; m < entries.size(); ++m) {
    const FactorEntry &e = entries[m];
    const Eigen::ArrayXd vi = v.col(e.row), uj = u.col(e.column);
    score.col(q + static_cast<Index>(m)) =
        e.slope * vi * uj - (e.row == e.column ? 1.0 : 0.0);
    for (std::size_t n = m; n < entries.size(); ++n) {
      const FactorEntry &f = entries[n];
      const auto vk = v.col(f.row).array(), ul = u.col(f.column).array();
      curvature.col(at) =
          e.slope * f.slope *
          (r(f.column, e.row) * vk * uj + precision(e.row, f.row) * ul * uj +
           r(e.column, f.row) * vi * ul);
      if (m == n && e.row == e.column)
        curvature.col(at).array() -= e.slope * vi * uj;
      ++at;
    }
  }
}

} // namespace sgmoe

#endif
