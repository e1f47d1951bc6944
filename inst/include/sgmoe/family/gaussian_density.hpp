// Gaussian experts: parameters, and what a pass over rows does with them.
#ifndef SGMOE_GAUSSIAN_DENSITY_HPP
#define SGMOE_GAUSSIAN_DENSITY_HPP

#include "../block/linear.hpp"
#include "../core/rows.hpp"
#include "concept.hpp"
#include "covariances.hpp"

#include <cmath>

namespace sgmoe {

struct GaussianParameters {
  Matrix mean;                  // r x (q K): A_1, ..., A_K side by side
  Covariances::List covariance; // K matrices, equal ones if shared

  /// Calls visit(name, numbers) for all that parameters are made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("expert", mean);
    visit("covariance", covariance);
  }
};

class GaussianDensity
    : public FamilyDefaults<GaussianParameters, LinearStatistic> {
public:
  using Parameters = GaussianParameters;
  using Statistic = LinearStatistic;

  /// The density in a form that is quick to evaluate on many rows.
  struct Density {
    Matrix mean;
    std::vector<Matrix> whitening; // inverse Cholesky factors, transposed
    Vector log_constant;
  };

  /// Scratch memory of one thread.
  struct Workspace {
    Matrix residuals;
    Vector whitened;
  };

  GaussianDensity(const LinearBlock &block, const Covariances &covariances)
      : block_(block), covariances_(covariances) {}

  Index experts() const { return block_.experts(); }
  Index responses() const { return block_.responses(); }
  Index columns() const { return block_.columns(); }
  Matrix total_gram(const Statistic &statistic) const {
    return statistic.gram.total();
  }
  /// Columns that expert_mean() gives.
  Index mean_columns() const { return responses() * experts(); }
  Statistic statistic(Curvature curvature) const {
    return block_.statistic(curvature != Curvature::none);
  }

  /// Refuses a response that these experts cannot have.
  void check(const Rows &rows) const {
    if (rows.response.values.cols() > 0)
      rows.response.check("response", responses());
  }

  /// All experts alike, zero means and unit variances: the anchor of a
  /// maximisation from given posteriors.
  Parameters origin() const {
    return {Matrix::Zero(columns(), responses() * experts()),
            covariances_.identity()};
  }

  Density density(const Parameters &parameters) const {
    const double log_two_pi = std::log(2.0 * std::acos(-1.0));
    Density result;
    result.mean = parameters.mean;
    result.log_constant.resize(experts());
    for (Index k = 0; k < experts(); ++k) {
      const CovarianceRoot root(covariance(parameters, k));
      result.whitening.push_back(root.whitening());
      result.log_constant(k) =
          -0.5 * (static_cast<double>(responses()) * log_two_pi +
                  root.log_determinant());
    }
    return result;
  }

  /// Log-densities of a block, a column an expert; leaves the residuals in the
  /// workspace for accumulate(). The first whitened residual is a multiple of
  /// the first residual, the j-th one combines j of them.
  void log_density(const Block &block, const Density &density,
                   Workspace &workspace, Matrix &result) const {
    const Index q = responses();
    Matrix &residuals = workspace.residuals;
    block_.residuals(block.expert(), block.response(), density.mean, residuals);
    result.resize(block.size(), experts());
    for (Index k = 0; k < experts(); ++k) {
      const Matrix &whitening = density.whitening[static_cast<std::size_t>(k)];
      auto column = result.col(k).array();
      column =
          density.log_constant(k) - (0.5 * whitening(0, 0) * whitening(0, 0)) *
                                        residuals.col(k * q).array().square();
      for (Index j = 1; j < q; ++j) {
        workspace.whitened.noalias() =
            residuals.middleCols(k * q, j + 1) * whitening.col(j).head(j + 1);
        column -= 0.5 * workspace.whitened.array().square();
      }
    }
  }

  void accumulate(const Block &block, const Matrix &weights,
                  const Workspace &workspace, Scratch &scratch,
                  Statistic &statistic) const {
    block_.accumulate(block.expert(), weights, workspace.residuals, scratch,
                      statistic);
  }

  /// The mean response of every expert, side by side.
  void expert_mean(const Block &block, const Parameters &parameters,
                   Matrix &result) const {
    set_product(block.expert(), parameters.mean, result);
  }

  const Covariances &covariances() const { return covariances_; }
  const Vector &penalty() const { return block_.penalty(); }
  void set_penalty(const Vector &penalty) { block_.set_penalty(penalty); }

  /// A prior on the covariances worth `rows` rows with covariance `scatter`.
  void set_prior(double rows, const Matrix &scatter) {
    covariances_.set_prior(rows, scatter);
  }
  void scale_prior(double share) { covariances_.scale_prior(share); }

protected:
  const LinearBlock &block() const { return block_; }

  static const Matrix &covariance(const Parameters &parameters, Index k) {
    return parameters.covariance[static_cast<std::size_t>(k)];
  }

  /// A_k
  Eigen::Block<const Matrix, Eigen::Dynamic, Eigen::Dynamic, true>
  own_mean(const Parameters &parameters, Index k) const {
    return parameters.mean.middleCols(k * responses(), responses());
  }

private:
  LinearBlock block_;
  Covariances covariances_;
};

} // namespace sgmoe

#endif
