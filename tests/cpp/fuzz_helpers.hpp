// What the random trials of all families share: degenerate data, and a run
// that must survive them.
#ifndef SGMOE_TESTS_FUZZ_HELPERS_HPP
#define SGMOE_TESTS_FUZZ_HELPERS_HPP

#include "helpers.hpp"

#include <sgmoe/core/moments.hpp>
#include <sgmoe/driver/batch.hpp>
#include <sgmoe/model/predict.hpp>

namespace test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SGMOE_SLOW_BUILD
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SGMOE_SLOW_BUILD
#endif
#endif

// Sanitizers make a trial some twenty times slower.
#ifdef SGMOE_SLOW_BUILD
constexpr int kTrials = 400;
#else
constexpr int kTrials = 4000;
#endif

inline bool chance(Random &random, double probability) {
  return uniform(random) < probability;
}

// Small sizes are the more frequent; all up to `high` occur.
inline Index size(Random &random, Index high) {
  const double share = std::pow(uniform(random), 3.0);
  return 1 + static_cast<Index>(share * static_cast<double>(high));
}

// Columns that are constant, zero, duplicated, tied, huge or tiny.
inline Matrix degenerate(Random &random, Index rows, Index columns) {
  Matrix result = design(random, rows, columns);
  for (Index j = 1; j < columns; ++j)
    switch (integer(random, 0, 11)) {
    case 0:
      result.col(j).setZero();
      break;
    case 1:
      result.col(j).setConstant(-3.0);
      break;
    case 2:
      result.col(j) = result.col(integer(random, 0, j - 1));
      break;
    case 3:
      result.col(j) = result.col(j).array().round().matrix();
      break;
    case 4:
      result.col(j) *= 1e8;
      break;
    case 5:
      result.col(j) *= 1e-8;
      break;
    case 6:
      result.col(j) = result.col(0) + 1e-9 * normal(random, rows, 1);
      break;
    default:
      break;
    }
  return result;
}

// In the working basis, where the first column is the intercept.
inline sgmoe::Columns standardised(const Matrix &values, const Vector &weights,
                                   bool intercept) {
  sgmoe::Columns columns = Data::view(values);
  Vector mean, deviation;
  sgmoe::column_moments(
      columns.values, Eigen::Map<const Vector>(weights.data(), weights.size()),
      mean, deviation);
  for (Index j = intercept ? 1 : 0; j < values.cols(); ++j) {
    const bool constant = deviation(j) <= 1e-12 * std::fabs(mean(j));
    columns.centre(j) = mean(j);
    columns.scale(j) = constant ? 1.0 : deviation(j);
  }
  return columns;
}

/// From random posteriors on: the bound map ascends unguarded, a run with
/// random settings never falls and ends with finite numbers.
template <class Family>
void survive(Random &random, const sgmoe::Mixture<Family> &mixture,
             const sgmoe::Rows &rows) {
  using namespace sgmoe;
  const Matrix posterior = test::posterior(
      random, rows.size(), mixture.experts(), chance(random, 0.5) ? 1.0 : 20.0);
  const Eigen::Map<const Matrix> view(posterior.data(), posterior.rows(),
                                      posterior.cols());
  BatchControl control;
  control.max_passes = 12;
  control.method = chance(random, 0.1) ? Method::em : Method::mm;
  // Fisher systems of many coefficients take too long for a test.
  const bool small = mixture.gate().columns() * mixture.experts() <= 60;
  control.curvature =
      small && chance(random, 0.6) ? Curvature::fisher : Curvature::bound;
  control.acceleration = static_cast<Acceleration>(integer(random, 0, 2));
  Batch<Family> batch(mixture, rows, control, Callbacks());
  auto theta = mixture.origin();
  REQUIRE(batch.start_from(view, theta));
  REQUIRE(mixture.pack(theta).allFinite());

  // The bound map on its own.
  const double weight = rows.total_weight();
  double last = 0.0;
  auto at = theta;
  for (int pass = 0; pass < 4; ++pass) {
    Statistic<Family> sums;
    accumulate_rows(mixture, rows, at, Request(), 1, KeepGoing(), sums);
    const double objective = sums.log_likelihood - mixture.penalty_value(at);
    REQUIRE(std::isfinite(objective));
    REQUIRE(mixture.gradient(sums, at).allFinite());
    if (pass > 0)
      REQUIRE(objective >= last - 1e-10 * (weight + std::fabs(last)));
    last = objective;
    at = mixture.maximise(sums, at, Curvature::bound).parameters;
  }

  const auto result = batch.run(theta);
  REQUIRE((result.reason == "converged" || result.reason == "pass_limit"));
  REQUIRE(mixture.pack(result.parameters).allFinite());
  for (std::size_t i = 1; i < result.trace.size(); ++i)
    REQUIRE(result.trace[i] >=
            result.trace[i - 1] -
                1e-10 * (weight + std::fabs(result.trace[i])));
  const RowValues predicted = predict_rows(mixture, rows, result.parameters,
                                           row_part::posterior, 1, KeepGoing());
  REQUIRE(predicted.log_density.allFinite());
  REQUIRE(difference(predicted.posterior.rowwise().sum(),
                     Vector::Ones(rows.size())) < 1e-12);
}

} // namespace test

#endif
