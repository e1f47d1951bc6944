// As fuzz_test.cpp, for classes and counts: separable, absent, all the same.
#include "fuzz_helpers.hpp"
#include "multinomial_helpers.hpp"

using namespace sgmoe;

namespace {

struct Trial {
  test::Data data;
  Index classes;
};

// Class numbers or counts; counts may be huge, zero or no whole numbers.
Matrix response(test::Random &random, const Matrix &design, Index classes) {
  const Index n = design.rows();
  const bool counts = classes > 1 && test::chance(random, 0.4);
  const bool separable = test::chance(random, 0.3);
  const Index present = // some classes are never seen
      test::chance(random, 0.3) ? test::size(random, classes) : classes;
  const Index column = design.cols() - 1;
  Matrix result = Matrix::Zero(n, counts ? classes : 1);
  for (Index i = 0; i < n; ++i) {
    Index seen = test::integer(random, 0, std::min(present, classes) - 1);
    if (separable)
      seen = design(i, column) > design.col(column).mean() ? 0 : classes - 1;
    if (!counts)
      result(i, 0) = static_cast<double>(seen);
    else
      result(i, seen) += static_cast<double>(test::integer(random, 0, 4));
  }
  if (counts && test::chance(random, 0.3))
    result *= std::pow(10.0, test::uniform(random, -3.0, 3.0));
  return result;
}

Trial draw(test::Random &random) {
  const Index n = test::size(random, 400);
  Trial trial;
  trial.classes = test::size(random, 5);
  test::Data &data = trial.data;
  data.gate = test::degenerate(random, n, test::size(random, 25));
  data.expert = test::degenerate(random, n, test::size(random, 25));
  data.same_design = test::chance(random, 0.5);
  data.response = response(random, data.expert_design(), trial.classes);
  if (test::chance(random, 0.4))
    data.offset = std::pow(10.0, test::uniform(random, -2.0, 2.0)) *
                  test::normal(random, n, trial.classes);
  if (test::chance(random, 0.5)) {
    data.weights = test::positive(random, n);
    for (Index i = 1; i < n; ++i)
      if (test::chance(random, 0.3))
        data.weights(i) = 0.0;
    if (test::chance(random, 0.3))
      data.weights *= 1e-9;
  }
  return trial;
}

} // namespace

TEST_CASE("Random and degenerate classes break nothing") {
  for (int seed = 1; seed <= test::kTrials; ++seed) {
    CAPTURE(seed);
    test::Random random(static_cast<std::uint64_t>(seed));
    const Trial trial = draw(random);
    const test::Data &data = trial.data;
    const auto mixture = test::multinomial_mixture(
        data, test::size(random, 6), trial.classes,
        test::chance(random, 0.5) ? 0.0 : test::uniform(random, 0.0, 3.0));
    Rows rows = data.rows();
    const auto standardise = [&](Columns &columns, const Matrix &values) {
      const Columns to = test::standardised(values, data.weights, true);
      columns.centre = to.centre;
      columns.scale = to.scale;
    };
    standardise(rows.gate, data.gate);
    standardise(rows.expert, data.expert);
    REQUIRE_NOTHROW(mixture.check(rows));
    test::survive(random, mixture, rows);
  }
}
