#include "helpers.hpp"

#include <sgmoe/block/glm.hpp>

using namespace sgmoe;

namespace {

struct Case {
  Matrix design, weights, information, slope;
  GlmBlock block;
  GlmStatistic sums;
};

Case random_case(test::Random &random, Index rows, double ridge) {
  Case result;
  result.design = test::design(random, rows, 3);
  result.weights = test::posterior(random, rows, 2);
  result.information =
      result.weights.cwiseProduct(test::posterior(random, rows, 2));
  result.slope = result.weights.cwiseProduct(test::normal(random, rows, 2));
  result.block = GlmBlock(2, Vector::Constant(3, ridge));
  result.sums = result.block.statistic();
  Scratch scratch;
  result.block.accumulate(result.design, result.weights, result.information,
                          result.slope, scratch, result.sums);
  return result;
}

} // namespace

TEST_CASE("A step of the GLM block solves Newton's equations") {
  test::Random random(191);
  for (double ridge : {0.0, 2.0}) {
    const Case one = random_case(random, 40, ridge);
    const Matrix at = test::normal(random, 3, 2);
    const Matrix gradient = one.block.gradient(one.sums, at);
    for (Index k = 0; k < 2; ++k) {
      const Matrix curvature = one.design.transpose() *
                                   one.information.col(k).asDiagonal() *
                                   one.design +
                               Matrix(one.block.penalty().asDiagonal());
      const Vector expected =
          one.design.transpose() * one.slope.col(k) - ridge * at.col(k);
      CHECK(test::difference(gradient.col(k), expected) < 1e-12);
      const GlmStep step =
          one.block.maximise(one.sums, k, expected, one.block.penalty(), 1.0);
      CHECK_FALSE(step.starved);
      CHECK(test::difference(curvature * step.increment, expected) < 1e-10);
      CHECK(step.gain == Approx(0.5 * expected.dot(step.increment)));
      // No row's predictor changes by more than it reaches.
      const double reach = one.block.reach(one.sums, step.increment);
      CHECK((one.design * step.increment).cwiseAbs().maxCoeff() <= reach);
    }
    CHECK(one.block
              .maximise(one.sums, 0, gradient.col(0), one.block.penalty(), 1e3)
              .starved);
  }
}

TEST_CASE("Sums of the GLM block are additive, and limits hold") {
  test::Random random(192);
  Case one = random_case(random, 30, 0.5), other = random_case(random, 20, 0.5);
  GlmStatistic both = one.block.statistic();
  both.merge(one.sums);
  both.merge(other.sums);
  CHECK(test::difference(both.score, one.sums.score + other.sums.score) == 0.0);
  CHECK((both.extent - one.sums.extent).minCoeff() >= 0.0);
  both.scale(0.5);
  CHECK(test::difference(both.weight,
                         0.5 * (one.sums.weight + other.sums.weight)) < 1e-14);
  const Matrix from = test::normal(random, 3, 2);
  Matrix to = from + 10.0 * test::normal(random, 3, 2);
  one.block.limit(one.sums, from, 0.7, to);
  CHECK((one.design * (to - from)).cwiseAbs().maxCoeff() <= 0.7 + 1e-12);
  Matrix near = from + 1e-3 * (to - from);
  const Matrix kept = near;
  one.block.limit(one.sums, from, 0.7, near);
  CHECK(near == kept);
}
