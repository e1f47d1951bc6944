// Rows shared between the mixture and a background density: the objective is
// sum a log(f + exp(b)), b the log-odds of the background.
#include "batch_helpers.hpp"
#include "multinomial_helpers.hpp"

#include <sgmoe/model/predict.hpp>

using namespace sgmoe;

namespace {

Rows with_background(const test::Data &data, const Vector &background) {
  Rows rows = data.rows();
  new (&rows.background)
      Eigen::Map<const Vector>(background.data(), background.size());
  return rows;
}

template <class Family>
Statistic<Family> sums_of(const Mixture<Family> &mixture, const Rows &rows,
                          const Parameters<Family> &theta,
                          const Request &request = Request()) {
  Statistic<Family> result;
  accumulate_rows(mixture, rows, theta, request, 1, KeepGoing(), result);
  return result;
}

/// sum a log(f + exp(b)), from the densities of the test helpers.
double shared_likelihood(const Vector &weights, const Vector &density,
                         const Vector &background) {
  double sum = 0.0;
  for (Index i = 0; i < density.size(); ++i)
    sum +=
        weights(i) * std::log(std::exp(density(i)) + std::exp(background(i)));
  return sum;
}

/// Two lines; a tenth of the rows are thrown far off.
test::Data contaminated(test::Random &random, Index rows, Index responses) {
  test::Data data = test::simulate(random, rows, 3, responses);
  for (Index i = 0; i < rows; i += 10)
    data.response.row(i) += 15.0 * test::normal(random, 1, responses);
  data.weights = test::positive(random, rows);
  return data;
}

} // namespace

TEST_CASE("The log-likelihood and its gradient are those of f + exp(b)") {
  test::Random random(431);
  for (bool shared : {false, true}) {
    const test::Data data = contaminated(random, 60, 2);
    const auto mixture =
        test::mixture(data, 3, 0.4, Covariance::full, shared, 1e-8);
    const auto theta = test::parameters(random, mixture);
    const Vector background = -4.0 + 2.0 * test::normal(random, 60, 1).array();
    const Rows rows = with_background(data, background);
    const auto sums = sums_of(mixture, rows, theta);
    CHECK(sums.log_likelihood ==
          Approx(shared_likelihood(data.weights, test::log_density(data, theta),
                                   background))
              .epsilon(1e-12));
    const Vector numerical = test::numerical_gradient(
        [&](const Vector &packed) {
          const auto at = mixture.unpack(packed);
          return shared_likelihood(data.weights, test::log_density(data, at),
                                   background) -
                 mixture.penalty_value(at);
        },
        mixture.pack(theta));
    CHECK(test::difference(mixture.gradient(sums, theta), numerical) < 1e-7);
  }
}

TEST_CASE("So they are with experts for classes") {
  test::Random random(432);
  const test::Data data =
      test::simulate_classes(random, 50, 2, 3, {false, false, true, false});
  const auto mixture = test::multinomial_mixture(data, 2, 3, 0.3);
  const auto theta = test::parameters(random, mixture);
  const Vector background = -1.0 + test::normal(random, 50, 1).array();
  const Rows rows = with_background(data, background);
  const auto sums = sums_of(mixture, rows, theta);
  const auto objective = [&](const Vector &packed) {
    const auto at = mixture.unpack(packed);
    return shared_likelihood(data.weights, test::log_density(data, at, 3),
                             background) -
           test::ridge_of(at, 0.3);
  };
  CHECK(sums.log_likelihood - test::ridge_of(theta, 0.3) ==
        Approx(objective(mixture.pack(theta))).epsilon(1e-12));
  const Vector numerical =
      test::numerical_gradient(objective, mixture.pack(theta));
  CHECK(test::difference(mixture.gradient(sums, theta), numerical) < 1e-7);
}

TEST_CASE("A run with a background ascends, and ends where the score is zero") {
  test::Random random(433);
  for (Index responses : {1, 2}) {
    const test::Data data = contaminated(random, 300, responses);
    const auto mixture = test::mixture(data, 2, 0.1);
    const Vector background = Vector::Constant(300, -5.0);
    const Rows rows = with_background(data, background);
    const auto start = test::parameters(random, mixture);
    for (BatchControl control : test::batch_controls()) {
      control.max_passes = 20000;
      control.tolerance = 1e-13;
      const auto result =
          Batch<Gaussian>(mixture, rows, control, Callbacks()).run(start);
      INFO((control.method == Method::em ? "em" : "mm"));
      CHECK(result.reason == "converged");
      CHECK(test::largest_fall(result.trace) < 1e-10 * 300);
      CHECK(result.log_likelihood ==
            Approx(shared_likelihood(data.weights,
                                     test::log_density(data, result.parameters),
                                     background)));
      const auto sums = sums_of(mixture, rows, result.parameters);
      CHECK(mixture.gradient(sums, result.parameters).cwiseAbs().maxCoeff() <
            1e-3);
    }
  }
}

// The bound promises ascent from one plain step, whatever the background.
TEST_CASE("No single step of the bound lowers the objective") {
  test::Random random(434);
  for (int repetition = 0; repetition < 200; ++repetition) {
    const test::Data data = contaminated(random, 40, 1);
    const auto mixture = test::mixture(data, 3, 0.1);
    const auto theta = test::parameters(random, mixture);
    const Vector background = test::uniform(random, -8.0, 8.0) +
                              3.0 * test::normal(random, 40, 1).array();
    const Rows rows = with_background(data, background);
    const auto objective = [&](const test::GaussianTheta &at) {
      return sums_of(mixture, rows, at).log_likelihood -
             mixture.penalty_value(at);
    };
    const auto next = mixture.maximise(sums_of(mixture, rows, theta), theta,
                                       Curvature::bound);
    CHECK(objective(next.parameters) >= objective(theta) - 1e-9);
  }
}

TEST_CASE("A background of next to nothing changes nothing") {
  test::Random random(435);
  const test::Data data = contaminated(random, 200, 1);
  const auto mixture = test::mixture(data, 2, 0.1);
  const auto start = test::parameters(random, mixture);
  const Vector none = Vector::Constant(200, -700.0);
  for (Index passes : {1, 30}) {
    BatchControl control;
    control.max_passes = passes;
    const Rows plain = data.rows(), shared = with_background(data, none);
    const auto one =
        Batch<Gaussian>(mixture, plain, control, Callbacks()).run(start);
    const auto other =
        Batch<Gaussian>(mixture, shared, control, Callbacks()).run(start);
    CHECK(one.log_likelihood == other.log_likelihood);
    CHECK(one.trace == other.trace);
    CHECK(mixture.pack(one.parameters) == mixture.pack(other.parameters));
  }
}

TEST_CASE("A background that explains a row alone takes it from the experts") {
  test::Random random(436);
  test::Data data = contaminated(random, 80, 1);
  const auto mixture = test::mixture(data, 2);
  const auto theta = test::parameters(random, mixture);
  Vector background = Vector::Constant(80, -700.0);
  background(7) = 700.0; // would overflow if it were not taken in logs
  const auto sums = sums_of(mixture, with_background(data, background), theta);
  test::Data without = data;
  without.weights(7) = 0.0;
  const auto others = sums_of(mixture, without.rows(), theta);
  CHECK(std::isfinite(sums.log_likelihood));
  CHECK(sums.log_likelihood ==
        Approx(others.log_likelihood + 700.0 * data.weights(7)));
  CHECK(test::difference(sums.expert.weight, others.expert.weight) < 1e-13);
  CHECK(test::difference(sums.gate.score, others.gate.score) < 1e-12);
}

TEST_CASE("A background is per row: parts of rows add up, sizes are checked") {
  test::Random random(437);
  // More than a block of rows, so that a block must find its own part.
  const test::Data data = contaminated(random, 700, 1);
  const auto mixture = test::mixture(data, 2);
  const auto theta = test::parameters(random, mixture);
  const Vector background = -3.0 + 2.0 * test::normal(random, 700, 1).array();
  const Rows rows = with_background(data, background);
  const auto whole = sums_of(mixture, rows, theta);
  const test::Data head = data.slice(0, 100), tail = data.slice(100, 600);
  const Vector first = background.head(100), rest = background.tail(600);
  auto parts = sums_of(mixture, with_background(head, first), theta);
  parts.merge(sums_of(mixture, with_background(tail, rest), theta));
  CHECK(whole.log_likelihood == Approx(parts.log_likelihood).epsilon(1e-12));
  CHECK(test::difference(whole.expert.weight, parts.expert.weight) < 1e-12);
  CHECK(whole.log_likelihood ==
        Approx(shared_likelihood(data.weights, test::log_density(data, theta),
                                 background))
            .epsilon(1e-12));
  CHECK_NOTHROW(rows.check());
  CHECK_THROWS_AS(with_background(data, first).check(), InputError);
}
