#include "linear_helpers.hpp"

using namespace sgmoe;

namespace {

using Problem = test::LinearProblem;

Problem problem(test::Random &random, Index rows, Index columns,
                Index responses, Index experts) {
  return {test::design(random, rows, columns),
          test::normal(random, rows, responses),
          test::posterior(random, rows, experts)};
}

// Least squares by QR; the ridge enters as further rows.
Matrix by_qr(const Problem &data, Index expert, const Vector &penalty) {
  const Vector root = data.weights.col(expert).cwiseSqrt();
  const Index rows = data.design.rows(), columns = data.design.cols();
  Matrix left = Matrix::Zero(rows + columns, columns);
  Matrix right = Matrix::Zero(rows + columns, data.response.cols());
  left.topRows(rows) = root.asDiagonal() * data.design;
  left.bottomRows(columns) = Matrix(penalty.cwiseSqrt().asDiagonal());
  right.topRows(rows) = root.asDiagonal() * data.response;
  return left.colPivHouseholderQr().solve(right);
}

// P(A) = sum u (y - A'z)(y - A'z)' + A' diag(penalty) A
Matrix cross_product(const Problem &data, Index expert, const Vector &penalty,
                     const Matrix &coefficients) {
  const Matrix residual = data.response - data.design * coefficients;
  Matrix result =
      coefficients.transpose() * penalty.asDiagonal() * coefficients;
  for (Index i = 0; i < residual.rows(); ++i)
    result +=
        data.weights(i, expert) * residual.row(i).transpose() * residual.row(i);
  return result;
}

} // namespace

TEST_CASE("The step leads to weighted least squares from any anchor") {
  test::Random random(31);
  for (double ridge : {0.0, 2.5})
    for (Index q : {1, 3})
      for (Index experts : {1, 2, 5}) {
        const Problem data = problem(random, 120, 6, q, experts);
        Vector penalty = Vector::Constant(6, ridge);
        penalty(0) = 0.0;
        const LinearBlock block(experts, q, penalty);
        const Matrix anchor = 10.0 * test::normal(random, 6, q * experts);
        const LinearStatistic sums = data.sums(block, anchor);
        for (Index k = 0; k < experts; ++k) {
          const Matrix own = anchor.middleCols(k * q, q);
          const LinearStep step = block.maximise(sums, k, own, 1.0);
          CHECK_FALSE(step.starved);
          const Matrix expected = by_qr(data, k, penalty);
          CHECK(test::difference(own + step.increment, expected) < 1e-10);
          CHECK(test::difference(step.before,
                                 cross_product(data, k, penalty, own)) < 1e-12);
          // A difference of numbers as large as `before`.
          const double error =
              (step.after - cross_product(data, k, penalty, expected))
                  .cwiseAbs()
                  .maxCoeff();
          CHECK(error < 1e-12 * step.before.cwiseAbs().maxCoeff());
        }
      }
}

TEST_CASE("The sums are what their names say") {
  test::Random random(32);
  const Problem data = problem(random, 80, 4, 2, 3);
  const LinearBlock block(3, 2, Vector::Zero(4));
  const Matrix anchor = test::normal(random, 4, 6);
  const LinearStatistic sums = data.sums(block, anchor);
  for (Index k = 0; k < 3; ++k) {
    const Vector weight = data.weights.col(k);
    const Matrix residual =
        data.response - data.design * anchor.middleCols(2 * k, 2);
    const Matrix weighted = weight.asDiagonal() * residual;
    CHECK(sums.weight(k) == Approx(weight.sum()).epsilon(1e-13));
    CHECK(test::difference(sums.gram.matrix(k), data.design.transpose() *
                                                    weight.asDiagonal() *
                                                    data.design) < 1e-13);
    CHECK(test::difference(sums.cross.middleCols(2 * k, 2),
                           data.design.transpose() * weighted) < 1e-13);
    CHECK(test::difference(sums.residual.middleCols(2 * k, 2),
                           residual.transpose() * weighted) < 1e-13);
  }
}

TEST_CASE("At the maximum the step vanishes and nothing is gained") {
  test::Random random(33);
  const Problem data = problem(random, 60, 5, 2, 1);
  const LinearBlock block(1, 2, Vector::Constant(5, 0.7));
  const Matrix best = by_qr(data, 0, block.penalty());
  const LinearStep step = block.maximise(data.sums(block, best), 0, best, 1.0);
  CHECK(step.increment.cwiseAbs().maxCoeff() < 1e-13);
  CHECK(test::difference(step.after, step.before) < 1e-14);
}

TEST_CASE("An expert without enough weight keeps its coefficients") {
  test::Random random(34);
  Problem data = problem(random, 50, 5, 1, 2);
  const Matrix own = test::normal(random, 5, 1);
  Matrix anchor(5, 2);
  anchor << own, own;
  const auto step_with = [&](double weight, double ridge, double least) {
    data.weights.col(1).setConstant(weight / 50.0);
    const LinearBlock block(2, 1, Vector::Constant(5, ridge));
    return block.maximise(data.sums(block, anchor), 1, own, least);
  };
  for (double weight : {0.0, 1e-300, 0.5, 4.9}) {
    const LinearStep step = step_with(weight, 0.0, 1.0);
    CAPTURE(weight);
    CHECK(step.starved);
    CHECK(step.increment.cwiseAbs().maxCoeff() == 0.0);
    CHECK((step.after - step.before).cwiseAbs().maxCoeff() == 0.0);
  }
  CHECK_FALSE(step_with(5.1, 0.0, 1.0).starved);
  // A ridge determines all coefficients, from one row on.
  CHECK(step_with(0.9, 1.0, 1.0).starved);
  CHECK_FALSE(step_with(1.1, 1.0, 1.0).starved);
  // Weights may be small throughout.
  CHECK_FALSE(step_with(0.6, 0.0, 0.1).starved);
  CHECK(step_with(0.4, 0.0, 0.1).starved);
  // No weight at all is too little, whatever a row is worth.
  CHECK(step_with(0.0, 0.0, 0.0).starved);
}

TEST_CASE("Directions without information keep their value") {
  test::Random random(35);
  Problem data = problem(random, 40, 6, 1, 1);
  data.design.col(4) = data.design.col(3); // duplicated
  data.design.col(5).setZero();
  const LinearBlock block(1, 1, Vector::Zero(6));
  const Matrix anchor = test::normal(random, 6, 1);
  const LinearStep step =
      block.maximise(data.sums(block, anchor), 0, anchor, 1.0);
  const Matrix next = anchor + step.increment;
  CHECK(next(5, 0) == anchor(5, 0));
  CHECK(next(3, 0) - next(4, 0) ==
        Approx(anchor(3, 0) - anchor(4, 0)).epsilon(1e-9));
  const Matrix fitted = data.design * by_qr(data, 0, Vector::Zero(6));
  CHECK(test::difference(data.design * next, fitted) < 1e-9);
}

TEST_CASE("The linear statistic adds, merges and scales") {
  test::Random random(36);
  const Problem data = problem(random, 90, 3, 2, 2);
  const LinearBlock block(2, 2, Vector::Zero(3));
  const Matrix anchor = test::normal(random, 3, 4);
  const auto part = [&](Index first, Index count) {
    const Problem some{data.design.middleRows(first, count),
                       data.response.middleRows(first, count),
                       data.weights.middleRows(first, count)};
    return some.sums(block, anchor);
  };
  const LinearStatistic whole = part(0, 90);
  LinearStatistic merged = part(0, 25);
  merged.merge(part(25, 65));
  merged.scale(3.0);
  CHECK(test::difference(merged.weight, 3.0 * whole.weight) < 1e-13);
  CHECK(test::difference(merged.cross, 3.0 * whole.cross) < 1e-13);
  CHECK(test::difference(merged.residual, 3.0 * whole.residual) < 1e-13);
  for (Index k = 0; k < 2; ++k)
    CHECK(test::difference(merged.gram.matrix(k), 3.0 * whole.gram.matrix(k)) <
          1e-13);
}
