// The family of multinomial-logistic experts:
//   f_k(y = m | z) = exp(v_km'z) / sum_j exp(v_kj'z).
//
// Expert k is a logit block with weights a tau_k and the observed class as its
// target. A row of counts y_1, ..., y_M (N in all) shares one latent expert:
// f_k = prod_m p_km^y_m (the multinomial coefficient is left out), the weight
// is a tau_k N and the target y / N.
//
// The response is one column of class numbers 0, ..., M - 1, or M columns of
// counts. Offsets, one a class, are added to the logits of every expert.
//
// Steps and coordinates are here; multinomial_density.hpp has what a pass over
// rows needs.
#ifndef SGMOE_MULTINOMIAL_HPP
#define SGMOE_MULTINOMIAL_HPP

#include "multinomial_density.hpp"

namespace sgmoe {

class Multinomial : public MultinomialDensity {
public:
  using MultinomialDensity::MultinomialDensity;

  double fisher_cost() const { return block().fisher_cost(); }
  std::vector<BlockInformation>
  information_blocks(const Statistic &statistic) const {
    std::vector<BlockInformation> result;
    for (Index k = 0; k < experts(); ++k)
      result.push_back({block().information(statistic.logit, k),
                        statistic.logit.gram.matrix(k)});
    return result;
  }

  /// One quadratic step of every block. An expert with less weight than it has
  /// coefficients to a class is kept as it is for this pass (labels on so few
  /// rows it would separate), unless a ridge determines its coefficients.
  Parameters maximise(const Statistic &statistic, const Parameters &current,
                      double least_weight, BoundShare share,
                      ExpertReport &report) const {
    const auto k_size = static_cast<std::size_t>(experts());
    const bool ridge = (block().penalty().array() > 0.0).any();
    report.starved.assign(k_size, false);
    report.floored.assign(k_size, false);
    report.gain = 0.0;
    Parameters next = current;
    for (Index k = 0; k < experts(); ++k) {
      const double weight = statistic.weight(k);
      const double rows_needed =
          ridge ? 1.0
                : static_cast<double>(
                      SymmetricSolve(statistic.logit.gram.matrix(k)).rank());
      if (!(weight >= rows_needed * least_weight) || weight <= 0.0) {
        report.starved[static_cast<std::size_t>(k)] = true;
        continue;
      }
      const Step step =
          block().maximise(statistic.logit, current.logit, share, k);
      next.logit.middleCols(k * classes(), classes()) += step.increment;
      report.gain += step.gain;
    }
    return next;
  }

  /// The step by the bound, which cannot fail.
  Parameters safe_step(const Statistic &statistic, const Parameters &current,
                       double least_weight, Index, ExpertReport &report) const {
    return maximise(statistic, current, least_weight, Curvature::bound, report);
  }

  /// A plain step by the bound is safe already.
  Index safe_attempts(Curvature curvature) const {
    return curvature == Curvature::bound ? 0 : 1;
  }

  /// Shortens steps that change logits by more than `reach`.
  void limit(const Statistic &statistic, const Parameters &from, double reach,
             Parameters &to) const {
    block().limit(statistic.logit, statistic.weight, from.logit, reach,
                  to.logit);
  }

  /// Moves the anchor of a statistic.
  void reanchor(const Parameters &from, const Parameters &to, BoundShare share,
                Statistic &statistic) const {
    block().reanchor(to.logit - from.logit, share, statistic.logit);
  }

  void factorise(BoundShare share, Statistic &statistic) const {
    block().factorise(share, statistic.logit);
  }

  double ridge_value(const Parameters &parameters) const {
    return block().ridge_value(parameters.logit);
  }

  double penalty_value(const Parameters &parameters) const {
    return block().penalty_value(parameters.logit);
  }

  // Packed form: V_1, ..., V_K, column by column.

  Index packed_size() const { return columns() * mean_columns(); }

  Vector pack(const Parameters &parameters) const {
    return Eigen::Map<const Vector>(parameters.logit.data(), packed_size());
  }

  Parameters unpack(const ConstVectorRef &packed) const {
    const Vector values = packed;
    return {Eigen::Map<const Matrix>(values.data(), columns(), mean_columns())};
  }

  /// Gradient of the penalised log-likelihood in the packed form, from the
  /// statistic taken at `parameters`.
  Vector gradient(const Statistic &statistic,
                  const Parameters &parameters) const {
    return pack({block().gradient(statistic.logit, parameters.logit)});
  }

  // Coordinates of atoms (see mixing_measure.hpp), a column an expert: all
  // converge at one rate (arXiv:2602.07997).

  Matrix slow(const Parameters &parameters, bool) const {
    const Matrix &logit = parameters.logit;
    const Index size = columns() * classes();
    return Eigen::Map<const Matrix>(logit.data(), size, logit.size() / size);
  }

  Matrix fast(const Parameters &parameters, bool) const {
    return Matrix(0, parameters.logit.cols() / classes());
  }

  /// The inverse, for any number of atoms.
  Parameters from_atoms(const Matrix &slow, const Matrix &, bool) const {
    return {Eigen::Map<const Matrix>(slow.data(), columns(),
                                     classes() * slow.cols())};
  }

  // Free coordinates (see block/logit.hpp).

  Index free_size() const { return block().free_size(); }
  Vector free_gradient(const Vector &packed) const {
    return block().free_gradient(packed);
  }
  Vector to_free(const Parameters &parameters) const {
    return block().to_free(parameters.logit);
  }
  Parameters from_free(const ConstVectorRef &values) const {
    Parameters result = origin();
    block().move(values, result.logit);
    return result;
  }

  /// Adds the second derivatives of the prior.
  template <class Result>
  void add_prior(const Parameters &parameters, Result &&result) const {
    block().add_prior(parameters.logit, result);
  }

  void move(const ConstVectorRef &step, Parameters &parameters) const {
    block().move(step, parameters.logit);
  }

  template <class Result>
  void add_information(const Statistic &statistic, const Parameters &,
                       double share, Result &&result) const {
    block().add_information(statistic.logit, share, result);
  }

  template <class Result>
  void add_penalty(const Parameters &, Result &&result) const {
    block().add_penalty(result);
  }

  Vector penalty_gradient(const Parameters &parameters) const {
    return block().penalty_gradient(parameters.logit);
  }
};

} // namespace sgmoe

#endif
