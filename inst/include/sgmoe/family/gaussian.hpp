// The family of Gaussian experts: f_k(y | z) = N_q(y; A_k'z, Sigma_k), with
// Sigma_k full, diagonal or spherical, each expert's own or shared by all.
// Steps and coordinates are here; gaussian_density.hpp has what a pass over
// rows needs, gaussian_information.hpp the second derivatives, covariances.hpp
// all about the covariances and their prior.
//
// What a family is, concept.hpp says.
#ifndef SGMOE_GAUSSIAN_HPP
#define SGMOE_GAUSSIAN_HPP

#include "gaussian_information.hpp"

namespace sgmoe {

class Gaussian : public GaussianInformation {
public:
  Gaussian(Index experts, Index responses, const Vector &penalty,
           Covariance structure, bool shared, double variance_floor)
      : GaussianInformation(LinearBlock(experts, responses, penalty),
                            Covariances(experts, responses, structure, shared,
                                        variance_floor)) {}

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
      steps.push_back(block().maximise(statistic, k, mean, least_weight));
      mean += steps.back().increment;
      pooled += steps.back().after;
      report.starved[static_cast<std::size_t>(k)] = steps.back().starved;
    }
    const double total = statistic.weight.sum();
    for (std::size_t k = 0; k < k_size; ++k) {
      const double own = statistic.weight(static_cast<Index>(k));
      if (covariances().shared() ? !(total > 0.0) : steps[k].starved)
        continue;
      report.floored[k] =
          covariances().shared()
              ? covariances().maximise(pooled, total, next.covariance[k])
              : covariances().maximise(steps[k].after, own, next.covariance[k]);
    }
    report.gain = covariances().prior_value(current.covariance) -
                  covariances().prior_value(next.covariance);
    for (std::size_t k = 0; k < k_size; ++k) {
      const double weight = statistic.weight(static_cast<Index>(k));
      report.gain += CovarianceRoot(next.covariance[k])
                         .log_likelihood(steps[k].after, weight) -
                     CovarianceRoot(current.covariance[k])
                         .log_likelihood(steps[k].before, weight);
    }
    return next;
  }

  /// The plain step is the exact maximiser: it is safe, and needs no limit.
  Parameters safe_step(const Statistic &statistic, const Parameters &current,
                       double least_weight, Index, ExpertReport &report) const {
    return maximise(statistic, current, least_weight, Curvature::bound, report);
  }

  void factorise_grams(Statistic &statistic) const {
    block().factorise(statistic);
  }

  /// Moves the anchor of a statistic.
  void reanchor(const Parameters &from, const Parameters &to, BoundShare,
                Statistic &statistic) const {
    block().reanchor(to.mean - from.mean, statistic);
  }

  /// Brings parameters from elsewhere to where these experts may be.
  void project(Parameters &parameters) const {
    for (Matrix &own : parameters.covariance)
      covariances().project(own);
  }

  /// (lambda/2) sum_k tr(Sigma_k^-1 A_k'D A_k)
  double ridge_value(const Parameters &parameters) const {
    double value = 0.0;
    for (Index k = 0; k < experts(); ++k)
      value += 0.5 * CovarianceRoot(covariance(parameters, k))
                         .squared_length(own_mean(parameters, k), penalty());
    return value;
  }

  /// The ridge and the prior on the covariances.
  double penalty_value(const Parameters &parameters) const {
    return ridge_value(parameters) +
           covariances().prior_value(parameters.covariance);
  }

  // Packed form: A_1, ..., A_K, then for each covariance (one if shared) its
  // Cholesky factor L, diagonal in logarithms: column by column if full, the
  // diagonal if diagonal, its first entry if spherical.

  Index packed_size() const {
    return columns() * responses() * experts() + scales();
  }

  Vector pack(const Parameters &parameters) const {
    const Index means = parameters.mean.size();
    Vector packed(packed_size());
    packed.head(means) =
        Eigen::Map<const Vector>(parameters.mean.data(), means);
    covariances().pack(parameters.covariance, means, packed);
    return packed;
  }

  Parameters unpack(const ConstVectorRef &packed) const {
    const Index r = columns(), all = mean_columns();
    return {Eigen::Map<const Matrix>(packed.data(), r, all),
            covariances().unpack(packed.tail(scales()))};
  }

  /// Gradient of the penalised log-likelihood in the packed form, from the
  /// statistic taken at `parameters`: (U_k - lambda D A_k) Sigma_k^-1 for the
  /// means; for a covariance that of rows with the penalised cross-product.
  Vector gradient(const Statistic &statistic,
                  const Parameters &parameters) const {
    const Index q = responses(), r = columns(), means = r * mean_columns();
    Vector packed = Vector::Zero(packed_size());
    Matrix penalised, cross;
    for (Index k = 0; k < experts(); ++k) {
      const CovarianceRoot root(covariance(parameters, k));
      const auto mean = own_mean(parameters, k);
      penalised = penalty().asDiagonal() * mean;
      Eigen::Map<Matrix> slopes(packed.data() + k * r * q, r, q);
      slopes = statistic.cross.middleCols(k * q, q) - penalised;
      root.divide(slopes);
      cross = statistic.residual.middleCols(k * q, q);
      cross.noalias() += mean.transpose() * penalised;
      covariances().add_gradient(k, root, statistic.weight(k), cross, means,
                                 packed);
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
  void move(const ConstVectorRef &step, Parameters &parameters) const {
    parameters = unpack(pack(parameters) + step);
  }

  /// The first derivatives of the penalty.
  Vector penalty_gradient(const Parameters &parameters) const {
    return -gradient(statistic(Curvature::bound), parameters);
  }
};

} // namespace sgmoe

#endif
