// What the tests of the incremental driver share. Include it in place of
// helpers.hpp.
#ifndef SGMOE_TESTS_INCREMENTAL_HELPERS_HPP
#define SGMOE_TESTS_INCREMENTAL_HELPERS_HPP

#include "multinomial_helpers.hpp"

#include <sgmoe/driver/pass.hpp>

namespace test {

using sgmoe::Curvature;
using sgmoe::Request;
using sgmoe::Statistic;

/// The mixture log-densities of all rows, from the definition.
inline Vector log_density(const GaussianMixture &, const Data &data,
                          const GaussianTheta &theta) {
  return log_density(data, theta);
}

inline Vector log_density(const MultinomialMixture &mixture, const Data &data,
                          const MultinomialTheta &theta) {
  return log_density(data, theta, mixture.family().classes());
}

inline Vector case_weights(const Data &data) {
  return data.weights.size() > 0 ? data.weights
                                 : Vector::Ones(data.gate.rows());
}

inline double log_likelihood(const GaussianMixture &mixture, const Data &data,
                             const GaussianTheta &theta) {
  return case_weights(data).dot(log_density(mixture, data, theta));
}

inline double log_likelihood(const MultinomialMixture &mixture,
                             const Data &data, const MultinomialTheta &theta) {
  return case_weights(data).dot(log_density(mixture, data, theta));
}

/// The sums of all rows at `theta`.
template <class Family>
Statistic<Family>
sums_at(const sgmoe::Mixture<Family> &mixture, const Data &data,
        const sgmoe::Parameters<Family> &theta, Request request) {
  Statistic<Family> sums;
  sgmoe::accumulate_rows(mixture, data.rows(), theta, request, 1,
                         sgmoe::KeepGoing(), sums);
  return sums;
}

template <class Family>
Statistic<Family>
sums_at(const sgmoe::Mixture<Family> &mixture, const Data &data,
        const sgmoe::Parameters<Family> &theta, Curvature curvature) {
  Request request;
  request.curvature = curvature;
  return sums_at(mixture, data, theta, request);
}

/// The same, with posteriors that do not depend on `theta`.
template <class Family>
Statistic<Family> sums_at(const sgmoe::Mixture<Family> &mixture,
                          const Data &data,
                          const sgmoe::Parameters<Family> &theta,
                          Curvature curvature, const Matrix &posterior) {
  const Eigen::Map<const Matrix> view(posterior.data(), posterior.rows(),
                                      posterior.cols());
  Request request;
  request.curvature = curvature;
  request.posterior = &view;
  return sums_at(mixture, data, theta, request);
}

/// Posteriors of the E-step.
template <class Family>
Matrix posterior_at(const sgmoe::Mixture<Family> &mixture, const Data &data,
                    const sgmoe::Parameters<Family> &theta) {
  Matrix result(data.gate.rows(), mixture.experts());
  Request request;
  request.keep_posterior = &result;
  sums_at(mixture, data, theta, request);
  return result;
}

/// Richardson-extrapolated central differences of a function with many values,
/// a column a coordinate.
template <class Function>
Matrix numerical_jacobian(const Function &function, Index size,
                          double width = 1e-3) {
  const auto slope = [&](Index i, double by) -> Vector {
    const Vector step = by * Vector::Unit(size, i);
    return (function(step) - function(-step)) / (2.0 * by);
  };
  const Vector origin = function(Vector::Zero(size));
  Matrix result(origin.size(), size);
  for (Index i = 0; i < size; ++i)
    result.col(i) = (4.0 * slope(i, width / 2) - slope(i, width)) / 3.0;
  return result;
}

/// Scores of all rows by the core.
template <class Family>
Matrix scores_of(const sgmoe::Mixture<Family> &mixture, const Data &data,
                 const sgmoe::Parameters<Family> &theta) {
  Statistic<Family> sums = mixture.statistic(Request());
  sgmoe::Workspace<Family> workspace;
  workspace.block.load(data.rows(), 0, data.gate.rows());
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  mixture.accumulate(theta, density, Request(), workspace, sums);
  Matrix result;
  mixture.row_scores(density, workspace, result);
  return result;
}

/// The coordinates of the packed form that belong to classes other than the
/// last of each block: the free ones.
inline std::vector<Index> free_of_block(const sgmoe::LogitBlock &block,
                                        Index first) {
  std::vector<Index> result;
  for (Index b = 0; b < block.blocks(); ++b)
    for (Index k = 0; k + 1 < block.classes(); ++k)
      for (Index j = 0; j < block.columns(); ++j)
        result.push_back(first + (b * block.classes() + k) * block.columns() +
                         j);
  return result;
}

inline std::vector<Index> free_of(const GaussianMixture &mixture) {
  std::vector<Index> result = free_of_block(mixture.gate(), 0);
  const Index gate = mixture.gate().columns() * mixture.experts();
  for (Index i = 0; i < mixture.family().packed_size(); ++i)
    result.push_back(gate + i);
  return result;
}

inline std::vector<Index> free_of(const MultinomialMixture &mixture) {
  std::vector<Index> result = free_of_block(mixture.gate(), 0);
  const Index gate = mixture.gate().columns() * mixture.experts();
  for (Index i : free_of_block(mixture.family().block(), gate))
    result.push_back(i);
  return result;
}

inline Vector chosen(const Vector &all, const std::vector<Index> &which) {
  Vector result(static_cast<Index>(which.size()));
  for (std::size_t i = 0; i < which.size(); ++i)
    result(static_cast<Index>(i)) = all(which[i]);
  return result;
}

/// The penalised gradient in the free coordinates, from the pass.
template <class Family>
Vector free_gradient(const sgmoe::Mixture<Family> &mixture,
                     const Statistic<Family> &sums,
                     const sgmoe::Parameters<Family> &theta) {
  return chosen(mixture.gradient(sums, theta), free_of(mixture));
}

template <class Family>
Vector free_gradient(const sgmoe::Mixture<Family> &mixture, const Data &data,
                     const sgmoe::Parameters<Family> &theta) {
  return free_gradient(mixture, sums_at(mixture, data, theta, Curvature::bound),
                       theta);
}

/// Pushes `theta` by EM-like steps on `data` to a maximum.
template <class Family>
sgmoe::Parameters<Family> climb(const sgmoe::Mixture<Family> &mixture,
                                const Data &data,
                                sgmoe::Parameters<Family> theta, int steps) {
  for (int i = 0; i < steps; ++i)
    theta = mixture
                .maximise(sums_at(mixture, data, theta, Curvature::fisher),
                          theta, Curvature::fisher)
                .parameters;
  return theta;
}

} // namespace test

#endif
