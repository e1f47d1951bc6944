#include "helpers.hpp"

#include <sgmoe/statistic.hpp>

using namespace sgmoe;

namespace {

using Sums = Statistic<Gaussian>;

Sums sums_of(const test::GaussianMixture &mixture, const test::Data &data,
             const test::GaussianTheta &theta, const Request &request) {
  Sums result = mixture.statistic(request);
  Workspace<Gaussian> workspace;
  workspace.block.load(data.rows(), 0, data.gate.rows());
  mixture.accumulate(theta, mixture.family().density(theta.expert), request,
                     workspace, result);
  return result;
}

test::Data weighted_data(test::Random &random, Index rows, bool same_design) {
  test::Data data = test::simulate(random, rows, 3, 2);
  data.same_design = same_design;
  data.expert = test::design(random, rows, 2);
  data.weights = test::positive(random, rows);
  data.weights(0) = 0.0;
  return data;
}

double off(const Sums &left, const Sums &right) {
  Vector numbers(3), others(3);
  numbers << left.rows, left.weight, left.log_likelihood;
  others << right.rows, right.weight, right.log_likelihood;
  double worst = test::difference(numbers, others);
  const auto compare = [&](const Matrix &one, const Matrix &other) {
    worst = std::max(worst, test::difference(one, other));
  };
  const auto compare_grams = [&](const Grams &one, const Grams &other) {
    REQUIRE(one.size() == other.size());
    for (Index j = 0; j < one.size(); ++j)
      compare(one.matrix(j), other.matrix(j));
  };
  compare(left.gate.score, right.gate.score);
  compare_grams(left.gate.gram, right.gate.gram);
  compare_grams(left.gate.cross, right.gate.cross);
  compare(left.expert.weight, right.expert.weight);
  compare_grams(left.expert.gram, right.expert.gram);
  compare(left.expert.cross, right.expert.cross);
  compare(left.expert.residual, right.expert.residual);
  return worst;
}

double objective(const test::GaussianMixture &mixture, const test::Data &data,
                 const test::GaussianTheta &theta) {
  return data.weights.dot(test::log_density(data, theta)) -
         mixture.penalty_value(theta);
}

} // namespace

TEST_CASE("The statistic of two sets of rows is the sum of theirs") {
  test::Random random(61);
  for (bool same_design : {true, false})
    for (Curvature curvature : {Curvature::bound, Curvature::fisher}) {
      const test::Data data = weighted_data(random, 90, same_design);
      const auto mixture = test::mixture(data, 3);
      const auto theta = test::parameters(random, mixture);
      Request request;
      request.curvature = curvature;
      const Sums whole = sums_of(mixture, data, theta, request);
      Sums merged = sums_of(mixture, data.slice(0, 20), theta, request);
      merged.merge(sums_of(mixture, data.slice(20, 70), theta, request));
      CHECK(off(merged, whole) < 1e-13);
      CHECK(whole.rows == 89.0);
      Sums twice = whole, doubled = whole;
      twice.merge(whole);
      doubled.scale(2.0);
      CHECK(off(doubled, twice) == 0.0);
    }
}

TEST_CASE("A weight of two is a row twice") {
  test::Random random(62);
  test::Data data = weighted_data(random, 40, true);
  const auto mixture = test::mixture(data, 2);
  const auto theta = test::parameters(random, mixture);
  data.weights.setConstant(2.0);
  const Sums weighted = sums_of(mixture, data, theta, Request());
  data.weights.resize(0);
  Sums twice = sums_of(mixture, data, theta, Request());
  twice.merge(twice);
  twice.rows = weighted.rows;
  CHECK(off(weighted, twice) < 1e-14);
}

TEST_CASE("The log-likelihood and the posteriors are the definition's") {
  test::Random random(63);
  for (bool same_design : {true, false}) {
    const test::Data data = weighted_data(random, 70, same_design);
    const auto mixture = test::mixture(data, 3);
    const auto theta = test::parameters(random, mixture);
    const Sums sums = sums_of(mixture, data, theta, Request());
    const Vector densities = test::log_density(data, theta);
    CHECK(sums.log_likelihood ==
          Approx(data.weights.dot(densities)).epsilon(1e-12));
    Matrix joint = test::log_joint(data, theta);
    joint.colwise() -= densities;
    const Matrix posterior = joint.array().exp().matrix();
    CHECK(test::difference(sums.expert.weight,
                           posterior.transpose() * data.weights) < 1e-12);
  }
}

TEST_CASE("The gradient is that of the penalised log-likelihood") {
  test::Random random(64);
  for (double ridge : {0.0, 1.5})
    for (bool shared : {false, true}) {
      const test::Data data = weighted_data(random, 40, false);
      const auto mixture =
          test::mixture(data, 3, ridge, Covariance::full, shared);
      const auto theta = test::parameters(random, mixture);
      const Vector packed = mixture.pack(theta);
      CHECK(packed.size() == mixture.packed_size());
      const Vector expected = test::numerical_gradient(
          [&](const Vector &at) {
            return objective(mixture, data, mixture.unpack(at));
          },
          packed);
      const Sums sums = sums_of(mixture, data, theta, Request());
      CHECK(test::difference(mixture.gradient(sums, theta), expected) < 1e-7);
    }
}

TEST_CASE("maximise gains at least what it promises") {
  test::Random random(65);
  for (int trial = 0; trial < 60; ++trial) {
    const test::Data data = weighted_data(random, 60, trial % 2 == 0);
    const auto structure = static_cast<Covariance>(trial % 3);
    const auto mixture =
        test::mixture(data, test::integer(random, 1, 4),
                      trial % 4 == 0 ? 2.0 : 0.0, structure, trial % 5 == 0);
    const auto theta = test::parameters(random, mixture);
    const Sums sums = sums_of(mixture, data, theta, Request());
    const auto best = mixture.maximise(sums, theta, Curvature::bound);
    const double before = objective(mixture, data, theta);
    const double gain = objective(mixture, data, best.parameters) - before;
    CHECK(best.gain > 0.0);
    CHECK(gain >= best.gain - 1e-11 * (1.0 + std::fabs(before)));
  }
}

TEST_CASE("Small weights throughout starve no expert") {
  test::Random random(66);
  test::Data data = weighted_data(random, 60, true);
  const auto mixture = test::mixture(data, 2);
  const auto theta = test::parameters(random, mixture);
  const auto image = [&](double factor) {
    test::Data scaled = data;
    scaled.weights *= factor;
    const Sums sums = sums_of(mixture, scaled, theta, Request());
    const auto best = mixture.maximise(sums, theta, Curvature::bound);
    CHECK_FALSE(best.report.starved[0]);
    CHECK_FALSE(best.report.starved[1]);
    return mixture.pack(best.parameters);
  };
  CHECK(test::difference(image(1e-6), image(1.0)) < 1e-10);
}

TEST_CASE("Given posteriors take the place of the E-step") {
  test::Random random(67);
  const test::Data data = weighted_data(random, 50, true);
  const auto mixture = test::mixture(data, 3);
  const auto theta = test::parameters(random, mixture);
  const Matrix posterior = test::posterior(random, 50, 3);
  const Eigen::Map<const Matrix> view(posterior.data(), 50, 3);
  Request request;
  request.posterior = &view;
  const Sums sums = sums_of(mixture, data, theta, request);
  CHECK(test::difference(sums.expert.weight,
                         posterior.transpose() * data.weights) < 1e-13);
  Matrix gate = (data.gate * theta.gate).array().exp();
  gate.array().colwise() /= gate.rowwise().sum().array().eval();
  CHECK(test::difference(sums.gate.score, data.gate.transpose() *
                                              data.weights.asDiagonal() *
                                              (posterior - gate)) < 1e-12);
}

TEST_CASE("An inner iteration takes the gate's sums at its own coefficients") {
  test::Random random(68);
  const test::Data data = weighted_data(random, 50, true);
  const auto mixture = test::mixture(data, 2);
  const auto theta = test::parameters(random, mixture);
  const Matrix inner = test::sum_zero(test::normal(random, 3, 2));
  Request request;
  request.inner_gate = &inner;
  const Sums sums = sums_of(mixture, data, theta, request);
  Matrix joint = test::log_joint(data, theta);
  joint.colwise() -= test::log_density(data, theta);
  Matrix gate = (data.gate * inner).array().exp();
  gate.array().colwise() /= gate.rowwise().sum().array().eval();
  const Matrix score = data.gate.transpose() * data.weights.asDiagonal() *
                       (joint.array().exp().matrix() - gate);
  CHECK(test::difference(sums.gate.score, score) < 1e-12);
  CHECK(sums.expert.weight.cwiseAbs().maxCoeff() == 0.0);
}

TEST_CASE("pack and unpack keep gate and experts") {
  test::Random random(69);
  const test::Data data = weighted_data(random, 10, false);
  const auto mixture = test::mixture(data, 4);
  const Vector packed = mixture.pack(test::parameters(random, mixture));
  CHECK(test::difference(mixture.pack(mixture.unpack(packed)), packed) < 1e-13);
  CHECK(mixture.pack(mixture.origin()).cwiseAbs().maxCoeff() == 0.0);
}
