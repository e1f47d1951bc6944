// Steps of the multinomial mixture: gradient, bound, Newton, starvation, input.
#include "multinomial_helpers.hpp"

#include <sgmoe/driver/pass.hpp>

using namespace sgmoe;

namespace {

using Sums = Statistic<Multinomial>;

Sums sums_of(const test::MultinomialMixture &mixture, const test::Data &data,
             const test::MultinomialTheta &theta,
             Curvature curvature = Curvature::bound, Index threads = 1) {
  Request request;
  request.curvature = curvature;
  Sums result;
  REQUIRE(accumulate_rows(mixture, data.rows(), theta, request, threads,
                          KeepGoing(), result));
  return result;
}

// The negative Hessian of a single expert, its last class as the reference,
// and the gradient there, from the rows.
struct Newton {
  Matrix curvature;
  Vector gradient;

  Newton(const test::Data &data, const Matrix &logit, Index classes,
         const Vector &penalty) {
    const Matrix &z = data.expert_design();
    const Index r = z.cols(), free = classes - 1;
    curvature = Matrix::Zero(r * free, r * free);
    gradient = Vector::Zero(r * free);
    for (Index i = 0; i < z.rows(); ++i) {
      Vector p(classes), y(classes);
      for (Index m = 0; m < classes; ++m) {
        p(m) = std::exp(test::log_class(data, logit, classes, i, 0, m));
        y(m) = test::observed(data, i, m);
      }
      const double a = test::weight_of(data, i);
      for (Index m = 0; m < free; ++m) {
        gradient.segment(m * r, r) +=
            a * (y(m) - y.sum() * p(m)) * z.row(i).transpose();
        for (Index l = 0; l < free; ++l)
          curvature.block(m * r, l * r, r, r) +=
              a * y.sum() * ((m == l ? p(m) : 0.0) - p(m) * p(l)) *
              z.row(i).transpose() * z.row(i);
      }
    }
    // The penalty of sum-zero coefficients w_m = d_m - mean(d).
    for (Index m = 0; m < free; ++m) {
      gradient.segment(m * r, r) -= penalty.asDiagonal() * logit.col(m);
      for (Index l = 0; l < free; ++l)
        curvature.block(m * r, l * r, r, r).diagonal() +=
            ((m == l ? 1.0 : 0.0) - 1.0 / static_cast<double>(classes)) *
            penalty;
    }
  }

  // The sum-zero step.
  Matrix step(Index classes) const {
    const Vector solution = curvature.fullPivLu().solve(gradient);
    const Index r = solution.size() / (classes - 1);
    Matrix result = Matrix::Zero(r, classes);
    result.leftCols(classes - 1) =
        Eigen::Map<const Matrix>(solution.data(), r, classes - 1);
    return test::sum_zero(result);
  }
};

} // namespace

TEST_CASE("A multinomial pass gives the definition's log-likelihood") {
  test::Random random(141);
  for (const test::Kind &kind : test::kinds()) {
    const test::Data data = test::simulate_classes(random, 300, 3, 3, kind);
    const auto mixture = test::multinomial_mixture(data, 4, 3);
    const auto theta = test::parameters(random, mixture);
    const Sums sums = sums_of(mixture, data, theta);
    CHECK(sums.log_likelihood ==
          Approx(test::objective(data, theta, 3, 0.0)).epsilon(1e-12));
    const Matrix posterior = test::posterior_of(data, theta, 3);
    Vector weight = Vector::Zero(4);
    for (Index i = 0; i < 300; ++i)
      weight += test::weight_of(data, i) * posterior.row(i).transpose();
    CHECK(test::difference(sums.expert.weight, weight) < 1e-12);
  }
}

TEST_CASE("The multinomial gradient is that of the objective") {
  test::Random random(142);
  for (const test::Kind &kind : test::kinds())
    for (double ridge : {0.0, 1.5}) {
      const Index classes = test::integer(random, 2, 4);
      const test::Data data =
          test::simulate_classes(random, 30, 3, classes, kind);
      const auto mixture = test::multinomial_mixture(
          data, test::integer(random, 1, 3), classes, ridge);
      const auto theta = test::parameters(random, mixture);
      const Vector packed = mixture.pack(theta);
      REQUIRE(packed.size() == mixture.packed_size());
      const Vector gradient =
          mixture.gradient(sums_of(mixture, data, theta), theta);
      const auto value = [&](const Vector &at) {
        return test::objective(data, mixture.unpack(at), classes, ridge);
      };
      CHECK(test::difference(gradient,
                             test::numerical_gradient(value, packed)) < 1e-7);
      // Along directions that keep the sum-zero form, where a step can go.
      for (int i = 0; i < 5; ++i) {
        const Vector direction =
            mixture.pack(test::parameters(random, mixture));
        const auto along = [&](const Vector &by) {
          return value(packed + by(0) * direction);
        };
        CHECK(gradient.dot(direction) ==
              Approx(test::numerical_gradient(along, Vector::Zero(1))(0))
                  .epsilon(1e-6));
      }
      CHECK(mixture.penalty_value(theta) ==
            Approx(test::ridge_of(theta, ridge)).epsilon(1e-12));
    }
}

TEST_CASE("A bound step never lowers the multinomial objective") {
  test::Random random(143);
  for (int trial = 0; trial < 300; ++trial) {
    const Index classes = test::integer(random, 2, 5);
    const double ridge = trial % 4 == 0 ? test::uniform(random, 0.0, 5.0) : 0.0;
    test::Data data = test::simulate_classes(
        random, test::integer(random, 1, 60), test::integer(random, 1, 4),
        classes, test::kinds()[static_cast<std::size_t>(trial % 16)]);
    if (trial % 3 == 0 && data.response.cols() == 1 && data.gate.cols() > 1)
      for (Index i = 0; i < data.gate.rows(); ++i) // separable
        data.response(i, 0) = data.expert_design()(i, 1) > 0.0 ? 1.0 : 0.0;
    const auto mixture = test::multinomial_mixture(
        data, test::integer(random, 1, 4), classes, ridge);
    const double spread = std::pow(10.0, test::uniform(random, -2.0, 2.0));
    const auto theta = test::parameters(random, mixture, spread);
    const auto best = mixture.maximise(sums_of(mixture, data, theta), theta,
                                       Curvature::bound);
    const double before = test::objective(data, theta, classes, ridge);
    const double after = test::objective(data, best.parameters, classes, ridge);
    CAPTURE(trial);
    CHECK(best.gain >= 0.0);
    CHECK(after - before >= best.gain - 1e-11 * (1.0 + std::fabs(before)));
    const double off_sum_zero =
        best.parameters.gate.rowwise().sum().cwiseAbs().maxCoeff();
    CHECK(off_sum_zero < 1e-10 * (1.0 + spread));
  }
}

TEST_CASE("The Fisher step of a single expert is Newton's") {
  test::Random random(144);
  for (const test::Kind &kind : test::kinds())
    for (Index classes : {2, 4})
      for (double ridge : {0.0, 2.0}) {
        const test::Data data =
            test::simulate_classes(random, 300, 3, classes, kind);
        const auto mixture = test::multinomial_mixture(data, 1, classes, ridge);
        const Vector &penalty = mixture.family().block().penalty();
        auto theta = test::parameters(random, mixture, 0.2);
        double last = 0.0;
        for (int i = 0; i < 8; ++i) {
          const Matrix &at = theta.expert.logit;
          const Newton newton(data, at, classes, penalty);
          const double slope = newton.gradient.norm();
          // Quadratic, until what the share of the bound leaves takes over.
          if (i > 3)
            CHECK(slope < 1e-2 * last * last + 2e-3 * last + 1e-10);
          last = slope;
          const auto best =
              mixture.maximise(sums_of(mixture, data, theta, Curvature::fisher),
                               theta, Curvature::fisher);
          const Matrix expected = newton.step(classes);
          CHECK((best.parameters.expert.logit - at - expected).norm() <
                1e-2 * expected.norm() + 1e-12);
          CHECK(best.gain ==
                Approx(0.5 *
                       newton.gradient.dot(
                           newton.curvature.fullPivLu().solve(newton.gradient)))
                    .epsilon(1e-2)
                    .margin(1e-12));
          theta = best.parameters;
        }
        CHECK(last < 1e-9);
      }
}

TEST_CASE("A multinomial pass is bit-identical for any number of threads") {
  test::Random random(145);
  for (bool counts : {false, true}) {
    const test::Data data =
        test::simulate_classes(random, 5003, 3, 3, {counts, true, true, false});
    const auto mixture = test::multinomial_mixture(data, 3, 3);
    const auto theta = test::parameters(random, mixture);
    const Sums one = sums_of(mixture, data, theta, Curvature::fisher);
    for (Index threads : {2, 3, 4}) {
      const Sums more =
          sums_of(mixture, data, theta, Curvature::fisher, threads);
      CHECK(more.log_likelihood == one.log_likelihood);
      CHECK(more.gate.score == one.gate.score);
      CHECK(more.expert.weight == one.expert.weight);
      CHECK(more.expert.logit.score == one.expert.logit.score);
      for (Index k = 0; k < 3; ++k)
        CHECK(more.expert.logit.gram.matrix(k) ==
              one.expert.logit.gram.matrix(k));
      for (Index j = 0; j < 9; ++j)
        CHECK(more.expert.logit.cross.matrix(j) ==
              one.expert.logit.cross.matrix(j));
    }
  }
}

TEST_CASE("A weight of two is a row of classes twice") {
  test::Random random(146);
  for (bool counts : {false, true}) {
    test::Data data =
        test::simulate_classes(random, 40, 3, 3, {counts, true, false, true});
    test::Data twice = data;
    const auto stack = [](Matrix &values) {
      values = values.replicate(2, 1).eval();
    };
    stack(twice.gate);
    stack(twice.expert);
    stack(twice.response);
    stack(twice.offset);
    data.weights = Vector::Constant(40, 2.0);
    const auto mixture = test::multinomial_mixture(data, 2, 3, 1.0);
    const auto theta = test::parameters(random, mixture);
    for (Curvature curvature : {Curvature::bound, Curvature::fisher}) {
      const Sums one = sums_of(mixture, data, theta, curvature);
      const Sums other = sums_of(mixture, twice, theta, curvature);
      CHECK(one.log_likelihood == Approx(other.log_likelihood).epsilon(1e-13));
      CHECK(one.weight == other.weight);
      const auto next = [&](const Sums &sums) {
        return mixture.pack(
            mixture.maximise(sums, theta, curvature).parameters);
      };
      CHECK(test::difference(next(one), next(other)) < 1e-11);
    }
  }
}

TEST_CASE("A starved multinomial expert is kept and reported") {
  test::Random random(147);
  const test::Data data =
      test::simulate_classes(random, 200, 3, 3, {false, false, false, true});
  for (Curvature curvature : {Curvature::bound, Curvature::fisher}) {
    const auto report_with = [&](double weight, double ridge) {
      const auto mixture = test::multinomial_mixture(data, 2, 3, ridge);
      auto theta = test::parameters(random, mixture);
      Sums sums = sums_of(mixture, data, theta, curvature);
      sums.expert.weight(1) = weight; // of three coefficients to a class
      const auto best = mixture.maximise(sums, theta, curvature);
      const auto moved = [&](Index k) {
        return (best.parameters.expert.logit - theta.expert.logit)
            .middleCols(3 * k, 3)
            .norm();
      };
      CHECK_FALSE(best.report.starved[0]);
      CHECK_FALSE(best.report.floored[0]);
      CHECK_FALSE(best.report.floored[1]);
      CHECK(moved(0) > 0.0);
      CHECK((moved(1) == 0.0) == best.report.starved[1]);
      return bool(best.report.starved[1]);
    };
    CHECK(report_with(0.0, 0.0));
    CHECK(report_with(2.9, 0.0));
    CHECK_FALSE(report_with(3.1, 0.0));
    // A ridge determines all coefficients, from one row on.
    CHECK(report_with(0.0, 1.0));
    CHECK(report_with(0.9, 1.0));
    CHECK_FALSE(report_with(1.1, 1.0));
  }
}

TEST_CASE("A response that is no class, or a wrong offset, is refused") {
  test::Random random(148);
  const test::Data data =
      test::simulate_classes(random, 20, 2, 3, {false, true, false, true});
  const auto mixture = test::multinomial_mixture(data, 2, 3);
  const auto message = [&](const test::Data &bad) -> std::string {
    try {
      mixture.check(bad.rows());
    } catch (const InputError &error) {
      return error.what();
    }
    return "";
  };
  CHECK(message(data).empty());
  for (double value : {-1.0, 3.0, 1e300, std::nan("")}) {
    test::Data bad = data;
    bad.response(19, 0) = value;
    CHECK(message(bad) == "response: a class number or count is out of range");
  }
  test::Data bad = data;
  bad.response = Matrix::Ones(20, 4);
  CHECK(message(bad) == "response: columns has size 4, expected 3");
  bad.response = Matrix::Ones(20, 3);
  CHECK(message(bad).empty());
  bad.response.resize(0, 0); // prediction
  CHECK(message(bad).empty());
  bad = data;
  bad.offset = Matrix::Zero(20, 2);
  CHECK(message(bad) == "offset: columns has size 2, expected 3");
  bad.offset = Matrix::Zero(19, 3);
  CHECK(message(bad) == "Rows: offset has size 19, expected 20");
}
