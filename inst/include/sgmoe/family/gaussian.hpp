// The family of Gaussian experts: f_k(y | z) = N_q(y; A_k'z, Sigma_k), with
// Sigma_k full, diagonal or spherical, each expert's own or shared by all.
//
// Prior on the covariances, of weight c and with a given covariance S: each
// (one if shared) adds -c/2 (log|Sigma| + tr(Sigma^-1 S)) to the objective, as
// c rows with these residuals at z = 0 would. So S joins the sums as they
// would:
//   Sigma_k = (P_k + c S) / (n_k + c),
// P_k the penalised cross-product, is the maximiser, then brought into the
// structure.
//
// What a family is, concept.hpp says.
#ifndef SGMOE_GAUSSIAN_HPP
#define SGMOE_GAUSSIAN_HPP

#include "../block/linear.hpp"
#include "../core/rows.hpp"
#include "../family/normal_derivatives.hpp"
#include "concept.hpp"

#include <cmath>

namespace sgmoe {

struct GaussianParameters {
  Matrix mean;                    // r x (q K): A_1, ..., A_K side by side
  std::vector<Matrix> covariance; // K matrices, equal ones if shared

  /// Calls visit(name, numbers) for all that parameters are made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("expert", mean);
    visit("covariance", covariance);
  }
};

class Gaussian : public FamilyDefaults<GaussianParameters, LinearStatistic> {
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
    Matrix residuals, whitened;
  };

  Gaussian(Index experts, Index responses, const Vector &penalty,
           Covariance structure, bool shared, double variance_floor)
      : block_(experts, responses, penalty), structure_(structure),
        shared_(shared), variance_floor_(variance_floor) {}

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
    Parameters result;
    result.mean = Matrix::Zero(columns(), responses() * experts());
    result.covariance.assign(static_cast<std::size_t>(experts()),
                             Matrix::Identity(responses(), responses()));
    return result;
  }

  Density density(const Parameters &parameters) const {
    const double log_two_pi = std::log(2.0 * std::acos(-1.0));
    const Index q = responses();
    Density result;
    result.mean = parameters.mean;
    result.log_constant.resize(experts());
    for (Index k = 0; k < experts(); ++k) {
      if (q == 1) {
        const double root = deviation(parameters, k);
        result.whitening.push_back(Matrix::Constant(1, 1, 1.0 / root));
        result.log_constant(k) = -0.5 * log_two_pi - std::log(root);
        continue;
      }
      const Eigen::LLT<Matrix> cholesky(covariance(parameters, k));
      const Matrix factor = cholesky.matrixL();
      result.whitening.push_back(
          cholesky.matrixL().solve(Matrix::Identity(q, q)).transpose());
      result.log_constant(k) = -0.5 * static_cast<double>(q) * log_two_pi -
                               factor.diagonal().array().log().sum();
    }
    return result;
  }

  /// Log-densities of a block, a column an expert; leaves the residuals in the
  /// workspace for accumulate().
  void log_density(const Block &block, const Density &density,
                   Workspace &workspace, Matrix &result) const {
    const Index q = responses();
    block_.residuals(block.expert(), block.response(), density.mean,
                     workspace.residuals);
    result.resize(block.size(), experts());
    for (Index k = 0; k < experts(); ++k) {
      const Matrix &whitening = density.whitening[static_cast<std::size_t>(k)];
      auto column = result.col(k).array();
      if (q == 1) {
        column = density.log_constant(k) -
                 (0.5 * whitening(0, 0) * whitening(0, 0)) *
                     workspace.residuals.col(k).array().square();
        continue;
      }
      workspace.whitened.noalias() =
          workspace.residuals.middleCols(k * q, q) * whitening;
      column = density.log_constant(k);
      for (Index j = 0; j < q; ++j)
        column -= 0.5 * workspace.whitened.col(j).array().square();
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

  Parameters maximise(const Statistic &statistic, const Parameters &current,
                      double least_weight, BoundShare,
                      ExpertReport &report) const {
    const Index q = responses();
    const auto k_size = static_cast<std::size_t>(experts());
    report.starved.assign(k_size, false);
    report.floored.assign(k_size, false);
    Parameters next = current;
    std::vector<LinearStep> steps;
    steps.reserve(k_size);
    Matrix pooled = Matrix::Zero(q, q);
    for (Index k = 0; k < experts(); ++k) {
      auto mean = next.mean.middleCols(k * q, q);
      steps.push_back(block_.maximise(statistic, k, mean, least_weight));
      mean += steps.back().increment;
      pooled += steps.back().after;
      report.starved[static_cast<std::size_t>(k)] = steps.back().starved;
    }
    for (std::size_t k = 0; k < k_size; ++k) {
      if (shared_ && !(statistic.weight.sum() > 0.0))
        continue;
      if (shared_)
        next.covariance[k] =
            with_prior(pooled) / (statistic.weight.sum() + prior_rows_);
      else if (!steps[k].starved)
        next.covariance[k] =
            with_prior(steps[k].after) /
            (statistic.weight(static_cast<Index>(k)) + prior_rows_);
      else
        continue;
      report.floored[k] = project(next.covariance[k]);
    }
    report.gain = prior_value(current) - prior_value(next);
    for (std::size_t k = 0; k < k_size; ++k) {
      const double weight = statistic.weight(static_cast<Index>(k));
      report.gain += surrogate(next.covariance[k], steps[k].after, weight) -
                     surrogate(current.covariance[k], steps[k].before, weight);
    }
    return next;
  }

  /// The plain step is the exact maximiser: it is safe, and needs no limit.
  Parameters safe_step(const Statistic &statistic, const Parameters &current,
                       double least_weight, Index, ExpertReport &report) const {
    return maximise(statistic, current, least_weight, Curvature::bound, report);
  }

  /// Moves the anchor of a statistic.
  void reanchor(const Parameters &from, const Parameters &to, BoundShare,
                Statistic &statistic) const {
    block_.reanchor(to.mean - from.mean, statistic);
  }

  /// Brings a covariance into its structure and onto the variance floor: the
  /// maximiser of -n/2 (log|Sigma| + tr(Sigma^-1 M)) over matrices with
  /// eigenvalues >= floor has M's eigenvectors and clipped eigenvalues. Returns
  /// whether the floor was met.
  bool project(Matrix &covariance) const {
    const double floor = variance_floor_;
    if (structure_ == Covariance::full && responses() > 1) {
      covariance = (0.5 * (covariance + covariance.transpose())).eval();
      return raise_eigenvalues(covariance, floor);
    }
    Vector variances = covariance.diagonal();
    if (structure_ == Covariance::spherical)
      variances.setConstant(variances.mean());
    covariance = variances.cwiseMax(floor).asDiagonal();
    return variances.minCoeff() < floor;
  }

  /// Brings parameters from elsewhere to where these experts may be.
  void project(Parameters &parameters) const {
    for (Matrix &own : parameters.covariance)
      project(own);
  }

  /// (lambda/2) sum_k tr(Sigma_k^-1 A_k'D A_k)
  double ridge_value(const Parameters &parameters) const {
    double value = 0.0;
    for (Index k = 0; k < experts(); ++k) {
      if (responses() == 1) {
        const auto mean = parameters.mean.col(k);
        value += 0.5 * mean.dot(block_.penalty().cwiseProduct(mean)) /
                 covariance(parameters, k)(0, 0);
        continue;
      }
      const Matrix mean = own_mean(parameters, k);
      const Matrix product =
          mean.transpose() * block_.penalty().asDiagonal() * mean;
      value += 0.5 * covariance(parameters, k).llt().solve(product).trace();
    }
    return value;
  }

  /// The ridge and the prior on the covariances.
  double penalty_value(const Parameters &parameters) const {
    return ridge_value(parameters) + prior_value(parameters);
  }

  /// A prior worth `rows` rows with covariance `scatter`.
  void set_prior(double rows, const Matrix &scatter) {
    require_size("prior", "covariance", scatter.rows(), responses());
    require_size("prior", "covariance", scatter.cols(), responses());
    prior_rows_ = rows;
    prior_covariance_ = scatter;
  }

  // Packed form: A_1, ..., A_K, then for each covariance (one if shared) its
  // Cholesky factor L, diagonal in logarithms: column by column if full, the
  // diagonal if diagonal, its first entry if spherical.

  Index packed_size() const {
    return columns() * responses() * experts() + scales();
  }

  Vector pack(const Parameters &parameters) const {
    Vector packed(packed_size());
    Index position = parameters.mean.size();
    packed.head(position) =
        Eigen::Map<const Vector>(parameters.mean.data(), position);
    for (Index k = 0; k < (shared_ ? 1 : experts()); ++k) {
      if (responses() == 1) {
        packed(position++) = std::log(deviation(parameters, k));
        continue;
      }
      Matrix factor = covariance(parameters, k).llt().matrixL();
      factor.diagonal() = factor.diagonal().array().log();
      pack_factor(factor, packed, position);
    }
    return packed;
  }

  Parameters unpack(const ConstVectorRef &packed) const {
    const Index q = responses();
    Parameters result = origin();
    Index position = result.mean.size();
    Eigen::Map<Vector>(result.mean.data(), position) = packed.head(position);
    for (Index k = 0; k < experts(); ++k) {
      if (shared_ && k > 0) {
        result.covariance[static_cast<std::size_t>(k)] = result.covariance[0];
        continue;
      }
      Matrix factor = Matrix::Zero(q, q);
      for (Index j = 0; j < q; ++j) {
        const bool repeat = structure_ == Covariance::spherical && j > 0;
        factor(j, j) = repeat ? factor(0, 0) : std::exp(packed(position++));
        if (structure_ == Covariance::full)
          for (Index i = j + 1; i < q; ++i)
            factor(i, j) = packed(position++);
      }
      Matrix &covariance = result.covariance[static_cast<std::size_t>(k)];
      covariance = factor * factor.transpose();
      project(covariance);
    }
    return result;
  }

  /// Gradient of the penalised log-likelihood in the packed form, from the
  /// statistic taken at `parameters`:
  /// (U_k - lambda D A_k) Sigma_k^-1 for the means, and for a Cholesky factor
  /// (Sigma^-1 P Sigma^-1 - n Sigma^-1) L, P the penalised cross-product.
  Vector gradient(const Statistic &statistic,
                  const Parameters &parameters) const {
    const Index q = responses();
    if (q == 1)
      return gradient_of_one(statistic, parameters);
    Vector packed(packed_size());
    Index position = parameters.mean.size();
    Matrix factor_gradient = Matrix::Zero(q, q);
    for (Index k = 0; k < experts(); ++k) {
      const Eigen::LLT<Matrix> cholesky(covariance(parameters, k));
      const Matrix factor = cholesky.matrixL();
      const Matrix precision = cholesky.solve(Matrix::Identity(q, q));
      const Matrix mean = own_mean(parameters, k);
      const Matrix penalised = block_.penalty().asDiagonal() * mean;
      const Matrix mean_gradient =
          (statistic.cross.middleCols(k * q, q) - penalised) * precision;
      packed.segment(k * mean.size(), mean.size()) =
          Eigen::Map<const Vector>(mean_gradient.data(), mean.size());
      Matrix cross = statistic.residual.middleCols(k * q, q);
      cross += mean.transpose() * penalised;
      double weight = statistic.weight(k);
      if (prior_rows_ > 0.0 && (k == 0 || !shared_)) {
        cross += prior_rows_ * prior_covariance_;
        weight += prior_rows_;
      }
      Matrix own =
          (precision * cross * precision - weight * precision) * factor;
      own.diagonal().array() *= factor.diagonal().array();
      if (structure_ == Covariance::spherical)
        own(0, 0) = own.diagonal().sum();
      factor_gradient = shared_ ? Matrix(factor_gradient + own) : own;
      if (!shared_ || k == experts() - 1)
        pack_factor(factor_gradient, packed, position);
    }
    return packed;
  }

  // Coordinates of atoms (see mixing_measure.hpp), a column an expert. Those
  // of one expert too many converge at different rates: its intercept, whose
  // second derivative is the first in the variance, at half that of its slopes
  // and covariance (arXiv:2510.12744). An intercept is the first row.

  Matrix slow(const Parameters &parameters, bool intercept) const {
    const Index q = responses();
    Matrix result(intercept ? q : 0, parameters.mean.cols() / q);
    for (Index k = 0; intercept && k < result.cols(); ++k)
      result.col(k) = own_mean(parameters, k).row(0).transpose();
    return result;
  }

  Matrix fast(const Parameters &parameters, bool intercept) const {
    const Index q = responses(), first = intercept ? 1 : 0;
    const Index slopes = (parameters.mean.rows() - first) * q;
    Matrix result(slopes + q * q, parameters.mean.cols() / q);
    for (Index k = 0; k < result.cols(); ++k) {
      const Matrix own = own_mean(parameters, k);
      const Matrix slope = own.bottomRows(own.rows() - first);
      result.col(k) << Eigen::Map<const Vector>(slope.data(), slopes),
          Eigen::Map<const Vector>(covariance(parameters, k).data(), q * q);
    }
    return result;
  }

  /// The inverse, for any number of atoms.
  Parameters from_atoms(const Matrix &slow, const Matrix &fast,
                        bool intercept) const {
    const Index q = responses(), first = intercept ? 1 : 0;
    const Index slopes = fast.rows() / q - q;
    Parameters result;
    result.mean.resize(first + slopes, q * fast.cols());
    for (Index k = 0; k < fast.cols(); ++k) {
      const Vector own = fast.col(k);
      if (intercept)
        result.mean.block(0, k * q, 1, q) = slow.col(k).transpose();
      result.mean.block(first, k * q, slopes, q) =
          Eigen::Map<const Matrix>(own.data(), slopes, q);
      result.covariance.emplace_back(
          Eigen::Map<const Matrix>(own.data() + slopes * q, q, q));
    }
    return result;
  }

  // Free coordinates are the packed form.

  Index free_size() const { return packed_size(); }
  Vector to_free(const Parameters &parameters) const {
    return pack(parameters);
  }
  Parameters from_free(const ConstVectorRef &values) const {
    return unpack(values);
  }

  /// Scores of the rows that accumulate() saw last, `weights` holding a tau_k.
  /// With Sigma = LL', u = L^-1 e and v = Sigma^-1 e they are
  ///   v_j z for the mean, v_i u_j for L_ij below the diagonal,
  ///   v_j u_j L_jj - 1 for log L_jj (spherical: sum_j u_j^2 - q).
  template <class Result>
  void row_scores(const Block &block, const Density &density,
                  const Matrix &weights, const Workspace &workspace,
                  Result &&result) const {
    const Index q = responses(), r = columns();
    Index column = 0, scale = r * q * experts();
    if (shared_)
      result.rightCols(free_size() - scale).setZero();
    for (Index k = 0; k < experts(); ++k) {
      const Matrix &whitening = density.whitening[static_cast<std::size_t>(k)];
      const Matrix u = workspace.residuals.middleCols(k * q, q) * whitening;
      const Matrix v = u * whitening.transpose();
      const auto weight = weights.col(k).array();
      for (Index j = 0; j < q; ++j) {
        const Vector weighted = weight * v.col(j).array();
        for (Index i = 0; i < r; ++i)
          result.col(column++) = weighted.cwiseProduct(block.expert().col(i));
      }
      const auto add = [&](const Eigen::ArrayXd &value) {
        if (shared_)
          result.col(scale++).array() += weight * value;
        else
          result.col(scale++).array() = weight * value;
      };
      if (structure_ == Covariance::spherical)
        add(u.rowwise().squaredNorm().array() - static_cast<double>(q));
      else
        for (Index j = 0; j < q; ++j) {
          add(v.col(j).array() * u.col(j).array() / whitening(j, j) - 1.0);
          if (structure_ == Covariance::full)
            for (Index i = j + 1; i < q; ++i)
              add(v.col(i).array() * u.col(j).array());
        }
      if (shared_)
        scale = r * q * experts();
    }
  }

  // What the observed information needs (see information.hpp): the predictors
  // are the means, the scale coordinates those of the Cholesky factors.

  Index predictors() const { return responses(); }
  Index own_scales() const {
    return scale_coordinates(structure_, responses());
  }
  Index scales() const { return own_scales() * (shared_ ? 1 : experts()); }
  Index first_scale(Index k) const { return shared_ ? 0 : k * own_scales(); }

  void derivatives(const Block &, const Density &density,
                   const Workspace &workspace, Index k, Matrix &score,
                   Matrix &curvature) const {
    const Index q = responses();
    const Matrix residuals = workspace.residuals.middleCols(k * q, q);
    normal_derivatives(residuals,
                       density.whitening[static_cast<std::size_t>(k)],
                       structure_, score, curvature);
  }

  /// Adds the second derivatives of the ridge that add_penalty() leaves out.
  /// Penalty lambda_j b'Sigma^-1 b / 2, b the j-th row of A_k, is minus the
  /// log- density of a row with residual -b, but for log|Sigma|, which is
  /// linear in the coordinates; so the rows of A_k are differentiated like rows
  /// of data, lambda_j being their weights and the unit vectors their
  /// covariates.
  template <class Result>
  void add_ridge_scales(const Parameters &parameters, Result &&result) const {
    const Index q = responses(), r = columns(), own = own_scales();
    const Density all = density(parameters);
    Matrix score, curvature;
    for (Index k = 0; k < experts(); ++k) {
      const Index scale = r * q * experts() + first_scale(k);
      normal_derivatives(-own_mean(parameters, k),
                         all.whitening[static_cast<std::size_t>(k)], structure_,
                         score, curvature);
      curvature = block_.penalty().asDiagonal() * curvature;
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
    if (prior_rows_ <= 0.0)
      return;
    const Matrix root = prior_covariance_.llt().matrixL();
    const Density all = density(parameters);
    Matrix score, curvature;
    for (Index k = 0; k < (shared_ ? 1 : experts()); ++k) {
      normal_derivatives(root.transpose(),
                         all.whitening[static_cast<std::size_t>(k)], structure_,
                         score, curvature);
      add_scale_corner(prior_rows_ * curvature,
                       columns() * responses() * experts() + first_scale(k),
                       result);
    }
  }

  void move(const ConstVectorRef &step, Parameters &parameters) const {
    parameters = unpack(pack(parameters) + step);
  }

  /// Adds `share` of the complete-data information; of the covariances only the
  /// diagonal, E v_i^2 u_j^2 = (Sigma^-1)_ii and var(v_j u_j L_jj) =
  /// 1 + L_jj^2 (Sigma^-1)_jj.
  template <class Result>
  void add_information(const Statistic &statistic, const Parameters &parameters,
                       double share, Result &&result) const {
    const Index q = responses(), r = columns();
    Index scale = r * q * experts();
    for (Index k = 0; k < experts(); ++k) {
      const Eigen::LLT<Matrix> cholesky(covariance(parameters, k));
      const Matrix precision = cholesky.solve(Matrix::Identity(q, q));
      const Matrix gram = statistic.gram.matrix(k);
      for (Index i = 0; i < q; ++i)
        for (Index j = 0; j < q; ++j)
          result.block((k * q + i) * r, (k * q + j) * r, r, r) +=
              share * precision(i, j) * gram;
      const double weight = share * statistic.weight(k);
      if (structure_ == Covariance::spherical)
        result(scale, scale) += 2.0 * static_cast<double>(q) * weight;
      Index at = scale;
      for (Index j = 0; structure_ != Covariance::spherical && j < q; ++j) {
        result(at, at) +=
            weight * (1.0 + covariance_factor(cholesky, j) * precision(j, j));
        ++at;
        if (structure_ == Covariance::full)
          for (Index i = j + 1; i < q; ++i, ++at)
            result(at, at) += weight * precision(i, i);
      }
      if (!shared_)
        scale = structure_ == Covariance::spherical ? scale + 1 : at;
    }
  }

  /// Adds the second derivatives of the penalty in the means (those in the
  /// covariances are left to the information).
  template <class Result>
  void add_penalty(const Parameters &parameters, Result &&result) const {
    const Index q = responses(), r = columns();
    for (Index k = 0; k < experts(); ++k) {
      const Matrix precision =
          covariance(parameters, k).llt().solve(Matrix::Identity(q, q));
      for (Index i = 0; i < q; ++i)
        for (Index j = 0; j < q; ++j)
          result.block((k * q + i) * r, (k * q + j) * r, r, r).diagonal() +=
              precision(i, j) * block_.penalty();
    }
  }

  /// The first derivatives of the penalty.
  Vector penalty_gradient(const Parameters &parameters) const {
    return -gradient(statistic(Curvature::bound), parameters);
  }

  const Vector &penalty() const { return block_.penalty(); }
  void scale_prior(double share) { prior_rows_ *= share; }
  void set_penalty(const Vector &penalty) { block_.set_penalty(penalty); }

private:
  // Most experts have one response. Their covariance is a number, for which
  // Eigen's factorisations would take most of the time of a pass over few rows.

  static double deviation(const Parameters &parameters, Index k) {
    return std::sqrt(covariance(parameters, k)(0, 0));
  }

  Vector gradient_of_one(const Statistic &statistic,
                         const Parameters &parameters) const {
    const Index r = columns();
    Vector packed(packed_size());
    Index position = parameters.mean.size();
    double sum = 0.0;
    for (Index k = 0; k < experts(); ++k) {
      const double variance = covariance(parameters, k)(0, 0);
      const auto mean = parameters.mean.col(k);
      const Vector penalised = block_.penalty().cwiseProduct(mean);
      packed.segment(k * r, r) =
          (statistic.cross.col(k) - penalised) / variance;
      double cross = statistic.residual(0, k) + mean.dot(penalised);
      double weight = statistic.weight(k);
      if (prior_rows_ > 0.0 && (k == 0 || !shared_)) {
        cross += prior_rows_ * prior_covariance_(0, 0);
        weight += prior_rows_;
      }
      sum = (shared_ ? sum : 0.0) + (cross / variance - weight);
      if (!shared_ || k == experts() - 1)
        packed(position++) = sum;
    }
    return packed;
  }

  // The sums of packed second derivatives that belong to the covariance alone,
  // their last ones.
  template <class Result>
  void add_scale_corner(const Matrix &curvature, Index first,
                        Result &&result) const {
    const Index own = own_scales();
    Index at = curvature.cols() - own * (own + 1) / 2;
    for (Index i = 0; i < own; ++i)
      for (Index j = i; j < own; ++j, ++at) {
        const double sum = curvature.col(at).sum();
        result(first + i, first + j) += sum;
        if (i != j)
          result(first + j, first + i) += sum;
      }
  }

  Matrix with_prior(const Matrix &cross) const {
    return prior_rows_ > 0.0 ? Matrix(cross + prior_rows_ * prior_covariance_)
                             : cross;
  }

  // c/2 sum (log|Sigma| + tr(Sigma^-1 S)), minus the surrogate of its rows.
  double prior_value(const Parameters &parameters) const {
    double value = 0.0;
    for (Index k = 0; k < (shared_ ? 1 : experts()) && prior_rows_ > 0.0; ++k)
      value -= surrogate(covariance(parameters, k),
                         prior_rows_ * prior_covariance_, prior_rows_);
    return value;
  }

  // L_jj^2
  static double covariance_factor(const Eigen::LLT<Matrix> &cholesky, Index j) {
    const double factor = cholesky.matrixLLT()(j, j);
    return factor * factor;
  }

  static const Matrix &covariance(const Parameters &parameters, Index k) {
    return parameters.covariance[static_cast<std::size_t>(k)];
  }

  Matrix own_mean(const Parameters &parameters, Index k) const {
    return parameters.mean.middleCols(k * responses(), responses());
  }

  // Expected complete-data log-likelihood of one expert, constants left out.
  static double surrogate(const Matrix &covariance, const Matrix &cross,
                          double weight) {
    if (covariance.rows() == 1)
      return -0.5 * (weight * std::log(covariance(0, 0)) +
                     cross(0, 0) / covariance(0, 0));
    const Eigen::LLT<Matrix> cholesky(covariance);
    const Matrix factor = cholesky.matrixL();
    return -weight * factor.diagonal().array().log().sum() -
           0.5 * cholesky.solve(cross).trace();
  }

  void pack_factor(const Matrix &factor, Vector &packed,
                   Index &position) const {
    const Index q = responses();
    for (Index j = 0; j < q; ++j) {
      packed(position++) = factor(j, j);
      if (structure_ == Covariance::spherical)
        return;
      if (structure_ == Covariance::full)
        for (Index i = j + 1; i < q; ++i)
          packed(position++) = factor(i, j);
    }
  }

  LinearBlock block_;
  Covariance structure_;
  bool shared_;
  double variance_floor_;
  double prior_rows_ = 0.0;
  Matrix prior_covariance_;
};

} // namespace sgmoe

#endif
