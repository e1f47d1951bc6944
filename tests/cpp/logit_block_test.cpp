#include "helpers.hpp"

#include <sgmoe/block/logit.hpp>
#include <sgmoe/core/softmax.hpp>

using namespace sgmoe;

namespace {

struct Problem {
  Matrix design, target;
  Vector weights;

  Matrix probability(const Matrix &coefficients) const {
    Matrix logits = design * coefficients;
    Normaliser normaliser;
    softmax(logits, normaliser);
    return logits;
  }

  LogitStatistic sums(const LogitBlock &block, const Matrix &coefficients,
                      Curvature curvature) const {
    LogitStatistic result = block.statistic(true, curvature);
    const Matrix p = probability(coefficients);
    Scratch scratch;
    block.accumulate(design, weights, p, weights.asDiagonal() * (target - p),
                     scratch, result);
    return result;
  }

  // sum a t' log p - penalty, with a log-sum-exp of its own.
  double objective(const LogitBlock &block, const Matrix &coefficients) const {
    const Matrix logits = design * coefficients;
    const Vector largest = logits.rowwise().maxCoeff();
    const Vector total = largest + (logits.colwise() - largest)
                                       .array()
                                       .exp()
                                       .rowwise()
                                       .sum()
                                       .log()
                                       .matrix();
    const Matrix logs = logits.colwise() - total;
    return weights.dot(logs.cwiseProduct(target).rowwise().sum()) -
           0.5 *
               (block.penalty().asDiagonal() * coefficients.cwiseAbs2()).sum();
  }
};

Problem problem(test::Random &random, Index rows, Index columns, Index classes,
                double spread = 1.0) {
  return {test::design(random, rows, columns),
          test::posterior(random, rows, classes, spread),
          test::positive(random, rows)};
}

LogitBlock logit_block(Index classes, Index columns, double ridge) {
  Vector penalty = Vector::Constant(columns, ridge);
  penalty(0) = 0.0;
  return {classes, penalty};
}

double off_sum_zero(const Matrix &coefficients) {
  return coefficients.rowwise().sum().cwiseAbs().maxCoeff();
}

} // namespace

TEST_CASE("The score is the gradient of the penalised logit likelihood") {
  test::Random random(41);
  for (double ridge : {0.0, 3.0})
    for (Index classes : {2, 3, 5}) {
      const Problem data = problem(random, 60, 4, classes);
      const LogitBlock block = logit_block(classes, 4, ridge);
      const Matrix at = test::normal(random, 4, classes);
      const auto value = [&](const Vector &packed) {
        return data.objective(
            block, Eigen::Map<const Matrix>(packed.data(), 4, classes));
      };
      const Vector expected = test::numerical_gradient(
          value, Eigen::Map<const Vector>(at.data(), at.size()));
      const Matrix score =
          block.gradient(data.sums(block, at, Curvature::bound), at);
      CHECK(test::difference(Eigen::Map<const Vector>(score.data(), at.size()),
                             expected) < 1e-8);
    }
}

TEST_CASE("The bound step satisfies the closed form") {
  test::Random random(42);
  for (double ridge : {0.0, 3.0})
    for (Index classes : {2, 4}) {
      const Problem data = problem(random, 60, 4, classes);
      const LogitBlock block = logit_block(classes, 4, ridge);
      const Matrix at = test::sum_zero(test::normal(random, 4, classes));
      const Step step = block.maximise(data.sums(block, at, Curvature::bound),
                                       at, Curvature::bound);
      // (S/2 + lambda D) W+ = R/2, R = sum a x (W'x + 2 (t - p))'
      Matrix left = 0.5 * data.design.transpose() * data.weights.asDiagonal() *
                    data.design;
      left.diagonal() += block.penalty();
      const Matrix right =
          0.5 * data.design.transpose() * data.weights.asDiagonal() *
          (data.design * at + 2.0 * (data.target - data.probability(at)));
      CHECK(test::difference(left * (at + step.increment), right) < 1e-12);
    }
}

TEST_CASE("The bound step gains at least what its surrogate promises") {
  test::Random random(43);
  for (int trial = 0; trial < 200; ++trial) {
    const Index classes = test::integer(random, 2, 6);
    const Index columns = test::integer(random, 1, 7);
    // From soft targets to separable ones; from flat to certain gates.
    Problem data = problem(random, test::integer(random, 1, 80), columns,
                           classes, trial % 2 == 0 ? 1.0 : 50.0);
    if (trial % 3 == 0 && columns > 1)
      data.design.col(columns - 1) = data.design.col(0);
    const double ridge = trial % 4 == 0 ? test::uniform(random, 0.0, 5.0) : 0.0;
    const LogitBlock block = logit_block(classes, columns, ridge);
    const double size = std::pow(10.0, test::uniform(random, -2.0, 2.0));
    const Matrix at =
        size * test::sum_zero(test::normal(random, columns, classes));
    const Step step = block.maximise(data.sums(block, at, Curvature::bound), at,
                                     Curvature::bound);
    const double before = data.objective(block, at);
    const double after = data.objective(block, at + step.increment);
    CAPTURE(trial);
    CHECK(step.gain >= 0.0);
    CHECK(after - before >= step.gain - 1e-12 * (1.0 + std::fabs(before)));
  }
}

TEST_CASE("The Fisher matrix is the negative Hessian on sum-zero vectors") {
  test::Random random(44);
  for (Index classes : {2, 3, 5}) {
    const Index columns = 4;
    const Problem data = problem(random, 50, columns, classes);
    const LogitBlock block = logit_block(classes, columns, 0.0);
    const Matrix at = test::sum_zero(test::normal(random, columns, classes));
    const LogitStatistic sums = data.sums(block, at, Curvature::fisher);
    const Matrix direction =
        test::sum_zero(test::normal(random, columns, classes));
    // The Fisher matrix times `direction`, from sum a p_k p_l x x', k < l.
    Matrix product = Matrix::Zero(columns, classes);
    Index pair = 0;
    for (Index k = 0; k < classes; ++k)
      for (Index l = k + 1; l < classes; ++l) {
        const Vector change =
            sums.cross.matrix(pair++) * (direction.col(k) - direction.col(l));
        product.col(k) += change;
        product.col(l) -= change;
      }
    const auto slope = [&](double by) -> Matrix {
      return (data.sums(block, at + by * direction, Curvature::bound).score -
              data.sums(block, at - by * direction, Curvature::bound).score) /
             (2.0 * by);
    };
    const Matrix hessian = (4.0 * slope(5e-4) - slope(1e-3)) / 3.0;
    CHECK(test::difference(product, -hessian) < 1e-8);
    // The same with the last class as the reference, on d_k = w_k - w_K.
    const Matrix shifted = direction.colwise() - direction.col(classes - 1);
    const Matrix free =
        block.information(sums) *
        Eigen::Map<const Vector>(shifted.data(), columns * (classes - 1));
    CHECK(test::difference(free, Eigen::Map<const Vector>(
                                     product.data(), columns * (classes - 1))) <
          1e-12);
  }
}

TEST_CASE("The Fisher step is Newton's, but for a small part of the bound") {
  test::Random random(45);
  for (double ridge : {0.0, 3.0})
    for (Index classes : {2, 3, 5}) {
      const Problem data = problem(random, 80, 4, classes);
      const LogitBlock block = logit_block(classes, 4, ridge);
      const Matrix at = 0.3 * test::sum_zero(test::normal(random, 4, classes));
      const LogitStatistic sums = data.sums(block, at, Curvature::fisher);
      const Step step = block.maximise(sums, at, Curvature::fisher);
      const double by = 1e-4;
      const auto gradient = [&](double along) {
        const Matrix moved = at + along * step.increment;
        return block.gradient(data.sums(block, moved, Curvature::bound), moved);
      };
      const Matrix curved = (gradient(-by) - gradient(by)) / (2.0 * by);
      const Matrix bound = 0.5 * sums.gram.matrix(0) * step.increment;
      const Matrix rest = block.gradient(sums, at) - curved;
      const double share = rest.cwiseProduct(bound).sum() / bound.squaredNorm();
      CHECK(share > 0.0);
      CHECK(share < 1e-3);
      CHECK((rest - share * bound).norm() <
            1e-6 * block.gradient(sums, at).norm());
    }
}

TEST_CASE("Both curvatures keep the sum-zero form and reach one optimum") {
  test::Random random(46);
  const Problem data = problem(random, 100, 3, 4);
  const LogitBlock block = logit_block(4, 3, 1.0);
  const auto optimum = [&](Curvature curvature, int steps) {
    Matrix at = Matrix::Zero(3, 4);
    for (int i = 0; i < steps; ++i)
      at += block.maximise(data.sums(block, at, curvature), at, curvature)
                .increment;
    CHECK(off_sum_zero(at) < 1e-13);
    const LogitStatistic sums = data.sums(block, at, curvature);
    CHECK(block.gradient(sums, at).cwiseAbs().maxCoeff() < 1e-9);
    return at;
  };
  CHECK(test::difference(optimum(Curvature::bound, 300),
                         optimum(Curvature::fisher, 30)) < 1e-9);
}

TEST_CASE("A single class has nothing to choose") {
  test::Random random(47);
  const Problem data = problem(random, 20, 3, 1);
  const LogitBlock block = logit_block(1, 3, 0.5);
  for (Curvature curvature : {Curvature::bound, Curvature::fisher}) {
    const Step step =
        block.maximise(data.sums(block, Matrix::Zero(3, 1), curvature),
                       Matrix::Zero(3, 1), curvature);
    CHECK(step.increment.cwiseAbs().maxCoeff() == 0.0);
    CHECK(step.gain == 0.0);
  }
}

TEST_CASE("Only what is asked for is summed, and it merges and scales") {
  test::Random random(48);
  const LogitBlock block = logit_block(3, 2, 0.0);
  CHECK(block.statistic(false, Curvature::bound).gram.empty());
  CHECK(block.statistic(true, Curvature::bound).cross.empty());
  const Problem data = problem(random, 30, 2, 3);
  const Matrix at = test::normal(random, 2, 3);
  const LogitStatistic once = data.sums(block, at, Curvature::fisher);
  CHECK(once.cross.size() == 3);
  LogitStatistic merged = once, scaled = once;
  merged.merge(once);
  scaled.scale(2.0);
  CHECK(test::difference(merged.score, scaled.score) == 0.0);
  CHECK(test::difference(merged.gram.matrix(0), scaled.gram.matrix(0)) == 0.0);
  CHECK(test::difference(merged.cross.matrix(2), scaled.cross.matrix(2)) ==
        0.0);
  CHECK(test::difference(scaled.score, 2.0 * once.score) == 0.0);
}
