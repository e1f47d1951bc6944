// Mixing measures at the limits: references, ties, weights of next to nothing,
// one atom.
#include "helpers.hpp"

#include <sgmoe/model/mixing_measure.hpp>

using namespace sgmoe;

namespace {

/// `experts` random atoms of one response; slopes of gate and experts.
MixingMeasure random_measure(test::Random &random, Index experts) {
  MixingMeasure result;
  result.gate_intercept = test::normal(random, experts, 1);
  result.log_weight = result.gate_intercept;
  result.log_weight.array() -= std::log(result.log_weight.array().exp().sum());
  result.gate_slope = test::normal(random, 2, experts);
  result.slow = test::normal(random, 1, experts);
  result.fast = test::normal(random, 3, experts);
  return result;
}

double position_distance(const MixingMeasure &measure, Index i, Index j) {
  const auto square = [&](const Matrix &position) {
    return (position.col(i) - position.col(j)).squaredNorm();
  };
  return square(measure.gate_slope) + square(measure.slow) +
         std::sqrt(square(measure.fast));
}

} // namespace

TEST_CASE("What the gate is relative to does not matter") {
  test::Random random(421);
  const Gaussian family(4, 1, Vector::Zero(2), Covariance::full, false, 1e-6);
  test::GaussianTheta theta;
  theta.gate = test::normal(random, 3, 4);
  theta.expert = family.origin();
  theta.expert.mean = test::normal(random, 2, 4);
  test::GaussianTheta shifted = theta;
  shifted.gate.colwise() += Vector(test::normal(random, 3, 1));
  for (bool given : {true, false}) {
    const Vector weight = given ? test::positive(random, 4) : Vector();
    MixingMeasure one = mixing_measure(family, theta, weight, true);
    MixingMeasure other = mixing_measure(family, shifted, weight, true);
    CHECK(test::difference(dissimilarities(one), dissimilarities(other)) <
          1e-13);
    merge_atoms(one, 1, 3);
    merge_atoms(other, 1, 3);
    CHECK(test::difference(parameters_of(family, one, true).gate,
                           parameters_of(family, other, true).gate) < 1e-13);
  }
}

TEST_CASE("Of equal heights the first pair is merged") {
  test::Random random(422);
  MixingMeasure measure = random_measure(random, 1);
  for (Matrix *position : {&measure.gate_slope, &measure.slow, &measure.fast})
    *position = Matrix(position->replicate(1, 4));
  measure.log_weight = measure.gate_intercept =
      Vector::Constant(4, -std::log(4.0));
  int visits = 0;
  merge_path(measure, [&](const Merge &merge, const MixingMeasure &merged) {
    CHECK(merge.first == 0);
    CHECK(merge.second == 1);
    CHECK(merge.height == 0.0);
    CHECK(merged.log_weight(0) ==
          Approx(std::log((2.0 + visits) / 4.0)).margin(1e-15));
    ++visits;
  });
  CHECK(visits == 3);
}

TEST_CASE("A weight of 1e-300 counts for what it is") {
  test::Random random(423);
  for (Index light : {0, 1, 2}) {
    MixingMeasure measure = random_measure(random, 3);
    measure.log_weight(light) = measure.gate_intercept(light) =
        std::log(1e-300);
    const Index heavy = light == 0 ? 1 : 0;
    // 1e-300 w / (1e-300 + w) is 1e-300.
    CHECK(dissimilarity(measure, light, heavy) * 1e300 ==
          Approx(position_distance(measure, light, heavy)).epsilon(1e-10));
    const Index i = std::min(light, heavy), j = std::max(light, heavy);
    MixingMeasure merged = measure;
    merge_atoms(merged, i, j);
    CHECK(test::difference(merged.slow.col(i), measure.slow.col(heavy)) <
          1e-15);
    CHECK(test::difference(merged.fast.col(i), measure.fast.col(heavy)) <
          1e-15);
    CHECK(merged.log_weight(i) == Approx(measure.log_weight(heavy)));
    Index visits = 0;
    merge_path(measure, [&](const Merge &merge, const MixingMeasure &after) {
      CHECK(std::isfinite(merge.height));
      CHECK(after.slow.allFinite());
      if (visits++ == 0)
        CHECK((merge.first == light || merge.second == light));
    });
    CHECK(visits == 2);
  }
}

TEST_CASE("Two weights of 1e-300 have a mean between them") {
  test::Random random(424);
  MixingMeasure measure = random_measure(random, 3);
  measure.log_weight.head(2).setConstant(std::log(1e-300));
  measure.gate_intercept.head(2).setConstant(std::log(1e-300));
  CHECK(dissimilarity(measure, 0, 1) * 2e300 ==
        Approx(position_distance(measure, 0, 1)).epsilon(1e-10));
  const Vector middle = (measure.fast.col(0) + measure.fast.col(1)) / 2.0;
  merge_atoms(measure, 0, 1);
  // The logarithms, 690, cost three digits.
  CHECK(test::difference(measure.fast.col(0), middle) < 1e-12);
  CHECK(measure.log_weight(0) == Approx(std::log(2e-300)));
}

// Experts without rows drift: their coefficients may be huge, and must not cost
// the expert they merge into its digits.
TEST_CASE("An atom of no weight leaves the other's digits, wherever it lies") {
  test::Random random(425);
  for (bool first : {true, false}) {
    MixingMeasure measure = random_measure(random, 2);
    const Index light = first ? 0 : 1, heavy = 1 - light;
    measure.log_weight(light) = measure.gate_intercept(light) =
        std::log(1e-300);
    measure.fast.col(light).setConstant(1e9);
    const Vector kept = measure.fast.col(heavy);
    merge_atoms(measure, 0, 1);
    CHECK(test::difference(measure.fast.col(0), kept) < 1e-14);
  }
}

TEST_CASE("One atom has no merge") {
  test::Random random(426);
  const MixingMeasure measure = random_measure(random, 1);
  CHECK(dissimilarities(measure) == Matrix::Zero(1, 1));
  int visits = 0;
  merge_path(measure, [&](const Merge &, const MixingMeasure &) { ++visits; });
  CHECK(visits == 0);
  MixingMeasure two = random_measure(random, 2);
  merge_path(two, [&](const Merge &, const MixingMeasure &merged) {
    CHECK(merged.log_weight(0) == Approx(0.0).margin(1e-15));
    ++visits;
  });
  CHECK(visits == 1);
}
