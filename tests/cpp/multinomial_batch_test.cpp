#include "batch_helpers.hpp"
#include "multinomial_helpers.hpp"

#include <sgmoe/model/predict.hpp>

using namespace sgmoe;

namespace {

using Result = BatchResult<Multinomial>;

constexpr Index kClasses = 3;

Result run(const test::MultinomialMixture &mixture, const test::Data &data,
           const test::MultinomialTheta &start, const BatchControl &control,
           const Callbacks &callbacks = Callbacks()) {
  const Rows rows = data.rows();
  return Batch<Multinomial>(mixture, rows, control, callbacks).run(start);
}

// Near what simulate_classes() draws from: two regimes, opposite orders.
test::MultinomialTheta good_start(const test::MultinomialMixture &mixture) {
  auto theta = mixture.origin();
  theta.gate.row(1) << 1.0, -1.0;
  theta.expert.logit.bottomRows(1) << -1.0, 0.0, 1.0, 0.7, 0.0, -0.7;
  return theta;
}

} // namespace

TEST_CASE("Whatever the settings, classes ascend to one and the same optimum") {
  test::Random random(151);
  for (const test::Kind &kind : {test::Kind{false, false, false, true},
                                 test::Kind{true, true, true, false}}) {
    const test::Data data =
        test::simulate_classes(random, 500, 3, kClasses, kind);
    const double weight = data.rows().total_weight();
    const auto mixture = test::multinomial_mixture(data, 2, kClasses, 1.0);
    const auto start = good_start(mixture);
    BatchControl careful;
    careful.tolerance = 1e-13;
    careful.max_passes = 20000;
    const Result best = run(mixture, data, start, careful);
    REQUIRE(best.reason == "converged");
    // It is an optimum: the definition's objective is flat there.
    const auto value = [&](const Vector &at) {
      return test::objective(data, mixture.unpack(at), kClasses, 1.0);
    };
    const Vector slope =
        test::numerical_gradient(value, mixture.pack(best.parameters));
    CHECK(slope.cwiseAbs().maxCoeff() < 1e-4);
    for (BatchControl control : test::batch_controls()) {
      control.max_passes = 20000;
      CAPTURE(static_cast<int>(control.method));
      CAPTURE(static_cast<int>(control.curvature));
      CAPTURE(static_cast<int>(control.acceleration));
      const Result result = run(mixture, data, start, control);
      CHECK(result.reason == "converged");
      CHECK(test::largest_fall(result.trace) < 1e-10 * weight);
      CHECK(static_cast<Index>(result.trace.size()) == result.passes);
      CHECK(result.trace.back() == result.objective);
      CHECK(result.objective == Approx(best.objective).epsilon(1e-8));
      CHECK(test::difference(mixture.pack(result.parameters),
                             mixture.pack(best.parameters)) < 1e-2);
      CHECK(result.objective ==
            Approx(test::objective(data, result.parameters, kClasses, 1.0)));
      CHECK(result.log_likelihood ==
            Approx(test::objective(data, result.parameters, kClasses, 0.0)));
      CHECK(result.gain < control.tolerance * weight);
      CHECK(result.expert_weight.sum() == Approx(weight));
    }
  }
}

TEST_CASE("EM's M-step is the maximum at the posteriors of its start") {
  test::Random random(152);
  for (Curvature curvature : {Curvature::fisher, Curvature::bound})
    for (bool counts : {false, true}) {
      const test::Data data = test::simulate_classes(
          random, 150, 2, kClasses, {counts, true, true, false});
      const auto mixture = test::multinomial_mixture(data, 2, kClasses, 2.0);
      const auto start = good_start(mixture);
      BatchControl control;
      control.method = Method::em;
      control.curvature = curvature;
      control.acceleration = Acceleration::none;
      control.tolerance = 1e-14;
      // The fewest passes after which the start has been left are those of one
      // M-step: one cut short would not have left it.
      auto end = start;
      for (Index passes = 2; passes < 100; ++passes) {
        control.max_passes = passes;
        end = run(mixture, data, start, control).parameters;
        if (mixture.pack(end) != mixture.pack(start))
          break;
      }
      const Matrix posterior = test::posterior_of(data, start, kClasses);
      const auto surrogate = [&](const Vector &at) {
        const auto theta = mixture.unpack(at);
        const Matrix joint = test::log_joint(data, theta, kClasses);
        return data.weights.dot(joint.cwiseProduct(posterior).rowwise().sum()) -
               test::ridge_of(theta, 2.0);
      };
      const auto slope = [&](const test::MultinomialTheta &theta) {
        return test::numerical_gradient(surrogate, mixture.pack(theta))
            .cwiseAbs()
            .maxCoeff();
      };
      CAPTURE(static_cast<int>(curvature));
      CAPTURE(control.max_passes);
      CHECK(slope(start) > 1.0);
      // Bound steps do not get there, but are cut off at fifty, between the
      // pass at the start and the one at the end.
      if (curvature == Curvature::fisher)
        CHECK(slope(end) < 1e-5);
      else
        CHECK((slope(end) < 1e-5 ||
               (control.max_passes == 52 && slope(end) < 1e-2 * slope(start))));
    }
}

TEST_CASE("A start from posteriors is one bound step of all blocks") {
  test::Random random(153);
  for (bool counts : {false, true}) {
    const test::Data data = test::simulate_classes(
        random, 300, 3, kClasses, {counts, false, true, false});
    const auto mixture = test::multinomial_mixture(data, 2, kClasses, 1.0);
    const Rows rows = data.rows();
    const Matrix posterior = test::posterior(random, 300, 2);
    const Eigen::Map<const Matrix> view(posterior.data(), 300, 2);
    Batch<Multinomial> batch(mixture, rows, BatchControl(), Callbacks());
    auto theta = mixture.origin();
    REQUIRE(batch.start_from(view, theta));
    const Matrix &z = data.expert;
    for (Index k = 0; k < 2; ++k) {
      Matrix curvature = mixture.family().block().penalty().asDiagonal();
      Matrix score = Matrix::Zero(z.cols(), kClasses);
      for (Index i = 0; i < 300; ++i) {
        double size = 0.0;
        for (Index m = 0; m < kClasses; ++m)
          size += test::observed(data, i, m);
        const double u = data.weights(i) * posterior(i, k);
        curvature += 0.5 * u * size * z.row(i).transpose() * z.row(i);
        for (Index m = 0; m < kClasses; ++m)
          score.col(m) += u * (test::observed(data, i, m) - size / 3.0) *
                          z.row(i).transpose();
      }
      CHECK(test::difference(
                theta.expert.logit.middleCols(kClasses * k, kClasses),
                curvature.fullPivLu().solve(score)) < 1e-11);
    }
    const Result result = batch.run(theta);
    CHECK(result.trace.front() ==
          Approx(test::objective(data, theta, kClasses, 1.0)));
    CHECK(result.reason == "converged");
  }
}

TEST_CASE("Separable classes diverge without a fall") {
  test::Random random(154);
  test::Data data = test::simulate_classes(random, 120, 2, kClasses,
                                           {false, false, false, true});
  for (Index i = 0; i < 120; ++i)
    data.response(i, 0) = data.gate(i, 1) > 0.0 ? 2.0 : 0.0; // none is 1
  for (double ridge : {0.0, 1e-3}) {
    const auto mixture = test::multinomial_mixture(data, 2, kClasses, ridge);
    const auto start = test::parameters(random, mixture);
    for (BatchControl control : test::batch_controls()) {
      control.max_passes = 500;
      const Result result = run(mixture, data, start, control);
      CHECK((result.reason == "converged" || result.reason == "pass_limit"));
      CHECK(test::largest_fall(result.trace) < 1e-10 * 120);
      CHECK(mixture.pack(result.parameters).allFinite());
      CHECK(result.log_likelihood <= 0.0);
      CAPTURE(static_cast<int>(control.method));
      CAPTURE(static_cast<int>(control.curvature));
      CAPTURE(static_cast<int>(control.acceleration));
      if (ridge == 0.0) // in the end every row is explained
        CHECK(result.log_likelihood >
              (control.curvature == Curvature::fisher ? -1.0 : -10.0));
    }
  }
}

TEST_CASE("EM respects max_passes among classes, and threads change nothing") {
  test::Random random(155);
  const test::Data data = test::simulate_classes(random, 3000, 3, kClasses,
                                                 {false, true, true, true});
  const auto mixture = test::multinomial_mixture(data, 2, kClasses, 0.5);
  const auto start = test::parameters(random, mixture);
  for (BatchControl control : test::batch_controls()) {
    control.max_passes = 7;
    control.tolerance = 0.0;
    const Result one = run(mixture, data, start, control);
    CHECK(one.reason == "pass_limit");
    CHECK(one.passes == 7);
    CHECK(one.trace.size() == 7);
    control.threads = 2;
    const Result two = run(mixture, data, start, control);
    CHECK(two.trace == one.trace);
    CHECK(mixture.pack(two.parameters) == mixture.pack(one.parameters));
  }
}

TEST_CASE("Predictions of classes are the definition's") {
  test::Random random(156);
  const test::Kind kind{true, true, true, false};
  const test::Data data =
      test::simulate_classes(random, 600, 3, kClasses, kind);
  const auto mixture = test::multinomial_mixture(data, 2, kClasses);
  const auto theta = test::parameters(random, mixture);
  const Rows rows = data.rows();
  const Matrix posterior = test::posterior_of(data, theta, kClasses);
  const RowValues predicted =
      predict_rows(mixture, rows, theta, row_part::posterior, 1, KeepGoing());
  CHECK(test::difference(predicted.posterior, posterior) < 1e-11);
  CHECK(test::difference(predicted.log_density,
                         test::log_density(data, theta, kClasses)) < 1e-12);
  Matrix mean(600, 2 * kClasses);
  for (Index i = 0; i < 600; ++i)
    for (Index k = 0; k < 2; ++k)
      for (Index m = 0; m < kClasses; ++m)
        mean(i, k * kClasses + m) = std::exp(
            test::log_class(data, theta.expert.logit, kClasses, i, k, m));
  CHECK(test::difference(
            predict_rows(mixture, rows, theta, row_part::expert, 1, KeepGoing())
                .expert,
            mean) < 1e-13);
  test::Data without = data; // probabilities need no response
  without.response.resize(600, 0);
  CHECK(test::difference(predict_rows(mixture, without.rows(), theta,
                                      row_part::expert, 1, KeepGoing())
                             .expert,
                         mean) < 1e-13);
  const auto total =
      describe_rows(mixture, rows, theta, Curvature::fisher, 1, KeepGoing());
  double entropy = 0.0;
  for (Index i = 0; i < 600; ++i)
    for (Index k = 0; k < 2; ++k)
      if (posterior(i, k) > 0.0)
        entropy -=
            data.weights(i) * posterior(i, k) * std::log(posterior(i, k));
  CHECK(total.entropy == Approx(entropy).epsilon(1e-10));
  CHECK(total.sums.log_likelihood ==
        Approx(test::objective(data, theta, kClasses, 0.0)));
  CHECK(test::difference(total.sums.expert.weight,
                         posterior.transpose() * data.weights) < 1e-12);
  CHECK(total.sums.expert.logit.cross.size() == 6);
}
