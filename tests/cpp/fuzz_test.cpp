// Random and degenerate inputs: whatever comes, no assertion of Eigen fires
// (helpers.hpp lets them throw), everything stays finite, and the bound map
// ascends without any guard.
#include "helpers.hpp"

#include <sgmoe/basis.hpp>
#include <sgmoe/batch.hpp>
#include <sgmoe/predict.hpp>

using namespace sgmoe;

namespace {

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

bool chance(test::Random &random, double probability) {
  return test::uniform(random) < probability;
}

// Small sizes are the more frequent; all up to `high` occur.
Index size(test::Random &random, Index high) {
  const double share = std::pow(test::uniform(random), 3.0);
  return 1 + static_cast<Index>(share * static_cast<double>(high));
}

// Columns that are constant, zero, duplicated, tied, huge or tiny.
Matrix degenerate(test::Random &random, Index rows, Index columns) {
  Matrix result = test::design(random, rows, columns);
  for (Index j = 1; j < columns; ++j)
    switch (test::integer(random, 0, 11)) {
    case 0:
      result.col(j).setZero();
      break;
    case 1:
      result.col(j).setConstant(-3.0);
      break;
    case 2:
      result.col(j) = result.col(test::integer(random, 0, j - 1));
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
      result.col(j) = result.col(0) + 1e-9 * test::normal(random, rows, 1);
      break;
    default:
      break;
    }
  return result;
}

struct Trial {
  test::Data data;
  Columns gate, expert, response;
  Index experts;
  double ridge;
  Covariance structure;
  bool shared;

  Rows rows() const {
    return {gate, expert, response,
            Eigen::Map<const Vector>(data.weights.data(), data.weights.size()),
            data.same_design};
  }
};

// In the working basis, where the first column is the intercept.
Columns standardised(const Matrix &values, const Vector &weights,
                     bool intercept) {
  Columns columns = test::Data::view(values);
  Vector mean, deviation;
  column_moments(columns.values,
                 Eigen::Map<const Vector>(weights.data(), weights.size()), mean,
                 deviation);
  for (Index j = intercept ? 1 : 0; j < values.cols(); ++j) {
    const bool constant = deviation(j) <= 1e-12 * std::fabs(mean(j));
    columns.centre(j) = mean(j);
    columns.scale(j) = constant ? 1.0 : deviation(j);
  }
  return columns;
}

Trial draw(test::Random &random) {
  const Index n = size(random, 700), q = size(random, 4);
  test::Data data = test::simulate(random, n, 1, q);
  data.gate = degenerate(random, n, size(random, 40));
  data.expert = degenerate(random, n, size(random, 40));
  data.same_design = chance(random, 0.5);
  if (chance(random, 0.2)) // ties
    data.response = data.response.array().round().matrix();
  if (chance(random, 0.1)) // nothing to explain
    data.response.setConstant(2.0);
  if (chance(random, 0.2))
    data.response *= std::pow(10.0, test::uniform(random, -8.0, 8.0));
  if (chance(random, 0.5)) {
    data.weights = test::positive(random, n);
    for (Index i = 1; i < n; ++i)
      if (chance(random, 0.3))
        data.weights(i) = 0.0;
    if (chance(random, 0.3))
      data.weights *= 1e-9;
  }
  // The views below must see memory that moves no more.
  Trial trial{data,
              test::Data::view(data.gate),
              test::Data::view(data.expert),
              test::Data::view(data.response),
              size(random, 9),
              chance(random, 0.5) ? 0.0 : test::uniform(random, 0.0, 3.0),
              static_cast<Covariance>(test::integer(random, 0, 2)),
              chance(random, 0.3)};
  return trial;
}

void look_at(Trial &trial) {
  const test::Data &data = trial.data;
  const auto set = [](Columns &columns, const Columns &to) {
    new (&columns.values) Eigen::Map<const Matrix>(to.values);
    columns.centre = to.centre;
    columns.scale = to.scale;
  };
  set(trial.gate, standardised(data.gate, data.weights, true));
  set(trial.expert, standardised(data.expert, data.weights, true));
  set(trial.response, standardised(data.response, data.weights, false));
}

} // namespace

TEST_CASE("Random and degenerate inputs break nothing") {
  for (int seed = 1; seed <= kTrials; ++seed) {
    CAPTURE(seed);
    test::Random random(static_cast<std::uint64_t>(seed));
    Trial trial = draw(random);
    look_at(trial);
    const auto mixture = test::mixture(trial.data, trial.experts, trial.ridge,
                                       trial.structure, trial.shared);
    const Rows rows = trial.rows();
    const Matrix posterior = test::posterior(random, rows.size(), trial.experts,
                                             chance(random, 0.5) ? 1.0 : 20.0);
    const Eigen::Map<const Matrix> view(posterior.data(), posterior.rows(),
                                        posterior.cols());
    BatchControl control;
    control.max_passes = 12;
    control.method = chance(random, 0.1) ? Method::em : Method::mm;
    // Fisher systems of many coefficients take too long for a test.
    const bool small = mixture.gate().columns() * trial.experts <= 60;
    control.curvature =
        small && chance(random, 0.6) ? Curvature::fisher : Curvature::bound;
    control.acceleration =
        static_cast<Acceleration>(test::integer(random, 0, 2));
    Batch<Gaussian> batch(mixture, rows, control, Callbacks());
    auto theta = mixture.origin();
    REQUIRE(batch.start_from(view, theta));
    REQUIRE(mixture.pack(theta).allFinite());

    // The bound map on its own.
    const double weight = rows.total_weight();
    double last = 0.0;
    auto at = theta;
    for (int pass = 0; pass < 4; ++pass) {
      Statistic<Gaussian> sums;
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
    const Matrix predicted =
        predict_posterior(mixture, rows, result.parameters, 1, KeepGoing());
    REQUIRE(predicted.allFinite());
    REQUIRE(test::difference(predicted.leftCols(trial.experts).rowwise().sum(),
                             Vector::Ones(rows.size())) < 1e-12);
  }
}
