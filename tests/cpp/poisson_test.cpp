#include "batch_helpers.hpp"

#include <sgmoe/driver/incremental.hpp>
#include <sgmoe/family/poisson.hpp>
#include <sgmoe/model/information.hpp>
#include <sgmoe/model/predict.hpp>

using namespace sgmoe;

namespace {

using PoissonMixture = Mixture<Poisson>;
using Theta = Parameters<Poisson>;

// Counts from two log-linear regimes that a gate on the second column tells
// apart; with weights (one of them zero), offsets and two designs, or without.
test::Data simulate_counts(test::Random &random, Index rows, bool plain,
                           double size = 1.0) {
  test::Data data;
  data.gate = test::design(random, rows, 3);
  data.expert = test::design(random, rows, 2);
  data.same_design = plain;
  if (!plain) {
    data.offset = 0.5 * test::normal(random, rows, 1);
    data.weights = test::positive(random, rows);
    data.weights(rows / 2) = 0.0;
  }
  data.response.resize(rows, 1);
  const Matrix &z = data.expert_design();
  for (Index i = 0; i < rows; ++i) {
    const bool first =
        test::uniform(random) < 1.0 / (1.0 + std::exp(-3.0 * data.gate(i, 1)));
    const double eta = (first ? 1.0 + 0.6 * z(i, 1) : 0.2 - 0.8 * z(i, 1)) +
                       size + (plain ? 0.0 : data.offset(i, 0));
    std::poisson_distribution<long> draw(std::exp(std::min(eta, 12.0)));
    data.response(i, 0) = static_cast<double>(draw(random));
  }
  return data;
}

PoissonMixture mixture_of(const test::Data &data, Index experts,
                          double ridge = 0.0, double prior = 0.0) {
  const auto penalty = [&](Index columns) {
    Vector result = Vector::Constant(columns, ridge);
    result(0) = 0.0;
    return result;
  };
  Poisson family(experts, penalty(data.expert_design().cols()));
  if (prior > 0.0)
    family.set_prior(prior, (Vector(2) << 3.0, 1.5).finished());
  return PoissonMixture(penalty(data.gate.cols()), family);
}

Theta random_point(test::Random &random, const PoissonMixture &mixture,
                   double spread = 1.0) {
  Theta theta = mixture.origin();
  theta.gate = test::sum_zero(
      test::normal(random, theta.gate.rows(), theta.gate.cols()));
  theta.expert.coefficients =
      spread * test::normal(random, theta.expert.coefficients.rows(),
                            theta.expert.coefficients.cols());
  return theta;
}

double predictor_of(const test::Data &data, const Matrix &b, Index i, Index k) {
  return data.expert_design().row(i).dot(b.col(k)) +
         (data.offset.cols() > 0 ? data.offset(i, 0) : 0.0);
}

// log f_k of a row, by the definition.
double log_count(const test::Data &data, const Matrix &b, Index i, Index k) {
  const double eta = predictor_of(data, b, i, k), y = data.response(i, 0);
  return y * eta - std::exp(eta) - std::lgamma(y + 1.0);
}

// The objective, by the definition.
double objective(const test::Data &data, const Theta &theta, double ridge,
                 double prior = 0.0) {
  double value = 0.0;
  for (Index i = 0; i < data.gate.rows(); ++i) {
    const Vector gate = (data.gate.row(i) * theta.gate).transpose();
    double density = 0.0;
    for (Index k = 0; k < gate.size(); ++k)
      density +=
          std::exp(gate(k) + log_count(data, theta.expert.coefficients, i, k));
    value += test::weight_of(data, i) *
             (std::log(density) - std::log(gate.array().exp().sum()));
  }
  const Matrix &b = theta.expert.coefficients;
  value -= 0.5 * ridge *
           (theta.gate.bottomRows(theta.gate.rows() - 1).squaredNorm() +
            b.bottomRows(b.rows() - 1).squaredNorm());
  for (Index k = 0; k < b.cols(); ++k)
    value += prior * (3.0 * b(0, k) - 1.5 * std::exp(b(0, k)));
  return value;
}

Statistic<Poisson> sums_at(const PoissonMixture &mixture,
                           const test::Data &data, const Theta &theta,
                           Index threads = 1) {
  Request request;
  request.curvature = Curvature::fisher;
  Statistic<Poisson> sums;
  accumulate_rows(mixture, data.rows(), theta, request, threads, KeepGoing(),
                  sums);
  return sums;
}

} // namespace

TEST_CASE("log y! is the logarithm of the factorial") {
  for (double y : {0.0, 1.0, 2.0, 17.0, 255.0, 256.0, 257.0, 1e4, 1e9, 9e15})
    CHECK(log_factorial(y) == Approx(std::lgamma(y + 1.0)).epsilon(1e-14));
}

TEST_CASE("Densities, means and posteriors of counts are the definition's") {
  test::Random random(201);
  for (bool plain : {true, false}) {
    const test::Data data = simulate_counts(random, 300, plain);
    const auto mixture = mixture_of(data, 3);
    const Theta theta = random_point(random, mixture);
    const RowValues values =
        predict_rows(mixture, data.rows(), theta,
                     row_part::expert | row_part::posterior, 1, KeepGoing());
    const Matrix &mean = values.expert, &posterior = values.posterior;
    for (Index i = 0; i < 300; ++i) {
      const Vector gate =
          (data.gate.row(i) * theta.gate).transpose().array().exp();
      Vector joint(3);
      for (Index k = 0; k < 3; ++k) {
        const Matrix &b = theta.expert.coefficients;
        CHECK(mean(i, k) ==
              Approx(std::exp(predictor_of(data, b, i, k))).epsilon(1e-12));
        joint(k) = gate(k) / gate.sum() * std::exp(log_count(data, b, i, k));
      }
      CHECK(values.log_density(i) ==
            Approx(std::log(joint.sum())).epsilon(1e-11));
      for (Index k = 0; k < 3; ++k)
        CHECK(posterior(i, k) == Approx(joint(k) / joint.sum()).margin(1e-12));
    }
  }
}

TEST_CASE("Gradients, row scores and information of counts are derivatives") {
  test::Random random(202);
  for (bool plain : {true, false}) {
    const test::Data data = simulate_counts(random, 120, plain);
    const double ridge = 0.7, prior = 0.4;
    const auto mixture = mixture_of(data, 2, ridge, prior);
    const Theta theta = random_point(random, mixture, 0.5);
    const auto sums = sums_at(mixture, data, theta);
    CHECK(sums.log_likelihood - mixture.penalty_value(theta) ==
          Approx(objective(data, theta, ridge, prior)));
    CHECK(test::difference(
              mixture.unpack(mixture.pack(theta)).expert.coefficients,
              theta.expert.coefficients) == 0.0);
    const Vector slope = test::numerical_gradient(
        [&](const Vector &at) {
          return objective(data, mixture.unpack(at), ridge, prior);
        },
        mixture.pack(theta));
    CHECK(test::difference(mixture.gradient(sums, theta), slope) < 1e-7);

    // In free coordinates, without the penalty.
    const auto value = [&](const Vector &at) {
      return objective(data, mixture.from_free(at), 0.0);
    };
    const Vector free = mixture.to_free(theta);
    Information found;
    REQUIRE(observed_information(mixture, data.rows(), theta, 1, KeepGoing(),
                                 found));
    CHECK(test::difference(found.score, test::numerical_gradient(value, free)) <
          1e-7);
    Matrix hessian(free.size(), free.size());
    for (Index j = 0; j < free.size(); ++j)
      hessian.col(j) = test::numerical_gradient(
          [&](const Vector &at) {
            return test::numerical_gradient(value, at)(j);
          },
          free);
    CHECK(test::difference(found.matrix, -hessian) < 1e-5);
    const auto penalty = [&](const Vector &at) {
      return mixture.penalty_value(mixture.from_free(at));
    };
    CHECK(test::difference(mixture.penalty_gradient(theta),
                           test::numerical_gradient(penalty, free)) < 1e-7);
    for (Index j = 0; j < free.size(); ++j)
      hessian.col(j) = test::numerical_gradient(
          [&](const Vector &at) {
            return test::numerical_gradient(penalty, at)(j);
          },
          free);
    CHECK(test::difference(mixture.penalty_hessian(theta), hessian) < 1e-5);

    // Scores of rows sum to the score of all.
    Workspace<Poisson> workspace;
    workspace.block.load(data.rows(), 0, 120);
    const auto density = mixture.family().density(theta.expert);
    auto more = mixture.statistic(Request());
    mixture.accumulate(theta, density, Request(), workspace, more);
    Matrix scores;
    mixture.row_scores(density, workspace, scores);
    CHECK(test::difference(scores.colwise().sum().transpose(), found.score) <
          1e-10);
    // One row's score is that row's derivative.
    const test::Data row = data.slice(7, 1);
    CHECK(test::difference(scores.row(7).transpose(),
                           test::numerical_gradient(
                               [&](const Vector &at) {
                                 return objective(row, mixture.from_free(at),
                                                  0.0);
                               },
                               free)) < 1e-7);
  }
}

TEST_CASE("The shortened step never lowers the surrogate, however far off") {
  test::Random random(203);
  for (int trial = 0; trial < 200; ++trial) {
    const test::Data data =
        simulate_counts(random, 60, trial % 2 == 0, trial % 3 == 0 ? 6.0 : 0.5);
    const double ridge = trial % 5 == 0 ? 1.0 : 0.0;
    const double prior = trial % 7 == 0 ? 2.0 : 0.0;
    const auto mixture = mixture_of(data, 2, ridge, prior);
    const Matrix posterior = test::posterior(random, 60, 2);
    const Eigen::Map<const Matrix> view(posterior.data(), 60, 2);
    Request request;
    request.posterior = &view;
    // The experts' part of the surrogate, and its sums.
    const auto at = [&](const Theta &theta, Statistic<Poisson> &sums) {
      accumulate_rows(mixture, data.rows(), theta, request, 1, KeepGoing(),
                      sums);
      const auto density = mixture.family().density(theta.expert);
      Block block;
      block.load(data.rows(), 0, 60);
      Poisson::Workspace workspace;
      Matrix result;
      mixture.family().log_density(block, density, workspace, result);
      double value = -mixture.family().penalty_value(theta.expert);
      for (Index i = 0; i < 60; ++i)
        value += test::weight_of(data, i) * posterior.row(i).dot(result.row(i));
      return value;
    };
    Theta theta = random_point(random, mixture, trial % 4 == 0 ? 20.0 : 3.0);
    Statistic<Poisson> sums;
    const double before = at(theta, sums);
    REQUIRE(std::isfinite(before));
    ExpertReport report;
    theta.expert =
        mixture.family().safe_step(sums.expert, theta.expert, 1e-3, 0, report);
    Statistic<Poisson> after;
    CHECK(at(theta, after) >= before - 1e-12 * std::fabs(before));
    CHECK(report.gain >= 0.0);
  }
}

TEST_CASE("A start is a regression of the working response, then more steps") {
  test::Random random(204);
  for (bool plain : {true, false})
    for (double size : {0.0, 8.0}) { // means around one and in the thousands
      const test::Data data = simulate_counts(random, 200, plain, size);
      const auto mixture = mixture_of(data, 2, 0.5);
      const Matrix posterior = test::posterior(random, 200, 2);
      const Eigen::Map<const Matrix> view(posterior.data(), 200, 2);
      const Rows rows = data.rows();
      // What is left to gain for the experts at these posteriors.
      Request request;
      request.posterior = &view;
      const auto step_from = [&](const Theta &at, BoundShare share) {
        Statistic<Poisson> sums;
        accumulate_rows(mixture, rows, at, request, 1, KeepGoing(), sums);
        return mixture.maximise(sums, at, share);
      };
      request.start = true;
      const Theta first =
          step_from(mixture.origin(), BoundShare(0.0)).parameters;
      request.start = false;
      const Matrix &z = data.expert_design();
      for (Index k = 0; k < 2; ++k) {
        Matrix gram = mixture.family().penalty().asDiagonal();
        Vector score = Vector::Zero(z.cols());
        for (Index i = 0; i < 200; ++i) {
          const double y = data.response(i, 0), mean = y + 0.1;
          const double u = test::weight_of(data, i) * posterior(i, k) * mean;
          const double offset = plain ? 0.0 : data.offset(i, 0);
          gram += u * z.row(i).transpose() * z.row(i);
          score += u * (std::log(mean) + (y - mean) / mean - offset) *
                   z.row(i).transpose();
        }
        const Vector exact = gram.fullPivLu().solve(score);
        CHECK(test::difference(first.expert.coefficients.col(k), exact) < 1e-9);
      }
      BatchControl control;
      control.curvature = Curvature::fisher;
      Batch<Poisson> batch(mixture, rows, control, Callbacks());
      Theta theta;
      REQUIRE(batch.start_from(view, theta));
      // It is near the M-step, which the regression is not.
      const double left =
          step_from(theta, Curvature::fisher).report.gain / rows.total_weight();
      const double before =
          step_from(first, Curvature::fisher).report.gain / rows.total_weight();
      CAPTURE(before);
      CHECK(left < std::min(0.01, 0.5 * before));
      const auto result = batch.run(theta);
      CHECK(result.reason == "converged");
      CHECK(result.passes < 200);
    }
}

TEST_CASE("Whatever the settings, counts ascend to a flat point") {
  test::Random random(205);
  for (int trial = 0; trial < 100; ++trial) {
    const Index rows = test::integer(random, 30, 120);
    test::Data data = simulate_counts(random, rows, trial % 2 == 0,
                                      test::uniform(random, -2.0, 7.0));
    if (trial % 10 == 0) // a regime of zeros
      for (Index i = 0; i < rows; ++i)
        if (data.gate(i, 1) > 0.0)
          data.response(i, 0) = 0.0;
    if (trial % 10 == 5) // a count far out
      data.response(3, 0) = 1e9;
    const double ridge = trial % 3 == 0 ? 0.5 : 0.0;
    const auto mixture = mixture_of(data, test::integer(random, 1, 4), ridge);
    const double weight = data.rows().total_weight();
    Theta start = random_point(random, mixture, trial % 4 == 0 ? 8.0 : 1.0);
    BatchControl control;
    control.method = trial % 5 == 1 ? Method::em : Method::mm;
    control.curvature = trial % 4 == 3 ? Curvature::bound : Curvature::fisher;
    control.acceleration =
        trial % 3 == 1 ? Acceleration::none : Acceleration::quasi_newton;
    control.max_passes = 400;
    const Rows view = data.rows();
    const auto result =
        Batch<Poisson>(mixture, view, control, Callbacks()).run(start);
    CAPTURE(trial);
    CHECK((result.reason == "converged" || result.reason == "pass_limit"));
    CHECK(test::largest_fall(result.trace) <
          1e-11 * (weight + std::fabs(result.trace.front())));
    CHECK(mixture.pack(result.parameters).allFinite());
    CHECK(result.objective == result.trace.back());
    control.threads = 2;
    const auto again =
        Batch<Poisson>(mixture, view, control, Callbacks()).run(start);
    CHECK(again.trace == result.trace);
    CHECK(mixture.pack(again.parameters) == mixture.pack(result.parameters));
  }
}

TEST_CASE("Large predictors leave everything finite, and are left again") {
  test::Random random(206);
  const test::Data data = simulate_counts(random, 100, false);
  const auto mixture = mixture_of(data, 2);
  const Rows rows = data.rows();
  for (double far : {60.0, 800.0, 1e5, -60.0, -800.0, -1e5}) {
    Theta theta = random_point(random, mixture);
    theta.expert.coefficients.row(0).setConstant(far);
    const auto sums = sums_at(mixture, data, theta);
    CHECK(std::isfinite(sums.log_likelihood));
    CHECK(mixture.gradient(sums, theta).allFinite());
    Information found;
    REQUIRE(observed_information(mixture, rows, theta, 1, KeepGoing(), found));
    CHECK(found.matrix.allFinite());
    CHECK(predict_rows(mixture, rows, theta, row_part::expert, 1, KeepGoing())
              .expert.allFinite());
    BatchControl control;
    control.max_passes = 300;
    const auto result =
        Batch<Poisson>(mixture, rows, control, Callbacks()).run(theta);
    CAPTURE(far);
    CHECK(std::isfinite(result.objective));
    CHECK(result.objective > sums.log_likelihood);
    if (std::fabs(far) < 100.0)
      CHECK(result.reason == "converged");
  }
}

TEST_CASE("Responses that are no counts are refused by the core") {
  test::Random random(207);
  test::Data data = simulate_counts(random, 20, true);
  const auto mixture = mixture_of(data, 2);
  mixture.check(data.rows());
  for (double bad : {-1.0, 0.5, 1e16, std::nan("")}) {
    data.response(3, 0) = bad;
    CHECK_THROWS_AS(mixture.check(data.rows()), InputError);
  }
  data.response(3, 0) = 1.0;
  data.offset = Matrix::Zero(20, 2);
  CHECK_THROWS_AS(mixture.check(data.rows()), InputError);
}

TEST_CASE("Streams of counts change no predictor by more than one in a step") {
  test::Random random(208);
  const test::Data data = simulate_counts(random, 400, false);
  const auto mixture = mixture_of(data, 2);
  const Theta from = random_point(random, mixture, 3.0);
  auto sums = sums_at(mixture, data, from);
  Theta to = mixture.maximise(sums, from, Curvature::fisher).parameters;
  mixture.limit(sums, from, 1.0, to);
  const Matrix change = data.expert_design() *
                        (to.expert.coefficients - from.expert.coefficients);
  CHECK(change.cwiseAbs().maxCoeff() <= 1.0 + 1e-12);
  // After reanchor() the quadratic is what it was.
  const auto before = sums;
  mixture.reanchor(from, to, Curvature::fisher, sums);
  for (Index k = 0; k < 2; ++k)
    CHECK(test::difference(
              sums.expert.score.col(k),
              before.expert.score.col(k) -
                  before.expert.gram.matrix(k) *
                      (to.expert.coefficients - from.expert.coefficients)
                          .col(k)) < 1e-12);
}

TEST_CASE("Atoms of counts are slow in all coordinates, and come back") {
  test::Random random(209);
  const test::Data data = simulate_counts(random, 20, true);
  const auto mixture = mixture_of(data, 3);
  const Theta theta = random_point(random, mixture);
  const Poisson &family = mixture.family();
  CHECK(family.fast(theta.expert, true).rows() == 0);
  CHECK(family
            .from_atoms(family.slow(theta.expert, true),
                        family.fast(theta.expert, true), true)
            .coefficients == theta.expert.coefficients);
}
