// The incremental driver on wide designs: minibatches share steps, and not all
// of them give outer products.
#include "stream_helpers.hpp"

using namespace sgmoe;
using namespace test::stream;

namespace {

Setting<Gaussian> lines_of(test::Random &random, Index columns) {
  const Index pilot = 12 * columns;
  test::Data data = test::simulate(random, pilot + 800, columns, 1);
  data.weights = test::positive(random, pilot + 800);
  return {data, test::mixture(data, 2, 1.0), pilot};
}

Setting<Multinomial> classes_of(test::Random &random) {
  const test::Data data =
      test::simulate_classes(random, 1400, 30, 3, {true, false, true, false});
  return {data, test::multinomial_mixture(data, 2, 3, 1.0), 600};
}

IncrementalControl slow(double delay) {
  IncrementalControl control = usual(20);
  control.step_size.delay = delay;
  return control;
}

// The rule, from its words.
Index shared(double gamma, Index minibatch, Index columns) {
  Index result = 1;
  for (Index every = 1; every <= 4096 && columns > 16; every *= 2)
    if (static_cast<double>(every) * gamma <= 0.1 &&
        every * minibatch <= 24 * columns)
      result = every;
  return result;
}

// Scores where rows were met, and outer products of every `every`-th minibatch,
// discounted when some come.
template <class Family>
void check_scores(const Setting<Family> &setting,
                  const Parameters<Family> &theta, Index every) {
  const IncrementalControl control = slow(330.0);
  const auto states = states_of(setting, control, theta);
  REQUIRE(states.size() > 30);
  for (std::size_t at = 1; at < states.size(); ++at) {
    const auto n = static_cast<Index>(at);
    const auto &before = states[at - 1].scores, &now = states[at].scores;
    const test::Data data = setting.minibatch(control, n - 1);
    const Matrix own =
        test::scores_of(setting.mixture, data, states[at - 1].theta);
    CAPTURE(n);
    CHECK(test::difference(
              now.score,
              Vector(before.score + own.colwise().sum().transpose())) < 1e-9);
    CHECK(
        (now.weight == Approx(before.weight + test::case_weights(data).sum())));
    if (n % every != 0) {
      CHECK((now.outer == before.outer));
      CHECK((now.outer_weight == before.outer_weight));
      continue;
    }
    const double gamma = gamma_of(control, 330.0, n);
    const double kept = (1.0 - gamma) * gamma_of(control, 330.0, n - 1) / gamma;
    // Case weights are in the scores once, and so twice in their products.
    const Vector weights = test::case_weights(data);
    Vector inverse = Vector::Zero(weights.size());
    for (Index i = 0; i < weights.size(); ++i)
      if (weights(i) > 0.0)
        inverse(i) = 1.0 / weights(i);
    const Matrix sum = own.transpose() * inverse.asDiagonal() * own;
    const Matrix expected =
        (kept * before.outer + sum).template triangularView<Eigen::Lower>();
    const Matrix got = now.outer.template triangularView<Eigen::Lower>();
    CHECK(test::difference(got, expected) < 1e-9);
  }
}

template <class Family>
void check_any_chunks(test::Random &random, const Setting<Family> &setting,
                      const Parameters<Family> &theta) {
  const IncrementalControl control = slow(330.0);
  Incremental<Family> whole(setting.mixture, control);
  auto expected = start(whole, setting, theta);
  learn(whole, setting.rest(), expected);
  for (int repeat = 0; repeat < 3; ++repeat) {
    Incremental<Family> first(setting.mixture, control);
    auto state = start(first, setting, theta);
    for (Index done = setting.pilot; done < setting.data.gate.rows();) {
      const Index chunk = std::min<Index>(test::integer(random, 1, 90),
                                          setting.data.gate.rows() - done);
      Incremental<Family> driver(setting.mixture, control);
      learn(driver, setting.data.slice(done, chunk), state);
      done += chunk;
    }
    CHECK((numbers(state) == numbers(expected)));
  }
}

} // namespace

TEST_CASE("Minibatches share a step where columns are many and steps small") {
  test::Random random(731);
  for (Index columns : {16, 17, 40}) {
    const auto setting = lines_of(random, columns);
    const auto theta = pilot_fit(random, setting);
    std::vector<Index> seen;
    for (double delay : {2.0, 330.0}) {
      const IncrementalControl control = slow(delay);
      const StreamRhythm rhythm(columns, setting.mixture.free_size(), control);
      const auto states = states_of(setting, control, theta);
      REQUIRE(states.size() == 41);
      for (std::size_t at = 1; at < states.size(); ++at) {
        const auto n = static_cast<Index>(at);
        const double gamma = gamma_of(control, delay, n);
        const Index every = shared(gamma, 20, columns);
        CHECK(rhythm.step_every(gamma) == every);
        if (seen.empty() || seen.back() != every)
          seen.push_back(every);
        const GaussianState &state = states[at];
        const bool moved = setting.mixture.pack(state.theta) !=
                           setting.mixture.pack(states[at - 1].theta);
        CAPTURE(columns);
        CAPTURE(n);
        // A candidate that is clearly better draws the iterate to it.
        if (setting.mixture.pack(state.theta) == states[at - 1].candidate)
          continue;
        CHECK(moved == (n % every == 0));
        // A step is the maximiser of all sums, those of minibatches without
        // one included.
        const auto own = setting.mixture.with_penalty_share(
            state.sums.weight / (state.weight + state.pilot_weight));
        if (moved)
          CHECK(own.gradient(state.sums, state.theta).cwiseAbs().maxCoeff() <
                1e-8 * state.sums.weight);
      }
    }
    const std::vector<Index> expected =
        columns == 16 ? std::vector<Index>{1} : std::vector<Index>{1, 4, 8};
    CHECK(seen == expected);
  }
}

TEST_CASE("Minibatches share a step for no more rows than columns pay for") {
  test::Random random(732);
  const auto setting = lines_of(random, 20);
  IncrementalControl control = usual(64);
  const auto every = [&](double gamma) {
    return StreamRhythm(20, setting.mixture.free_size(), control)
        .step_every(gamma);
  };
  CHECK(every(0.06) == 1);
  CHECK(every(0.05) == 2);
  CHECK(every(0.025) == 4);
  CHECK(every(1e-6) == 4); // 256 rows; 512 would be more than 24 * 20
  control.minibatch = 1;
  CHECK(every(1e-6) == 256);
  for (Index wanted : {1, 3}) {
    control.update_every = wanted;
    CHECK(every(1e-6) == wanted);
    CHECK(every(0.5) == wanted);
  }
}

TEST_CASE("On wide designs, too, scores are summed where rows are met") {
  test::Random random(733);
  const auto lines = lines_of(random, 40); // 122 free coordinates
  check_scores(lines, pilot_fit(random, lines), 2);
  const auto classes = classes_of(random); // 154
  check_scores(classes, pilot_fit(random, classes), 3);
}

TEST_CASE("On wide designs, too, chunks of any size leave the same state") {
  test::Random random(734);
  const auto lines = lines_of(random, 40);
  check_any_chunks(random, lines, pilot_fit(random, lines));
  const auto classes = classes_of(random);
  check_any_chunks(random, classes, pilot_fit(random, classes));
}
