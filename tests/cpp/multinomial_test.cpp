#include "multinomial_helpers.hpp"

using namespace sgmoe;

namespace {

// Rows with given weights a tau of the experts: what an M-step works on.
struct Problem {
  test::Data data;
  Matrix weights;
  Multinomial family;

  MultinomialStatistic sums(const Matrix &logit, Curvature curvature) const {
    MultinomialStatistic result = family.statistic(curvature);
    Block block;
    block.load(data.rows(), 0, data.gate.rows());
    Multinomial::Workspace workspace;
    Matrix densities;
    Scratch scratch;
    family.log_density(block, {logit}, workspace, densities);
    family.accumulate(block, weights, workspace, scratch, result);
    return result;
  }

  // Expected complete-data log-likelihood less the penalty.
  double objective(const Matrix &logit) const {
    return weights.cwiseProduct(test::log_expert(data, logit, family.classes()))
               .sum() -
           0.5 * (family.block().penalty().asDiagonal() * logit.cwiseAbs2())
                     .sum();
  }

  // Observations in row i: one, or as many as were counted.
  double size(Index i) const {
    double total = 0.0;
    for (Index m = 0; m < family.classes(); ++m)
      total += test::observed(data, i, m);
    return total;
  }

  double probability(const Matrix &logit, Index i, Index k, Index m) const {
    return std::exp(test::log_class(data, logit, family.classes(), i, k, m));
  }
};

Problem draw_problem(test::Random &random, Index rows, Index experts,
                     Index classes, const test::Kind &kind,
                     double ridge = 0.0) {
  const test::Data data =
      test::simulate_classes(random, rows, 3, classes, kind);
  return {data, test::posterior(random, rows, experts),
          test::multinomial_mixture(data, experts, classes, ridge).family()};
}

Matrix coefficients(test::Random &random, const Problem &problem) {
  return test::parameters(
             random, test::MultinomialMixture(Vector::Zero(3), problem.family))
      .expert.logit;
}

double off(const MultinomialStatistic &left,
           const MultinomialStatistic &right) {
  double worst =
      std::max(test::difference(left.weight, right.weight),
               test::difference(left.logit.score, right.logit.score));
  const auto compare = [&](const Grams &one, const Grams &other) {
    REQUIRE(one.size() == other.size());
    for (Index j = 0; j < one.size(); ++j)
      worst = std::max(worst, test::difference(one.matrix(j), other.matrix(j)));
  };
  compare(left.logit.gram, right.logit.gram);
  compare(left.logit.cross, right.logit.cross);
  return worst;
}

} // namespace

TEST_CASE("Multinomial log-densities are the definition's") {
  test::Random random(131);
  for (const test::Kind &kind : test::kinds())
    for (Index classes : {2, 3, 5})
      for (double spread : {1.0, 1e4}) { // logits of 1e4 too
        const Problem problem = draw_problem(random, 40, 3, classes, kind);
        const Matrix at = spread * coefficients(random, problem);
        Block block;
        block.load(problem.data.rows(), 0, 40);
        Multinomial::Workspace workspace;
        Matrix result, mean, expected(40, 3 * classes);
        problem.family.log_density(block, {at}, workspace, result);
        problem.family.expert_mean(block, {at}, mean);
        CHECK(result.allFinite());
        CHECK(test::difference(
                  result, test::log_expert(problem.data, at, classes)) < 1e-12);
        for (Index i = 0; i < 40; ++i)
          for (Index k = 0; k < 3; ++k)
            for (Index m = 0; m < classes; ++m)
              expected(i, k * classes + m) = problem.probability(at, i, k, m);
        // A logit of 1e4 itself is rounded by 1e-12.
        CHECK(test::difference(mean, expected) < 1e-14 * (1.0 + spread));
        CHECK(mean.minCoeff() >= 0.0);
        CHECK(mean.maxCoeff() <= 1.0);
        CHECK(test::difference(workspace.probability, mean) == 0.0);
      }
}

TEST_CASE("The multinomial sums are those of the rows") {
  test::Random random(132);
  for (const test::Kind &kind : test::kinds())
    for (Index classes : {2, 4}) {
      const Index experts = 3, rows = 50;
      const Problem problem =
          draw_problem(random, rows, experts, classes, kind);
      const Matrix at = coefficients(random, problem);
      const MultinomialStatistic sums = problem.sums(at, Curvature::fisher);
      const Matrix &z = problem.data.expert_design();
      Index pair = 0;
      for (Index k = 0; k < experts; ++k) {
        double weight = 0.0;
        Matrix gram = Matrix::Zero(z.cols(), z.cols());
        for (Index i = 0; i < rows; ++i) {
          weight += problem.weights(i, k);
          gram += problem.weights(i, k) * problem.size(i) *
                  z.row(i).transpose() * z.row(i);
        }
        CHECK(sums.weight(k) == Approx(weight).epsilon(1e-13));
        CHECK(test::difference(sums.logit.gram.matrix(k), gram) < 1e-13);
        for (Index m = 0; m < classes; ++m) {
          Vector score = Vector::Zero(z.cols());
          for (Index i = 0; i < rows; ++i)
            score += problem.weights(i, k) *
                     (test::observed(problem.data, i, m) -
                      problem.size(i) * problem.probability(at, i, k, m)) *
                     z.row(i).transpose();
          CHECK(test::difference(sums.logit.score.col(k * classes + m), score) <
                1e-12);
          for (Index l = m + 1; l < classes; ++l) {
            Matrix cross = Matrix::Zero(z.cols(), z.cols());
            for (Index i = 0; i < rows; ++i)
              cross += problem.weights(i, k) * problem.size(i) *
                       problem.probability(at, i, k, m) *
                       problem.probability(at, i, k, l) * z.row(i).transpose() *
                       z.row(i);
            CHECK(test::difference(sums.logit.cross.matrix(pair++), cross) <
                  1e-13);
          }
        }
      }
      CHECK(sums.logit.cross.size() == pair);
      CHECK(problem.sums(at, Curvature::bound).logit.cross.empty());
    }
}

TEST_CASE("The information of every block is its score's slope") {
  test::Random random(133);
  for (const test::Kind &kind : test::kinds())
    for (Index classes : {2, 3, 5}) {
      const Index experts = 3;
      const Problem problem = draw_problem(random, 40, experts, classes, kind);
      const Matrix at = coefficients(random, problem);
      const MultinomialStatistic sums = problem.sums(at, Curvature::fisher);
      for (Index b = 0; b < experts; ++b) {
        Matrix direction = Matrix::Zero(at.rows(), at.cols());
        direction.middleCols(b * classes, classes) =
            test::sum_zero(test::normal(random, at.rows(), classes));
        const auto slope = [&](double by) -> Matrix {
          const Matrix left = at - by * direction, right = at + by * direction;
          return (problem.sums(right, Curvature::bound).logit.score -
                  problem.sums(left, Curvature::bound).logit.score) /
                 (2.0 * by);
        };
        const Matrix curved = (slope(1e-3) - 4.0 * slope(5e-4)) / 3.0;
        const Index free = at.rows() * (classes - 1);
        const Matrix shifted =
            direction.middleCols(b * classes, classes).colwise() -
            direction.col((b + 1) * classes - 1);
        const Matrix own = curved.middleCols(b * classes, classes);
        CHECK(test::difference(
                  problem.family.block().information(sums.logit, b) *
                      Eigen::Map<const Vector>(shifted.data(), free),
                  Eigen::Map<const Vector>(own.data(), free)) < 1e-8);
        // The other blocks do not care.
        CHECK(curved.norm() == Approx(own.norm()).epsilon(1e-12));
      }
    }
}

TEST_CASE("A bound step of the experts gains at least what it promises") {
  test::Random random(134);
  for (int trial = 0; trial < 200; ++trial) {
    const Index classes = test::integer(random, 2, 5);
    const double ridge = trial % 4 == 0 ? test::uniform(random, 0.0, 5.0) : 0.0;
    Problem problem = draw_problem(
        random, test::integer(random, 1, 60), test::integer(random, 1, 4),
        classes, test::kinds()[static_cast<std::size_t>(trial % 16)], ridge);
    const Matrix &z = problem.data.expert_design();
    if (trial % 3 == 0 && problem.data.response.cols() == 1)
      for (Index i = 0; i < z.rows(); ++i) // separable
        problem.data.response(i, 0) =
            z(i, 1) > 0.0 ? static_cast<double>(classes - 1) : 0.0;
    const double size = std::pow(10.0, test::uniform(random, -2.0, 2.0));
    const Matrix at = size * coefficients(random, problem);
    ExpertReport report;
    const Matrix next = problem.family
                            .maximise(problem.sums(at, Curvature::bound), {at},
                                      1.0, Curvature::bound, report)
                            .logit;
    const double before = problem.objective(at);
    CAPTURE(trial);
    CHECK(report.gain >= 0.0);
    CHECK(problem.objective(next) - before >=
          report.gain - 1e-12 * (1.0 + std::fabs(before)));
  }
}

TEST_CASE("Multinomial pack and unpack are each other's inverse") {
  test::Random random(135);
  const Problem problem = draw_problem(random, 10, 3, 4, {});
  const Matrix at = coefficients(random, problem);
  const Vector packed = problem.family.pack({at});
  CHECK(packed.size() == problem.family.packed_size());
  CHECK(packed.size() == at.size());
  CHECK(test::difference(problem.family.unpack(packed).logit, at) == 0.0);
  CHECK(problem.family.pack(problem.family.origin()).cwiseAbs().maxCoeff() ==
        0.0);
  CHECK(problem.family.mean_columns() == 12);
}

TEST_CASE("Multinomial sums merge, scale and lend their curvature") {
  test::Random random(136);
  for (const test::Kind &kind : test::kinds()) {
    const Problem whole = draw_problem(random, 70, 2, 3, kind);
    const Matrix at = coefficients(random, whole);
    const auto part = [&](Index first, Index count) {
      const Problem some{whole.data.slice(first, count),
                         whole.weights.middleRows(first, count), whole.family};
      return some.sums(at, Curvature::fisher);
    };
    MultinomialStatistic merged = part(0, 20), doubled = part(0, 70);
    merged.merge(part(20, 50));
    CHECK(off(merged, part(0, 70)) < 1e-13);
    MultinomialStatistic twice = part(0, 70);
    twice.merge(part(0, 70));
    doubled.scale(2.0);
    CHECK(off(doubled, twice) == 0.0);
    MultinomialStatistic plain = whole.sums(at, Curvature::bound);
    plain.adopt_curvature(part(0, 70));
    CHECK(off(plain, part(0, 70)) < 1e-13);
  }
}

TEST_CASE("Class numbers are counts of one") {
  test::Random random(137);
  for (Index classes : {2, 4}) {
    Problem numbers =
        draw_problem(random, 60, 3, classes, {false, true, false, true});
    Problem counts = numbers;
    counts.data.response = Matrix::Zero(60, classes);
    for (Index i = 0; i < 60; ++i)
      counts.data.response(i, static_cast<Index>(numbers.data.response(i, 0))) =
          1.0;
    const Matrix at = coefficients(random, numbers);
    CHECK(off(counts.sums(at, Curvature::fisher),
              numbers.sums(at, Curvature::fisher)) < 1e-14);
    // And a row counted three times is three rows of class numbers.
    counts.data.response *= 3.0;
    numbers.weights *= 3.0;
    MultinomialStatistic thrice = counts.sums(at, Curvature::fisher);
    thrice.weight *= 3.0;
    CHECK(off(thrice, numbers.sums(at, Curvature::fisher)) < 1e-14);
  }
}
