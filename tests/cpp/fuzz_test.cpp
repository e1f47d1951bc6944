// Random and degenerate inputs: whatever comes, no assertion of Eigen fires
// (helpers.hpp lets them throw), everything stays finite, and the bound map
// ascends without any guard.
#include "fuzz_helpers.hpp"

using namespace sgmoe;

namespace {

struct Trial {
  test::Data data;
  Columns gate, expert, response;
  Index experts;
  double ridge;
  Covariance structure;
  bool shared;

  Rows rows() const {
    return {gate,
            expert,
            response,
            Eigen::Map<const Vector>(data.weights.data(), data.weights.size()),
            data.rows().offset,
            data.same_design};
  }
};

Trial draw(test::Random &random) {
  const Index n = test::size(random, 700), q = test::size(random, 4);
  test::Data data = test::simulate(random, n, 1, q);
  data.gate = test::degenerate(random, n, test::size(random, 40));
  data.expert = test::degenerate(random, n, test::size(random, 40));
  data.same_design = test::chance(random, 0.5);
  if (test::chance(random, 0.2)) // ties
    data.response = data.response.array().round().matrix();
  if (test::chance(random, 0.1)) // nothing to explain
    data.response.setConstant(2.0);
  if (test::chance(random, 0.2))
    data.response *= std::pow(10.0, test::uniform(random, -8.0, 8.0));
  if (test::chance(random, 0.5)) {
    data.weights = test::positive(random, n);
    for (Index i = 1; i < n; ++i)
      if (test::chance(random, 0.3))
        data.weights(i) = 0.0;
    if (test::chance(random, 0.3))
      data.weights *= 1e-9;
  }
  // The views below must see memory that moves no more.
  Trial trial{data,
              test::Data::view(data.gate),
              test::Data::view(data.expert),
              test::Data::view(data.response),
              test::size(random, 9),
              test::chance(random, 0.5) ? 0.0 : test::uniform(random, 0.0, 3.0),
              static_cast<Covariance>(test::integer(random, 0, 2)),
              test::chance(random, 0.3)};
  return trial;
}

void look_at(Trial &trial) {
  const test::Data &data = trial.data;
  const auto set = [](Columns &columns, const Columns &to) {
    new (&columns.values) Eigen::Map<const Matrix>(to.values);
    columns.centre = to.centre;
    columns.scale = to.scale;
  };
  set(trial.gate, test::standardised(data.gate, data.weights, true));
  set(trial.expert, test::standardised(data.expert, data.weights, true));
  set(trial.response, test::standardised(data.response, data.weights, false));
}

} // namespace

TEST_CASE("Random and degenerate inputs break nothing") {
  for (int seed = 1; seed <= test::kTrials; ++seed) {
    CAPTURE(seed);
    test::Random random(static_cast<std::uint64_t>(seed));
    Trial trial = draw(random);
    look_at(trial);
    const auto mixture = test::mixture(trial.data, trial.experts, trial.ridge,
                                       trial.structure, trial.shared);
    const Rows rows = trial.rows();
    test::survive(random, mixture, rows);
  }
}
