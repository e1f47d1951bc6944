#include "helpers.hpp"

#include <sgmoe/model/mixture.hpp>

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

// All sums at `theta` with given posteriors, row by row from the definition.
Sums by_hand(const test::GaussianMixture &mixture, const test::Data &data,
             const test::GaussianTheta &theta, const Matrix &posterior) {
  const Index experts = mixture.experts(), q = data.response.cols();
  Request request;
  request.curvature = Curvature::fisher;
  Sums sums = mixture.statistic(request);
  Scratch scratch;
  for (Index i = 0; i < data.gate.rows(); ++i) {
    const Matrix x = data.gate.row(i), z = data.expert_design().row(i);
    const double a = data.weights(i);
    sums.rows += a > 0.0 ? 1.0 : 0.0;
    sums.weight += a;
    Vector gate = (x * theta.gate).transpose().array().exp();
    gate /= gate.sum();
    Matrix product(1, experts * (experts - 1) / 2);
    Index pair = 0;
    for (Index k = 0; k < experts; ++k) {
      const double weight = a * posterior(i, k);
      const Matrix residual =
          data.response.row(i) - z * theta.expert.mean.middleCols(k * q, q);
      sums.gate.score.col(k) += a * (posterior(i, k) - gate(k)) * x.transpose();
      for (Index l = k + 1; l < experts; ++l)
        product(0, pair++) = a * gate(k) * gate(l);
      sums.expert.weight(k) += weight;
      sums.expert.cross.middleCols(k * q, q) +=
          weight * z.transpose() * residual;
      sums.expert.residual.middleCols(k * q, q) +=
          weight * residual.transpose() * residual;
    }
    sums.gate.gram.accumulate(x, Matrix::Constant(1, 1, a), scratch);
    sums.gate.cross.accumulate(x, product, scratch);
    sums.expert.gram.accumulate(z, a * posterior.row(i), scratch);
  }
  return sums;
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
  for (bool same_design : {true, false}) {
    const test::Data data = weighted_data(random, 50, same_design);
    const auto mixture = test::mixture(data, 3);
    const auto theta = test::parameters(random, mixture);
    const Matrix posterior = test::posterior(random, 50, 3);
    const Eigen::Map<const Matrix> view(posterior.data(), 50, 3);
    Request request;
    request.posterior = &view;
    request.curvature = Curvature::fisher;
    const Sums sums = sums_of(mixture, data, theta, request);
    CHECK(off(sums, by_hand(mixture, data, theta, posterior)) < 1e-12);
  }
}

TEST_CASE("Posteriors that are kept serve at other parameters") {
  test::Random random(68);
  const test::Data data = weighted_data(random, 50, true);
  const auto mixture = test::mixture(data, 2);
  const auto theta = test::parameters(random, mixture);
  Matrix posterior(50, 2);
  Request request;
  request.keep_posterior = &posterior;
  const Sums first = sums_of(mixture, data, theta, request);
  Matrix joint = test::log_joint(data, theta);
  joint.colwise() -= test::log_density(data, theta);
  CHECK(test::difference(posterior, joint.array().exp().matrix()) < 1e-12);
  // Given back at the same parameters, they make the same sums.
  const Eigen::Map<const Matrix> view(posterior.data(), 50, 2);
  Request inner;
  inner.posterior = &view;
  Sums again = sums_of(mixture, data, theta, inner);
  CHECK(again.log_likelihood == 0.0);
  again.log_likelihood = first.log_likelihood;
  CHECK(off(again, first) == 0.0);
  // An inner iteration of EM takes the sums at parameters of its own.
  const auto other = test::parameters(random, mixture);
  inner.curvature = Curvature::fisher;
  CHECK(off(sums_of(mixture, data, other, inner),
            by_hand(mixture, data, other, posterior)) < 1e-12);
  // The gate's Gram matrix does not change with the parameters.
  inner.gate_gram = false;
  Sums without = sums_of(mixture, data, other, inner);
  CHECK(without.gate.gram.empty());
  without.gate.gram = first.gate.gram;
  CHECK(off(without, by_hand(mixture, data, other, posterior)) < 1e-12);
}

TEST_CASE("Fisher sums are adopted, all else stays") {
  test::Random random(70);
  const test::Data data = weighted_data(random, 50, true);
  const auto mixture = test::mixture(data, 3);
  Request request;
  const auto theta = test::parameters(random, mixture);
  const Sums own = sums_of(mixture, data, theta, request);
  request.curvature = Curvature::fisher;
  const auto other = test::parameters(random, mixture);
  const Sums old = sums_of(mixture, data, other, request);
  Sums both = own;
  both.adopt_curvature(old);
  Sums expected = own;
  expected.gate.cross = old.gate.cross;
  CHECK(off(both, expected) == 0.0);
}

TEST_CASE("pack and unpack keep gate and experts") {
  test::Random random(69);
  const test::Data data = weighted_data(random, 10, false);
  const auto mixture = test::mixture(data, 4);
  const Vector packed = mixture.pack(test::parameters(random, mixture));
  CHECK(test::difference(mixture.pack(mixture.unpack(packed)), packed) < 1e-13);
  CHECK(mixture.pack(mixture.origin()).cwiseAbs().maxCoeff() == 0.0);
}

TEST_CASE("Rows of another model are refused") {
  test::Random random(71);
  const test::Data data = weighted_data(random, 10, false);
  const auto mixture = test::mixture(data, 2);
  CHECK_NOTHROW(mixture.check(data.rows()));
  const auto message = [&](const test::Data &bad) -> std::string {
    try {
      mixture.check(bad.rows());
    } catch (const InputError &error) {
      return error.what();
    }
    return "";
  };
  test::Data bad = data;
  bad.gate = test::design(random, 10, 4);
  CHECK(message(bad) == "gate: columns has size 4, expected 3");
  bad = data;
  bad.expert = test::design(random, 10, 4);
  CHECK(message(bad) == "expert: columns has size 4, expected 2");
  bad.same_design = true; // three columns for two
  CHECK(message(bad) == "expert: columns has size 3, expected 2");
  bad = data;
  bad.response = test::normal(random, 10, 3);
  CHECK(message(bad) == "response: columns has size 3, expected 2");
  bad.response = test::normal(random, 9, 2);
  CHECK(message(bad) == "Rows: response has size 9, expected 10");
  bad.response.resize(0, 0); // prediction
  CHECK(message(bad).empty());
}
