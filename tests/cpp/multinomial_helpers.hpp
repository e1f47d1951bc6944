// Random classes and counts, and the multinomial mixture by its definition in
// plain loops. Include it in place of helpers.hpp.
#ifndef SGMOE_TESTS_MULTINOMIAL_HELPERS_HPP
#define SGMOE_TESTS_MULTINOMIAL_HELPERS_HPP

#include "helpers.hpp"

#include <sgmoe/family/multinomial.hpp>

namespace test {

using MultinomialMixture = sgmoe::Mixture<sgmoe::Multinomial>;
using MultinomialTheta = sgmoe::Parameters<sgmoe::Multinomial>;

/// What random data of classes are like.
struct Kind {
  bool counts, offset, weights, same_design;
};

/// All sixteen kinds.
inline std::vector<Kind> kinds() {
  std::vector<Kind> result;
  result.reserve(16);
  for (int bits = 0; bits < 16; ++bits)
    result.push_back(
        {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0});
  return result;
}

/// Two regimes that a gate on the second column tells apart; within each the
/// last column of the experts' design orders the classes, one way or the other.
inline Data simulate_classes(Random &random, Index rows, Index columns,
                             Index classes, const Kind &kind) {
  Data data;
  data.gate = design(random, rows, columns);
  data.expert = design(random, rows, columns + 1);
  data.same_design = kind.same_design;
  data.response = Matrix::Zero(rows, kind.counts ? classes : 1);
  if (kind.offset)
    data.offset = 0.5 * normal(random, rows, classes);
  if (kind.weights) {
    data.weights = positive(random, rows);
    data.weights(rows / 2) = 0.0;
  }
  const Matrix &z = data.expert_design();
  for (Index i = 0; i < rows; ++i) {
    const double x = data.gate(i, columns > 1 ? 1 : 0);
    const bool first = uniform(random) < 1.0 / (1.0 + std::exp(-3.0 * x));
    std::vector<double> odds;
    for (Index m = 0; m < classes; ++m)
      odds.push_back(std::exp((first ? 1.5 : -1.0) * static_cast<double>(m) *
                                  z(i, z.cols() - 1) +
                              (kind.offset ? data.offset(i, m) : 0.0)));
    std::discrete_distribution<Index> draw(odds.begin(), odds.end());
    if (!kind.counts)
      data.response(i, 0) = static_cast<double>(draw(random));
    else // some rows count nothing
      for (Index left = integer(random, 0, 6); left > 0; --left)
        data.response(i, draw(random)) += 1.0;
  }
  return data;
}

inline MultinomialMixture multinomial_mixture(const Data &data, Index experts,
                                              Index classes,
                                              double ridge = 0.0) {
  const auto penalty = [&](Index columns) {
    Vector result = Vector::Constant(columns, ridge);
    result(0) = 0.0;
    return result;
  };
  return MultinomialMixture(
      penalty(data.gate.cols()),
      sgmoe::Multinomial(experts, classes,
                         penalty(data.expert_design().cols())));
}

/// Random parameters in sum-zero form.
inline MultinomialTheta parameters(Random &random,
                                   const MultinomialMixture &mixture,
                                   double spread = 1.0) {
  const Index classes = mixture.family().classes();
  MultinomialTheta theta = mixture.origin();
  theta.gate =
      spread * sum_zero(normal(random, theta.gate.rows(), theta.gate.cols()));
  for (Index k = 0; k < mixture.experts(); ++k)
    theta.expert.logit.middleCols(k * classes, classes) =
        spread * sum_zero(normal(random, theta.expert.logit.rows(), classes));
  return theta;
}

/// log p_m of expert k in row i.
inline double log_class(const Data &data, const Matrix &logit, Index classes,
                        Index i, Index k, Index m) {
  const Matrix &z = data.expert_design();
  std::vector<double> eta;
  for (Index c = 0; c < classes; ++c) {
    double value = data.offset.cols() > 0 ? data.offset(i, c) : 0.0;
    for (Index j = 0; j < z.cols(); ++j)
      value += z(i, j) * logit(j, k * classes + c);
    eta.push_back(value);
  }
  const double largest = *std::max_element(eta.begin(), eta.end());
  double total = 0.0;
  for (double value : eta)
    total += std::exp(value - largest);
  return eta[static_cast<std::size_t>(m)] - largest - std::log(total);
}

/// How often row i shows class m: one or not at all for class numbers.
inline double observed(const Data &data, Index i, Index m) {
  if (data.response.cols() > 1)
    return data.response(i, m);
  return data.response(i, 0) == static_cast<double>(m) ? 1.0 : 0.0;
}

/// log f_k of all rows and experts.
inline Matrix log_expert(const Data &data, const Matrix &logit, Index classes) {
  const Index experts = logit.cols() / classes;
  Matrix result = Matrix::Zero(data.gate.rows(), experts);
  for (Index i = 0; i < result.rows(); ++i)
    for (Index k = 0; k < experts; ++k)
      for (Index m = 0; m < classes; ++m)
        if (observed(data, i, m) > 0.0)
          result(i, k) +=
              observed(data, i, m) * log_class(data, logit, classes, i, k, m);
  return result;
}

/// log(pi_k f_k) of all rows and experts.
inline Matrix log_joint(const Data &data, const MultinomialTheta &theta,
                        Index classes) {
  Matrix result = log_expert(data, theta.expert.logit, classes);
  for (Index i = 0; i < result.rows(); ++i) {
    const Vector gate = (data.gate.row(i) * theta.gate).transpose();
    const double largest = gate.maxCoeff();
    const double total =
        largest + std::log((gate.array() - largest).exp().sum());
    result.row(i) += (gate.array() - total).matrix().transpose();
  }
  return result;
}

/// Mixture log-densities of all rows.
inline Vector log_density(const Data &data, const MultinomialTheta &theta,
                          Index classes) {
  const Matrix joint = log_joint(data, theta, classes);
  const Vector largest = joint.rowwise().maxCoeff();
  return largest + (joint.colwise() - largest)
                       .array()
                       .exp()
                       .rowwise()
                       .sum()
                       .log()
                       .matrix();
}

inline Matrix posterior_of(const Data &data, const MultinomialTheta &theta,
                           Index classes) {
  return (log_joint(data, theta, classes).colwise() -
          log_density(data, theta, classes))
      .array()
      .exp()
      .matrix();
}

/// (lambda/2) times the squared coefficients, but for the intercepts'.
inline double ridge_of(const MultinomialTheta &theta, double ridge) {
  const Matrix &gate = theta.gate, &logit = theta.expert.logit;
  return 0.5 * ridge *
         (gate.bottomRows(gate.rows() - 1).squaredNorm() +
          logit.bottomRows(logit.rows() - 1).squaredNorm());
}

/// Penalised log-likelihood.
inline double objective(const Data &data, const MultinomialTheta &theta,
                        Index classes, double ridge) {
  const Vector densities = log_density(data, theta, classes);
  double value = -ridge_of(theta, ridge);
  for (Index i = 0; i < densities.size(); ++i)
    value += weight_of(data, i) * densities(i);
  return value;
}

} // namespace test

#endif
