#include "batch_helpers.hpp"

using namespace sgmoe;

namespace {

using Result = BatchResult<Gaussian>;

Result run(const test::GaussianMixture &mixture, const test::Data &data,
           const test::GaussianTheta &start, const BatchControl &control,
           const Callbacks &callbacks = Callbacks()) {
  const Rows rows = data.rows();
  return Batch<Gaussian>(mixture, rows, control, callbacks).run(start);
}

} // namespace

TEST_CASE("Whatever the settings, a run ascends to one and the same optimum") {
  test::Random random(121);
  const test::Data data = test::simulate(random, 400, 3, 1);
  const auto mixture = test::mixture(data, 2, 0.5);
  const auto start = test::parameters(random, mixture);
  BatchControl careful;
  careful.tolerance = 1e-13;
  careful.max_passes = 20000;
  const Result best = run(mixture, data, start, careful);
  REQUIRE(best.reason == "converged");
  for (BatchControl control : test::batch_controls()) {
    control.max_passes = 20000;
    const Result result = run(mixture, data, start, control);
    CHECK(result.reason == "converged");
    CHECK(test::largest_fall(result.trace) < 1e-10 * 400);
    CHECK(static_cast<Index>(result.trace.size()) == result.passes);
    CHECK(result.trace.back() == result.objective);
    CHECK(result.objective == Approx(best.objective).epsilon(1e-8));
    CHECK(result.objective == Approx(result.log_likelihood -
                                     mixture.penalty_value(result.parameters)));
    CHECK(result.log_likelihood ==
          Approx(test::log_density(data, result.parameters).sum()));
    CHECK(result.gain < control.tolerance * 400);
    CHECK(result.report.starved.size() == 2);
  }
}

TEST_CASE("Acceleration saves passes") {
  test::Random random(122);
  const test::Data data = test::simulate(random, 500, 3, 1);
  const auto mixture = test::mixture(data, 3);
  const auto start = test::parameters(random, mixture);
  BatchControl control;
  control.curvature = Curvature::bound;
  control.max_passes = 20000;
  control.acceleration = Acceleration::none;
  const Index plain = run(mixture, data, start, control).passes;
  control.acceleration = Acceleration::quasi_newton;
  CHECK(3 * run(mixture, data, start, control).passes < plain);
}

TEST_CASE("max_passes is respected") {
  test::Random random(123);
  const test::Data data = test::simulate(random, 200, 3, 1);
  const auto mixture = test::mixture(data, 3);
  const auto start = test::parameters(random, mixture);
  for (BatchControl control : test::batch_controls()) {
    control.tolerance = 0.0;
    for (Index most : {1, 2, 5, 20}) {
      control.max_passes = most;
      const Result result = run(mixture, data, start, control);
      CHECK(result.reason == "pass_limit");
      CHECK(result.passes == most);
      CHECK(static_cast<Index>(result.trace.size()) == most);
    }
  }
}

TEST_CASE("An interrupt returns the best point so far") {
  test::Random random(124);
  const test::Data data = test::simulate(random, 300, 3, 1);
  const auto mixture = test::mixture(data, 2);
  const auto start = test::parameters(random, mixture);
  for (int allowed : {0, 1, 6}) {
    int asked = 0;
    Callbacks callbacks;
    callbacks.keep_going = [&] { return asked++ < 2 * allowed; };
    const Result result = run(mixture, data, start, BatchControl(), callbacks);
    CHECK(result.reason == "interrupted");
    if (allowed == 0)
      continue;
    CHECK(result.objective == result.trace.back());
    CHECK(result.objective >= result.trace.front());
    CHECK(result.log_likelihood ==
          Approx(test::log_density(data, result.parameters).sum()));
  }
}

TEST_CASE("What cannot be computed is called non-finite") {
  test::Random random(125);
  const test::Data data = test::simulate(random, 100, 2, 1);
  const auto mixture = test::mixture(data, 2);
  auto start = test::parameters(random, mixture);
  start.expert.mean(0, 0) = std::nan("");
  CHECK(run(mixture, data, start, BatchControl()).reason == "non_finite");
}

TEST_CASE("A start from posteriors is one M-step with them") {
  test::Random random(126);
  test::Data data = test::simulate(random, 300, 3, 2);
  data.weights = test::positive(random, 300);
  const auto mixture = test::mixture(data, 3);
  const Rows rows = data.rows();
  const Matrix posterior = test::posterior(random, 300, 3);
  const Eigen::Map<const Matrix> view(posterior.data(), 300, 3);
  Batch<Gaussian> batch(mixture, rows, BatchControl(), Callbacks());
  auto theta = mixture.origin();
  REQUIRE(batch.start_from(view, theta));
  for (Index k = 0; k < 3; ++k) {
    const Vector weight = data.weights.cwiseProduct(posterior.col(k));
    const Vector root = weight.cwiseSqrt();
    const Matrix expected =
        Matrix(root.asDiagonal() * data.gate)
            .colPivHouseholderQr()
            .solve(Matrix(root.asDiagonal() * data.response));
    CHECK(test::difference(theta.expert.mean.middleCols(2 * k, 2), expected) <
          1e-10);
    const Matrix residual = data.response - data.gate * expected;
    CHECK(test::difference(theta.expert.covariance[static_cast<std::size_t>(k)],
                           residual.transpose() * weight.asDiagonal() *
                               residual / weight.sum()) < 1e-10);
  }
  CHECK(theta.gate.rowwise().sum().cwiseAbs().maxCoeff() < 1e-13);
  const Result result = batch.run(theta);
  CHECK(result.trace.front() ==
        Approx(data.weights.dot(test::log_density(data, theta))));
  CHECK(result.reason == "converged");

  const Matrix wrong = test::posterior(random, 299, 3);
  const Eigen::Map<const Matrix> short_view(wrong.data(), 299, 3);
  CHECK_THROWS_AS(batch.start_from(short_view, theta), InputError);
}

TEST_CASE("Every pass is reported, and threads change nothing") {
  test::Random random(127);
  const test::Data data = test::simulate(random, 3000, 3, 1);
  const auto mixture = test::mixture(data, 2);
  const auto start = test::parameters(random, mixture);
  std::vector<double> reported;
  Callbacks callbacks;
  callbacks.on_pass = [&](Index, double objective) {
    reported.push_back(objective);
  };
  BatchControl control;
  const Result one = run(mixture, data, start, control, callbacks);
  CHECK(reported == one.trace);
  control.threads = 2;
  const Result two = run(mixture, data, start, control);
  CHECK(two.trace == one.trace);
  CHECK(mixture.pack(two.parameters) == mixture.pack(one.parameters));
}
