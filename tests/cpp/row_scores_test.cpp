// Scores of single rows against numerical derivatives, and the Newton step.
#include "incremental_helpers.hpp"

#include <sgmoe/model/row_scores.hpp>

using namespace sgmoe;

namespace {

// Scores by differences of log-densities that the core has no part in.
template <class Family>
Matrix numerical_scores(const Mixture<Family> &mixture, const test::Data &data,
                        const Parameters<Family> &theta) {
  const auto densities = [&](const Vector &step) -> Vector {
    return test::case_weights(data).cwiseProduct(
        test::log_density(mixture, data, mixture.moved(theta, step)));
  };
  return test::numerical_jacobian(densities, mixture.free_size());
}

template <class Family>
ScoreStatistic statistic_of(const Mixture<Family> &mixture,
                            const test::Data &data,
                            const Parameters<Family> &theta) {
  ScoreStatistic result(mixture.free_size());
  result.accumulate(test::scores_of(mixture, data, theta),
                    test::case_weights(data), true);
  return result;
}

struct Design {
  bool weights, same_design;
};

const std::vector<Design> designs{{false, true}, {true, false}};

test::Data gaussian_data(test::Random &random, Index rows, Index responses,
                         const Design &kind) {
  test::Data data = test::simulate(random, rows, 3, responses);
  data.same_design = kind.same_design;
  data.expert = test::design(random, rows, 2);
  if (kind.weights) {
    data.weights = test::positive(random, rows);
    data.weights(1) = 0.0;
  }
  return data;
}

// Calls work(mixture, data, random) for every kind of Gaussian experts.
template <class Work> void gaussian_kinds(double ridge, const Work &work) {
  test::Random random(401);
  for (Index q : {1, 2, 3})
    for (int structure = 0; structure < 3; ++structure)
      for (bool shared : {false, true})
        for (const Design &kind : designs)
          for (Index experts : {1, 3}) {
            CAPTURE(q);
            CAPTURE(structure);
            CAPTURE(shared);
            CAPTURE(kind.weights);
            CAPTURE(experts);
            const test::Data data = gaussian_data(random, 25, q, kind);
            work(test::mixture(data, experts, ridge,
                               static_cast<Covariance>(structure), shared),
                 data, random);
          }
}

template <class Work> void multinomial_kinds(double ridge, const Work &work) {
  test::Random random(402);
  for (const test::Kind &kind : test::kinds())
    for (Index classes : {2, 4})
      for (Index experts : {1, 3}) {
        CAPTURE(kind.counts);
        CAPTURE(kind.offset);
        CAPTURE(kind.weights);
        CAPTURE(kind.same_design);
        CAPTURE(classes);
        CAPTURE(experts);
        const test::Data data =
            test::simulate_classes(random, 25, 2, classes, kind);
        work(test::multinomial_mixture(data, experts, classes, ridge), data,
             random);
      }
}

struct CompareScores {
  template <class Family>
  void operator()(const Mixture<Family> &mixture, const test::Data &data,
                  test::Random &random) const {
    const auto theta = test::parameters(random, mixture);
    const Matrix scores = test::scores_of(mixture, data, theta);
    REQUIRE(scores.cols() == mixture.free_size());
    CHECK(test::difference(scores, numerical_scores(mixture, data, theta)) <
          1e-7);
    CHECK(test::difference(scores.colwise().sum().transpose(),
                           test::free_gradient(mixture, data, theta)) < 1e-12);
  }
};

// The free coordinates that add_information() and add_penalty() are exact in.
Index exact_size(const test::GaussianMixture &mixture) {
  const Gaussian &family = mixture.family();
  return mixture.gate().free_size() + family.columns() * family.mean_columns();
}

Index exact_size(const test::MultinomialMixture &mixture) {
  return mixture.free_size();
}

struct ComparePenalty {
  template <class Family>
  void operator()(const Mixture<Family> &mixture, const test::Data &,
                  test::Random &random) const {
    const auto theta = test::parameters(random, mixture);
    const auto value = [&](const Vector &step) -> Vector {
      return Vector::Constant(
          1, mixture.penalty_value(mixture.moved(theta, step)));
    };
    const auto slope = [&](const Vector &step) -> Vector {
      return mixture.penalty_gradient(mixture.moved(theta, step));
    };
    const Index size = mixture.free_size(), exact = exact_size(mixture);
    CHECK(test::difference(mixture.penalty_gradient(theta),
                           test::numerical_jacobian(value, size).transpose()) <
          1e-8);
    const Matrix curvature = mixture.penalty_curvature(theta);
    CHECK(test::difference(curvature.topLeftCorner(exact, exact),
                           test::numerical_jacobian(slope, size)
                               .topLeftCorner(exact, exact)) < 1e-8);
    CHECK(curvature.rightCols(size - exact).norm() == 0.0);
    CHECK(curvature.bottomRows(size - exact).norm() == 0.0);
  }
};

// The negative Hessian of the complete-data log-likelihood, posteriors fixed.
template <class Family>
Matrix complete_hessian(const Mixture<Family> &mixture, const test::Data &data,
                        const Parameters<Family> &theta,
                        const Matrix &posterior) {
  const auto slope = [&](const Vector &step) -> Vector {
    const auto at = mixture.moved(theta, step);
    return test::free_gradient(
        mixture, test::sums_at(mixture, data, at, Curvature::bound, posterior),
        at);
  };
  return -test::numerical_jacobian(slope, mixture.free_size());
}

// Two steps, each much nearer to the maximum (of an unpenalised likelihood).
template <class Family>
void compare_newton(const Mixture<Family> &mixture, const test::Data &data,
                    Parameters<Family> theta, double contraction) {
  for (int step = 0; step < 2; ++step) {
    const auto sums = test::sums_at(mixture, data, theta, Curvature::fisher);
    const auto next =
        newton_step(mixture, statistic_of(mixture, data, theta), sums, theta);
    const double before = test::free_gradient(mixture, sums, theta).norm();
    const double after = test::free_gradient(mixture, data, next).norm();
    CAPTURE(step);
    CAPTURE(before);
    CAPTURE(after);
    CHECK(after < contraction * before);
    theta = next;
  }
}

// Rows drawn from the model itself, by which outer products are the
// information.
test::Data drawn_from(test::Random &random, const test::GaussianMixture &model,
                      const test::GaussianTheta &theta, Index rows) {
  const Index q = model.family().responses();
  test::Data data;
  data.gate = test::design(random, rows, model.gate().columns());
  data.expert = data.gate;
  data.response = Matrix::Zero(rows, q);
  for (Index i = 0; i < rows; ++i) {
    const Vector odds =
        (data.gate.row(i) * theta.gate).array().exp().matrix().transpose();
    std::discrete_distribution<Index> draw(odds.data(),
                                           odds.data() + odds.size());
    const Index k = draw(random);
    const Matrix root =
        theta.expert.covariance[static_cast<std::size_t>(k)].llt().matrixL();
    data.response.row(i) =
        data.gate.row(i) * theta.expert.mean.middleCols(k * q, q) +
        (root * test::normal(random, q, 1)).transpose();
  }
  return data;
}

// Class numbers, or three counts a row, drawn from one expert.
test::Data classes_of_one_model(test::Random &random, Index rows, Index classes,
                                bool counts) {
  test::Data data;
  data.gate = test::design(random, rows, 2);
  data.expert = data.gate;
  data.response = Matrix::Zero(rows, counts ? classes : 1);
  const Matrix logit = test::normal(random, 2, classes);
  for (Index i = 0; i < rows; ++i) {
    const Vector odds =
        (data.gate.row(i) * logit).array().exp().matrix().transpose();
    std::discrete_distribution<Index> draw(odds.data(),
                                           odds.data() + odds.size());
    if (!counts)
      data.response(i, 0) = static_cast<double>(draw(random));
    else
      for (int left = 0; left < 3; ++left)
        data.response(i, draw(random)) += 1.0;
  }
  return data;
}

test::GaussianTheta apart(test::Random &random,
                          const test::GaussianMixture &mixture) {
  test::GaussianTheta theta = test::parameters(random, mixture);
  const Index q = mixture.family().responses();
  for (Index k = 0; k < mixture.experts(); ++k)
    theta.expert.mean.middleCols(k * q, q).row(0).array() +=
        4.0 * static_cast<double>(k);
  return theta;
}

} // namespace

TEST_CASE("Scores of Gaussian rows are derivatives of their log-densities") {
  gaussian_kinds(0.0, CompareScores());
}

TEST_CASE("Scores of rows of classes are derivatives of their log-densities") {
  multinomial_kinds(0.0, CompareScores());
}

TEST_CASE("Penalty derivatives in the free coordinates, Gaussian") {
  gaussian_kinds(1.7, ComparePenalty());
}

TEST_CASE("Penalty derivatives in the free coordinates, classes") {
  multinomial_kinds(1.7, ComparePenalty());
}

TEST_CASE("The information of classes is the complete-data Hessian") {
  multinomial_kinds(0.0, [](const test::MultinomialMixture &mixture,
                            const test::Data &data, test::Random &random) {
    const auto theta = test::parameters(random, mixture);
    const Matrix posterior =
        test::posterior(random, data.gate.rows(), mixture.experts());
    const auto sums =
        test::sums_at(mixture, data, theta, Curvature::fisher, posterior);
    CHECK(test::difference(mixture.information(sums, theta),
                           complete_hessian(mixture, data, theta, posterior)) <
          1e-7);
  });
}

// Where means and covariances are those of the weighted rows, the observed
// information of a Gaussian is the expected one.
TEST_CASE("The Gaussian information is the complete-data Hessian") {
  gaussian_kinds(0.0, [](const test::GaussianMixture &mixture,
                         const test::Data &data, test::Random &random) {
    const Matrix posterior =
        test::posterior(random, data.gate.rows(), mixture.experts());
    test::GaussianTheta theta = test::parameters(random, mixture);
    theta.expert = mixture
                       .maximise(test::sums_at(mixture, data, theta,
                                               Curvature::fisher, posterior),
                                 theta, Curvature::bound)
                       .parameters.expert;
    const auto sums =
        test::sums_at(mixture, data, theta, Curvature::fisher, posterior);
    const Matrix information = mixture.information(sums, theta);
    Matrix expected = complete_hessian(mixture, data, theta, posterior);
    const Index rest = mixture.free_size() - exact_size(mixture);
    auto covariances = expected.bottomRightCorner(rest, rest);
    covariances = Matrix(covariances.diagonal().asDiagonal());
    CHECK(test::difference(information, expected) < 1e-6);
  });
}

TEST_CASE("Score sums add up, with and without outer products") {
  test::Random random(403);
  const Matrix plain = test::normal(random, 30, 4);
  const Vector weights = Vector::LinSpaced(30, 0.0, 3.0);
  const Matrix scores = weights.asDiagonal() * plain; // as row_scores() gives
  const double total = weights.sum();
  ScoreStatistic whole(4), part(4), other(4);
  whole.accumulate(scores, weights, true);
  CHECK(test::difference(whole.score, scores.colwise().sum().transpose()) <
        1e-13);
  // A row of weight two is the row twice.
  const Matrix outer = whole.outer.selfadjointView<Eigen::Lower>();
  CHECK(test::difference(outer, plain.transpose() * weights.asDiagonal() *
                                    plain) < 1e-13);
  CHECK(whole.weight == Approx(total));
  CHECK(whole.outer_weight == Approx(total));

  part.accumulate(scores.topRows(11), weights.head(11), true);
  other.accumulate(scores.bottomRows(19), weights.tail(19), true);
  part.merge(other);
  CHECK(test::difference(part.score, whole.score) < 1e-13);
  CHECK(test::difference(part.outer, whole.outer) < 1e-13);
  CHECK(part.outer_weight == Approx(total));

  whole.accumulate(scores, weights, false);
  CHECK(test::difference(whole.score, 2.0 * part.score) < 1e-13);
  CHECK(whole.weight == Approx(2.0 * total));
  CHECK(whole.outer_weight == Approx(total));
  CHECK(test::difference(whole.outer, part.outer) < 1e-13);
  whole.scale_score(0.5);
  CHECK(test::difference(whole.score, part.score) < 1e-13);
  CHECK(whole.weight == Approx(total));
  CHECK(whole.outer_weight == Approx(total));
  whole.scale_outer(0.5);
  CHECK(test::difference(2.0 * whole.outer, part.outer) < 1e-13);
  CHECK(whole.outer_weight == Approx(0.5 * total));
  CHECK(whole.weight == Approx(total));
}

TEST_CASE("A Newton step lands near the maximum, one expert") {
  test::Random random(404);
  for (Index q : {1, 2}) {
    // Outer products of scores are the information but for an error that falls
    // with the root of the rows.
    test::Data data = test::simulate(random, 16000, 3, 1);
    // One draw a statement: operands may be evaluated in any order.
    const Matrix truth = test::normal(random, 3, q);
    data.response = data.gate * truth + test::normal(random, 16000, q);
    const auto mixture = test::mixture(data, 1);
    const auto best = test::climb(mixture, data, mixture.origin(), 3);
    const Vector away = 0.05 * test::normal(random, mixture.free_size(), 1);
    compare_newton(mixture, data, mixture.moved(best, away), 0.3);
  }
  for (bool counts : {false, true}) {
    const test::Data data = classes_of_one_model(random, 6000, 3, counts);
    const auto mixture = test::multinomial_mixture(data, 1, 3);
    const auto best = test::climb(mixture, data, mixture.origin(), 20);
    const Vector away = 0.05 * test::normal(random, mixture.free_size(), 1);
    compare_newton(mixture, data, mixture.moved(best, away), 0.3);
  }
}

// Weights are case weights: two rows of half the weight are one row.
TEST_CASE("A Newton step does not depend on the scale of the weights") {
  test::Random random(410);
  const auto mixture = test::mixture(test::simulate(random, 10, 2, 1), 2);
  const auto truth = apart(random, mixture);
  test::Data data = drawn_from(random, mixture, truth, 2000);
  const auto best = test::climb(mixture, data, truth, 100);
  const auto path =
      mixture.moved(best, 0.03 * test::normal(random, mixture.free_size(), 1));
  const auto from_weights = [&](double weight) {
    data.weights = Vector::Constant(2000, weight);
    return mixture.pack(newton_step(
        mixture, statistic_of(mixture, data, path),
        test::sums_at(mixture, data, path, Curvature::fisher), path));
  };
  CHECK(test::difference(from_weights(0.01), from_weights(1.0)) < 1e-9);
  CHECK(test::difference(from_weights(50.0), from_weights(1.0)) < 1e-9);
}

TEST_CASE("A Newton step lands near the maximum, several experts") {
  test::Random random(405);
  for (Index q : {1, 2}) {
    const auto truth_data = test::simulate(random, 10, 2, q);
    const auto mixture = test::mixture(truth_data, 2);
    const auto truth = apart(random, mixture);
    const test::Data data = drawn_from(random, mixture, truth, 8000);
    const auto best = test::climb(mixture, data, truth, 300);
    const Vector away = 0.03 * test::normal(random, mixture.free_size(), 1);
    compare_newton(mixture, data, mixture.moved(best, away), 0.3);
  }
}

// Whatever the outer products are, it is a maximum of the penalised likelihood
// that does not move.
TEST_CASE("Newton steps end where the penalised gradient is zero") {
  test::Random random(406);
  const double ridge = 40.0;
  const auto settle = [&](const auto &mixture, const test::Data &data,
                          auto theta) {
    for (int i = 0; i < 60; ++i)
      theta = newton_step(
          mixture, statistic_of(mixture, data, theta),
          test::sums_at(mixture, data, theta, Curvature::fisher), theta);
    CHECK(test::free_gradient(mixture, data, theta).cwiseAbs().maxCoeff() <
          1e-6);
  };
  const auto model = test::mixture(test::simulate(random, 10, 2, 2), 2);
  const auto truth = apart(random, model);
  const test::Data data = drawn_from(random, model, truth, 3000);
  const auto penalised = test::mixture(data, 2, ridge);
  settle(penalised, data, test::climb(penalised, data, truth, 20));

  const test::Data classes =
      test::simulate_classes(random, 3000, 2, 3, {true, true, true, false});
  const auto single = test::multinomial_mixture(classes, 1, 3, ridge);
  settle(single, classes, test::climb(single, classes, single.origin(), 20));
}

// The path: gradients at different points and a step from their average.
TEST_CASE("A Newton step from an average of points serves all of them") {
  test::Random random(407);
  const auto model = test::mixture(test::simulate(random, 10, 2, 1), 2);
  const auto truth = apart(random, model);
  const test::Data data = drawn_from(random, model, truth, 8000);
  for (double ridge : {0.0, 30.0}) {
    const auto mixture = test::mixture(data, 2, ridge);
    const auto best = test::climb(mixture, data, truth, 300);
    ScoreStatistic scores(mixture.free_size());
    const Vector drift = 0.04 * test::normal(random, mixture.free_size(), 1);
    Vector mean = Vector::Zero(mixture.packed_size());
    for (Index part = 0; part < 8; ++part) {
      const Vector away =
          drift + 0.02 * test::normal(random, mixture.free_size(), 1);
      const auto theta = mixture.moved(best, away);
      mean += mixture.pack(theta) / 8.0;
      scores.merge(statistic_of(mixture, data.slice(1000 * part, 1000), theta));
    }
    const auto path = mixture.unpack(mean);
    const auto next = newton_step(
        mixture, scores, test::sums_at(mixture, data, path, Curvature::fisher),
        path);
    CHECK(test::free_gradient(mixture, data, next).norm() <
          0.3 * test::free_gradient(mixture, data, path).norm());
    // Outer products and sums of any other number of rows do.
    scores.scale_outer(0.01);
    auto few = test::sums_at(mixture, data, path, Curvature::fisher);
    few.scale(7.0);
    const auto same = newton_step(mixture, scores, few, path);
    CHECK(test::difference(mixture.pack(same), mixture.pack(next)) < 1e-9);
  }
}

TEST_CASE("The Newton matrix is the weighted sum that its comment says") {
  test::Random random(408);
  const auto model = test::mixture(test::simulate(random, 10, 2, 2), 3, 2.0);
  const auto theta = apart(random, model);
  const test::Data data = drawn_from(random, model, theta, 200);
  const auto sums = test::sums_at(model, data, theta, Curvature::fisher);
  const ScoreStatistic scores = statistic_of(model, data, theta);
  const Matrix rows = test::scores_of(model, data, theta);
  Matrix matrix = rows.transpose() * rows +
                  kCompleteShare * model.information(sums, theta) +
                  model.penalty_curvature(theta);
  const Vector step = matrix.ldlt().solve(
      Vector(rows.colwise().sum().transpose()) - model.penalty_gradient(theta));
  CHECK(test::difference(model.pack(newton_step(model, scores, sums, theta)),
                         model.pack(model.moved(theta, step))) < 1e-9);
}

TEST_CASE("A move keeps the sum-zero form and adds to relative logits") {
  test::Random random(409);
  const LogitBlock block(3, Vector::Zero(2), 2);
  const Matrix at = [&] {
    Matrix result(2, 6);
    result << test::sum_zero(test::normal(random, 2, 3)),
        test::sum_zero(test::normal(random, 2, 3));
    return result;
  }();
  REQUIRE(block.free_size() == 8);
  const Vector step = test::normal(random, 8, 1);
  Matrix moved = at;
  block.move(step, moved);
  const Matrix change = moved - at;
  for (Index b = 0; b < 2; ++b) {
    CHECK(moved.middleCols(3 * b, 3).rowwise().sum().cwiseAbs().maxCoeff() <
          1e-14);
    for (Index k = 0; k < 2; ++k) {
      const Vector relative = change.col(3 * b + k) - change.col(3 * b + 2);
      CHECK(test::difference(relative, step.segment(4 * b + 2 * k, 2)) < 1e-14);
    }
  }
  // A single class has no coordinate.
  const LogitBlock single(1, Vector::Zero(2));
  CHECK(single.free_size() == 0);
  Matrix none = Matrix::Zero(2, 1);
  single.move(Vector(), none);
  CHECK(none.norm() == 0.0);
}
