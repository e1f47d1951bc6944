// The incremental driver: rows that are extreme.
#include "stream_helpers.hpp"

using namespace sgmoe;
using namespace test::stream;

namespace {

// What a stream reports of rows some of which may be extreme.
GaussianState learnt(const Setting<Gaussian> &setting,
                     const Parameters<Gaussian> &theta, bool cap) {
  IncrementalControl control = usual(64);
  control.cap = cap;
  Incremental<Gaussian> driver(setting.mixture, control);
  GaussianState state = start(driver, setting, theta);
  learn(driver, setting.rest(), state);
  return state;
}

} // namespace

TEST_CASE("Where nothing is extreme the cap changes no bit") {
  test::Random random(723);
  const auto setting = gaussian(random, 6600, 600, 2, 2);
  const auto theta = pilot_fit(random, setting);
  GaussianState with = learnt(setting, theta, true);
  GaussianState without = learnt(setting, theta, false);
  CHECK(with.cap.extreme == 0.0);
  with.cap = without.cap; // what it knows of rows
  CHECK(numbers(with) == numbers(without));
}

TEST_CASE("The influence of extreme rows is bounded, and they are counted") {
  test::Random random(724);
  auto setting = gaussian(random, 20600, 600, 2, 1);
  const auto theta = pilot_fit(random, setting);
  const GaussianState clean = learnt(setting, theta, true);
  auto bad = setting;
  for (Index i = 1100; i < 20600; i += 1000)
    bad.data.response(i, 0) = i % 2000 == 100 ? 1e4 : -1e9;
  const GaussianState state = learnt(bad, theta, true);
  CHECK(state.cap.extreme == 20.0);
  CHECK(state.record.bins.col(4).sum() == 20.0);
  Incremental<Gaussian> driver(setting.mixture, usual(64));
  const auto value = [&](const GaussianState &of) {
    return test::log_likelihood(setting.mixture, setting.data,
                                driver.reported(of));
  };
  // Half a parameter's worth of log-likelihood, as if the rows were missing.
  CHECK(std::fabs(value(state) - value(clean)) < 0.5);
  CHECK(value(learnt(bad, theta, false)) < value(clean) - 1000.0);
  // However extreme they are, they count the same.
  bad.data.response(1100, 0) = 1e30;
  CHECK(std::fabs(value(learnt(bad, theta, true)) - value(state)) < 1e-6);
}

TEST_CASE("A change of distribution lifts the cap after a minibatch or two") {
  test::Random random(725);
  auto setting = gaussian(random, 6600, 600, 2, 1);
  const auto theta = pilot_fit(random, setting);
  setting.data.response.bottomRows(3000).array() += 200.0;
  const GaussianState state = learnt(setting, theta, true);
  CHECK(state.cap.extreme > 0.0);
  // Those of a minibatch, and less than 32 in the one before.
  CHECK(state.cap.extreme < 96.0);
}
