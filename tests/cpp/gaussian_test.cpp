#include "helpers.hpp"

#include <sgmoe/family/gaussian.hpp>

using namespace sgmoe;

namespace {

struct Case {
  Covariance structure;
  bool shared;
  Index q;
};

std::vector<Case> cases() {
  std::vector<Case> result;
  for (Covariance structure :
       {Covariance::full, Covariance::diagonal, Covariance::spherical})
    for (bool shared : {false, true})
      for (Index q : {1, 3})
        result.push_back({structure, shared, q});
  return result;
}

// Rows with given weights of the experts: what an M-step works on.
struct Problem {
  test::Data data;
  Matrix weights; // a tau
  double ridge;
  Gaussian family;

  LinearStatistic sums(const GaussianParameters &at) const {
    LinearStatistic result = family.statistic(Curvature::bound);
    Block block;
    block.load(data.rows(), 0, data.gate.rows());
    Gaussian::Workspace workspace;
    Matrix densities;
    Scratch scratch;
    family.log_density(block, family.density(at), workspace, densities);
    family.accumulate(block, weights, workspace, scratch, result);
    return result;
  }

  // Expected complete-data log-likelihood less the penalty, by definition.
  double objective(const GaussianParameters &at) const {
    const Index q = data.response.cols(), columns = data.gate.cols();
    double value = 0.0;
    for (Index k = 0; k < weights.cols(); ++k) {
      const Matrix mean = at.mean.middleCols(k * q, q);
      const Matrix &covariance = at.covariance[static_cast<std::size_t>(k)];
      const Matrix fitted = data.gate * mean;
      for (Index i = 0; i < fitted.rows(); ++i)
        value += weights(i, k) *
                 test::log_normal(data.response.row(i).transpose(),
                                  fitted.row(i).transpose(), covariance);
      const Matrix slopes = mean.bottomRows(columns - 1);
      value -= 0.5 * ridge *
               (covariance.inverse() * slopes.transpose() * slopes).trace();
    }
    return value;
  }
};

Problem draw_problem(test::Random &random, const Case &setting, Index experts,
                     double ridge, Index rows = 60) {
  test::Data data = test::simulate(random, rows, 3, setting.q);
  const test::GaussianMixture mixture =
      test::mixture(data, experts, ridge, setting.structure, setting.shared);
  return {data, test::posterior(random, rows, experts), ridge,
          mixture.family()};
}

GaussianParameters parameters(test::Random &random, const Problem &problem) {
  return test::parameters(
             random, test::GaussianMixture(Vector::Zero(3), problem.family))
      .expert;
}

double off(const GaussianParameters &left, const GaussianParameters &right) {
  double worst = test::difference(left.mean, right.mean);
  for (std::size_t k = 0; k < left.covariance.size(); ++k)
    worst = std::max(worst,
                     test::difference(left.covariance[k], right.covariance[k]));
  return worst;
}

} // namespace

TEST_CASE("The log-density is that of the textbook") {
  test::Random random(51);
  for (const Case &setting : cases()) {
    const Problem problem = draw_problem(random, setting, 2, 0.0);
    const GaussianParameters at = parameters(random, problem);
    Block block;
    block.load(problem.data.rows(), 0, 60);
    Gaussian::Workspace workspace;
    Matrix result, expected(60, 2), means;
    problem.family.log_density(block, problem.family.density(at), workspace,
                               result);
    problem.family.expert_mean(block, at, means);
    for (Index k = 0; k < 2; ++k)
      for (Index i = 0; i < 60; ++i)
        expected(i, k) = test::log_normal(
            problem.data.response.row(i).transpose(),
            means.row(i).segment(k * setting.q, setting.q).transpose(),
            at.covariance[static_cast<std::size_t>(k)]);
    CHECK(test::difference(result, expected) < 1e-12);
    CHECK(test::difference(means, problem.data.gate * at.mean) < 1e-14);
  }
}

TEST_CASE("pack and unpack are each other's inverse") {
  test::Random random(52);
  for (const Case &setting : cases()) {
    const Problem problem = draw_problem(random, setting, 3, 0.0);
    const GaussianParameters at = parameters(random, problem);
    const Vector packed = problem.family.pack(at);
    const Index q = setting.q;
    const Index own = setting.structure == Covariance::full ? q * (q + 1) / 2
                      : setting.structure == Covariance::diagonal ? q
                                                                  : 1;
    CHECK(packed.size() == 9 * q + own * (setting.shared ? 1 : 3));
    CHECK(packed.size() == problem.family.packed_size());
    CHECK(off(problem.family.unpack(packed), at) < 1e-13);
    Vector moved = packed + 0.1 * test::normal(random, packed.size(), 1);
    CHECK(test::difference(problem.family.pack(problem.family.unpack(moved)),
                           moved) < 1e-12);
  }
}

TEST_CASE("The gradient is that of the penalised objective") {
  test::Random random(53);
  for (const Case &setting : cases())
    for (double ridge : {0.0, 2.0}) {
      const Problem problem = draw_problem(random, setting, 2, ridge, 30);
      const GaussianParameters at = parameters(random, problem);
      const auto value = [&](const Vector &packed) {
        return problem.objective(problem.family.unpack(packed));
      };
      const Vector expected =
          test::numerical_gradient(value, problem.family.pack(at));
      CHECK(test::difference(problem.family.gradient(problem.sums(at), at),
                             expected) < 1e-7);
    }
}

TEST_CASE("maximise ascends by exactly the gain that it reports") {
  test::Random random(54);
  for (const Case &setting : cases())
    for (double ridge : {0.0, 2.0}) {
      const Problem problem = draw_problem(random, setting, 2, ridge);
      const GaussianParameters at = parameters(random, problem);
      ExpertReport report;
      const GaussianParameters next = problem.family.maximise(
          problem.sums(at), at, 1.0, Curvature::bound, report);
      const double before = problem.objective(at);
      const double gain = problem.objective(next) - before;
      CHECK(report.gain > 0.0);
      CHECK(report.gain == Approx(gain).epsilon(1e-10));
      // It is the maximiser: the gradient vanishes and a second step is none.
      const LinearStatistic sums = problem.sums(next);
      CHECK(problem.family.gradient(sums, next).cwiseAbs().maxCoeff() < 1e-9);
      CHECK(off(problem.family.maximise(sums, next, 1.0, Curvature::bound,
                                        report),
                next) < 1e-11);
      CHECK(std::fabs(report.gain) < 1e-10);
    }
}

TEST_CASE("project clips eigenvalues and keeps the structure") {
  test::Random random(55);
  const double floor = 0.5;
  for (Index q : {1, 2, 4})
    for (Covariance structure :
         {Covariance::full, Covariance::diagonal, Covariance::spherical}) {
      const Gaussian family(1, q, Vector::Zero(1), structure, false, floor);
      Vector values(q); // some below the floor, one negative by rounding
      for (Index j = 0; j < q; ++j)
        values(j) = j == 0 ? -1e-12 : 0.4 * static_cast<double>(j);
      const Matrix basis =
          test::normal(random, q, q).householderQr().householderQ();
      const Matrix before = basis * values.asDiagonal() * basis.transpose();
      Matrix expected =
          basis * values.cwiseMax(floor).asDiagonal() * basis.transpose();
      if (structure == Covariance::diagonal)
        expected = before.diagonal().cwiseMax(floor).asDiagonal();
      if (structure == Covariance::spherical)
        expected = std::max(before.trace() / static_cast<double>(q), floor) *
                   Matrix::Identity(q, q);
      Matrix after = before;
      const bool met = family.covariances().project(after);
      CHECK(met == ((after - before).norm() > 0.0 &&
                    (structure == Covariance::full ? values.minCoeff()
                     : structure == Covariance::diagonal
                         ? before.diagonal().minCoeff()
                         : before.trace() / static_cast<double>(q)) < floor));
      CHECK(test::difference(after, expected) < 1e-14);
      Matrix again = after;
      family.covariances().project(again);
      CHECK(test::difference(again, after) < 1e-15);
    }
}

TEST_CASE("The clipped covariance is the best above the floor") {
  test::Random random(56);
  const double floor = 0.3;
  const Gaussian family(1, 3, Vector::Zero(1), Covariance::full, false, floor);
  const Matrix moment = 0.2 * test::positive_definite(random, 3);
  const auto value = [&](const Matrix &covariance) {
    return -std::log(covariance.determinant()) -
           (covariance.inverse() * moment).trace();
  };
  Matrix best = moment;
  REQUIRE(family.covariances().project(best));
  for (int trial = 0; trial < 200; ++trial) {
    Matrix other = best + std::pow(10.0, test::uniform(random, -4.0, 0.0)) *
                              test::normal(random, 3, 3);
    family.covariances().project(other);
    CHECK(value(other) <= value(best) + 1e-13);
  }
}

TEST_CASE("A starved expert stays, an interpolating one meets the floor") {
  test::Random random(57);
  for (const Case &setting : cases()) {
    Problem problem = draw_problem(random, setting, 2, 0.0);
    problem.weights.col(1).setConstant(1e-3);
    const GaussianParameters at = parameters(random, problem);
    ExpertReport report;
    GaussianParameters next = problem.family.maximise(problem.sums(at), at, 1.0,
                                                      Curvature::bound, report);
    CHECK_FALSE(report.starved[0]);
    CHECK(report.starved[1]);
    const Index q = setting.q;
    CHECK(test::difference(next.mean.middleCols(q, q),
                           at.mean.middleCols(q, q)) == 0.0);
    if (!setting.shared)
      CHECK(test::difference(next.covariance[1], at.covariance[1]) == 0.0);
    // Three rows and three columns: a perfect fit.
    problem.weights.col(1).setZero();
    problem.weights.col(1).head(3).setOnes();
    next = problem.family.maximise(problem.sums(at), at, 1.0, Curvature::bound,
                                   report);
    CHECK_FALSE(report.starved[1]);
    CHECK(report.floored[1] == !setting.shared);
    CHECK(problem.objective(next) > problem.objective(at));
  }
}
