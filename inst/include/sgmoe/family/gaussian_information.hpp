// Gaussian experts: second derivatives, and scores of single rows.
#ifndef SGMOE_GAUSSIAN_INFORMATION_HPP
#define SGMOE_GAUSSIAN_INFORMATION_HPP

#include "gaussian_density.hpp"
#include "normal_derivatives.hpp"

namespace sgmoe {

class GaussianInformation : public GaussianDensity {
public:
  using GaussianDensity::GaussianDensity;

  /// Scores of the rows that accumulate() saw last, `weights` holding a tau_k.
  /// With Sigma = LL', u = L^-1 e and v = Sigma^-1 e they are
  ///   v_j z for the mean, v_i u_j for L_ij below the diagonal,
  ///   v_j u_j L_jj - 1 for log L_jj (spherical: sum_j u_j^2 - q).
  template <class Result>
  void row_scores(const Block &block, const Density &density,
                  const Matrix &weights, const Workspace &workspace,
                  Result &&result) const {
    const Index q = responses(), r = columns();
    const Covariance structure = covariances().structure();
    result.rightCols(scales()).setZero();
    for (Index k = 0; k < experts(); ++k) {
      const Matrix &whitening = density.whitening[static_cast<std::size_t>(k)];
      const Matrix u = workspace.residuals.middleCols(k * q, q) * whitening;
      const Matrix v = u * whitening.transpose();
      const auto weight = weights.col(k).array();
      Index column = k * q * r, scale = first_column(k);
      for (Index j = 0; j < q; ++j) {
        const Vector weighted = weight * v.col(j).array();
        for (Index i = 0; i < r; ++i)
          result.col(column++) = weighted.cwiseProduct(block.expert().col(i));
      }
      if (structure == Covariance::spherical) {
        result.col(scale).array() +=
            weight *
            (u.rowwise().squaredNorm().array() - static_cast<double>(q));
        continue;
      }
      for_coordinates(structure, q, [&](Index i, Index j) {
        const auto product = v.col(i).array() * u.col(j).array();
        auto score = result.col(scale++).array();
        if (i == j)
          score += weight * (product / whitening(j, j) - 1.0);
        else
          score += weight * product;
      });
    }
  }

  // What the observed information needs (see information.hpp): the predictors
  // are the means, the scale coordinates those of the Cholesky factors.

  Index predictors() const { return responses(); }
  Index scales() const { return covariances().coordinates(); }
  Index first_scale(Index k) const { return covariances().first_coordinate(k); }

  void derivatives(const Block &, const Density &density,
                   const Workspace &workspace, Index k, Matrix &score,
                   Matrix &curvature) const {
    const Index q = responses();
    const Matrix residuals = workspace.residuals.middleCols(k * q, q);
    normal_derivatives(residuals,
                       density.whitening[static_cast<std::size_t>(k)],
                       covariances().structure(), score, curvature);
  }

  /// Adds the second derivatives of the ridge that add_penalty() leaves out.
  /// Penalty lambda_j b'Sigma^-1 b / 2, b the j-th row of A_k, is minus the
  /// log- density of a row with residual -b, but for log|Sigma|, which is
  /// linear in the coordinates; so the rows of A_k are differentiated like rows
  /// of data, lambda_j being their weights and the unit vectors their
  /// covariates.
  template <class Result>
  void add_ridge_scales(const Parameters &parameters, Result &&result) const {
    const Index q = responses(), r = columns(),
                own = covariances().own_coordinates();
    const Density all = density(parameters);
    Matrix score, curvature;
    for (Index k = 0; k < experts(); ++k) {
      const Index scale = first_column(k);
      normal_derivatives(-own_mean(parameters, k),
                         all.whitening[static_cast<std::size_t>(k)],
                         covariances().structure(), score, curvature);
      curvature = penalty().asDiagonal() * curvature;
      Index at = 0;
      for (Index i = 0; i < q; ++i)
        for (Index j = i; j < q + own; ++j, ++at)
          for (Index l = 0; j >= q && l < r; ++l) {
            const Index mean = (k * q + i) * r + l;
            result(mean, scale + j - q) += curvature(l, at);
            result(scale + j - q, mean) += curvature(l, at);
          }
      add_scale_corner(curvature, scale, result);
    }
  }

  /// Adds the second derivatives of the prior: those of rows whose residuals
  /// are the columns of a root of its covariance.
  template <class Result>
  void add_prior(const Parameters &parameters, Result &&result) const {
    const double rows = covariances().prior_rows();
    if (rows <= 0.0)
      return;
    const Matrix root = covariances().prior_covariance().llt().matrixL();
    const Density all = density(parameters);
    Matrix score, curvature;
    for (Index k = 0; k < (covariances().shared() ? 1 : experts()); ++k) {
      normal_derivatives(root.transpose(),
                         all.whitening[static_cast<std::size_t>(k)],
                         covariances().structure(), score, curvature);
      add_scale_corner(rows * curvature, first_column(k), result);
    }
  }

  /// Adds `share` of the complete-data information; of the covariances only the
  /// diagonal, E v_i^2 u_j^2 = (Sigma^-1)_ii and var(v_j u_j L_jj) =
  /// 1 + L_jj^2 (Sigma^-1)_jj.
  template <class Result>
  void add_information(const Statistic &statistic, const Parameters &parameters,
                       double share, Result &&result) const {
    const Index q = responses(), r = columns();
    const Covariance structure = covariances().structure();
    for (Index k = 0; k < experts(); ++k) {
      const CovarianceRoot root(covariance(parameters, k));
      const Matrix precision = root.precision();
      const Matrix gram = statistic.gram.matrix(k);
      for (Index i = 0; i < q; ++i)
        for (Index j = 0; j < q; ++j)
          result.block((k * q + i) * r, (k * q + j) * r, r, r) +=
              share * precision(i, j) * gram;
      const double weight = share * statistic.weight(k);
      Index at = first_column(k);
      if (structure == Covariance::spherical) {
        result(at, at) += 2.0 * static_cast<double>(q) * weight;
        continue;
      }
      for_coordinates(structure, q, [&](Index i, Index j) {
        const double own = i == j
                               ? 1.0 + root(j, j) * root(j, j) * precision(j, j)
                               : precision(i, i);
        result(at, at) += weight * own;
        ++at;
      });
    }
  }

  /// Adds the second derivatives of the penalty in the means (those in the
  /// covariances are left to the information).
  template <class Result>
  void add_penalty(const Parameters &parameters, Result &&result) const {
    const Index q = responses(), r = columns();
    for (Index k = 0; k < experts(); ++k) {
      const Matrix precision =
          CovarianceRoot(covariance(parameters, k)).precision();
      for (Index i = 0; i < q; ++i)
        for (Index j = 0; j < q; ++j)
          result.block((k * q + i) * r, (k * q + j) * r, r, r).diagonal() +=
              precision(i, j) * penalty();
    }
  }

private:
  // Where the scales of expert k are among all coordinates.
  Index first_column(Index k) const {
    return columns() * responses() * experts() + first_scale(k);
  }

  // The sums of packed second derivatives that belong to the covariance alone,
  // their last ones.
  template <class Result>
  void add_scale_corner(const Matrix &curvature, Index first,
                        Result &&result) const {
    const Index own = covariances().own_coordinates();
    Index at = curvature.cols() - own * (own + 1) / 2;
    for (Index i = 0; i < own; ++i)
      for (Index j = i; j < own; ++j, ++at) {
        const double sum = curvature.col(at).sum();
        result(first + i, first + j) += sum;
        if (i != j)
          result(first + j, first + i) += sum;
      }
  }
};

} // namespace sgmoe

#endif
