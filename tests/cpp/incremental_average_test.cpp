// The incremental driver: what is reported, averages and Newton steps.
#include "stream_helpers.hpp"

using namespace sgmoe;
using namespace test::stream;

namespace {

template <class Family>
void check_iterates(const Setting<Family> &setting,
                    const Parameters<Family> &theta) {
  for (Curvature curvature : {Curvature::bound, Curvature::fisher}) {
    IncrementalControl control = usual(20);
    control.curvature = curvature;
    control.average = Average::none;
    const auto plain = states_of(setting, control, theta);
    for (Average average : averages) {
      control.average = average;
      const auto states = states_of(setting, control, theta);
      REQUIRE((states.size() == plain.size()));
      // (So early, no candidate is clearly better than they are.)
      for (std::size_t n = 0; n < states.size(); ++n)
        CHECK((setting.mixture.pack(states[n].theta) ==
               setting.mixture.pack(plain[n].theta)));
    }
  }
}

// Only minibatch `turn` makes averages begin anew.
template <class Family>
void check_restart(const Setting<Family> &setting,
                   const IncrementalControl &control,
                   const Parameters<Family> &theta, std::size_t turn) {
  const Incremental<Family> driver(setting.mixture, control);
  const auto states = states_of(setting, control, theta);
  REQUIRE(states.size() > turn + 3);
  double averaged = 0.0;
  for (std::size_t n = 1; n < states.size(); ++n) {
    averaged = n == turn ? 0.0 : averaged + 1.0;
    CAPTURE(n);
    CHECK((states[n].averaged == averaged));
  }
  const auto &begun = states[turn];
  const Vector iterate = setting.mixture.pack(begun.theta);
  CHECK((begun.average == iterate));
  CHECK((begun.reference == iterate));
  CHECK((begun.trial.trusted == 0.0));
  CHECK(test::difference(setting.mixture.pack(driver.reported(begun)),
                         iterate) < 1e-12);
  if (driver.newton()) {
    CHECK((begun.path == iterate));
    CHECK((begun.candidate == iterate));
    CHECK(begun.scores.score.norm() <= 0.0);
    CHECK(test::difference(states[turn + 1].path, iterate) < 1e-12);
  }
  const Vector next = setting.mixture.pack(states[turn + 1].theta);
  CHECK(test::difference(states[turn + 1].average, next) < 1e-12);
}

} // namespace

TEST_CASE("What is reported has no influence on the iterates") {
  test::Random random(707);
  const auto lines = gaussian(random, 500, 200, 2, 1);
  check_iterates(lines, pilot_fit(random, lines));
  const auto classes =
      multinomial(random, 500, 200, 2, {false, false, false, false});
  check_iterates(classes, pilot_fit(random, classes));
}

TEST_CASE("Averages are those of the iterates") {
  test::Random random(708);
  const auto setting = gaussian(random, 650, 250, 2, 2);
  const auto theta = pilot_fit(random, setting);
  for (const IncrementalControl &base : controls())
    for (Average average : averages) {
      IncrementalControl control = base;
      control.average = average;
      const Incremental<Gaussian> driver(setting.mixture, control);
      const auto states = states_of(setting, control, theta);
      const bool constant = control.step_size.constant > 0.0;
      Vector decayed = setting.mixture.pack(theta);
      Vector sum = Vector::Zero(decayed.size());
      double weight = 0.0;
      for (std::size_t n = 1; n < states.size(); ++n) {
        const GaussianState &state = states[n];
        const Vector iterate = setting.mixture.pack(state.theta);
        decayed = 0.93 * decayed + 0.07 * iterate;
        const double own =
            average == Average::polyak ? 1.0 : static_cast<double>(n);
        sum += own * iterate;
        weight += own;
        const Vector expected = average == Average::none ? iterate
                                : constant               ? decayed
                                                         : Vector(sum / weight);
        CHECK(test::difference(state.average, expected) < 1e-12);
        if (average != Average::newton) {
          CHECK(test::difference(setting.mixture.pack(driver.reported(state)),
                                 expected) < 1e-12);
        }
      }
    }
}

TEST_CASE("Scores are summed where rows are met, and the path is there too") {
  test::Random random(709);
  const auto setting = gaussian(random, 650, 250, 2, 2);
  const auto theta = pilot_fit(random, setting);
  const auto &mixture = setting.mixture;
  for (const IncrementalControl &control : controls()) {
    const auto states = states_of(setting, control, theta);
    const auto scores_at = [&](const test::Data &data,
                               const test::GaussianTheta &at) {
      return test::scores_of(mixture, data, at);
    };
    const test::Data pilot = setting.first();
    const Matrix pilot_scores = scores_at(pilot, theta);
    const double constant = control.step_size.constant;
    Vector score = pilot_scores.colwise().sum().transpose();
    double weight = test::case_weights(pilot).sum();
    Vector path = weight * mixture.pack(theta);
    if (constant > 0.0) { // the pilot counts for a window
      const double window = static_cast<double>(control.minibatch) /
                            (constant * static_cast<double>(pilot.gate.rows()));
      score *= window;
      weight *= window;
      path *= window;
    }
    for (std::size_t n = 1; n < states.size(); ++n) {
      const auto &seen_from = states[n - 1].theta;
      const test::Data data =
          setting.minibatch(control, static_cast<Index>(n) - 1);
      const double own = test::case_weights(data).sum();
      score *= 1.0 - constant;
      path *= 1.0 - constant;
      weight *= 1.0 - constant;
      score += scores_at(data, seen_from).colwise().sum().transpose();
      path += own * mixture.pack(seen_from);
      weight += own;
      CHECK(test::difference(states[n].scores.score, score) < 1e-10);
      CHECK(states[n].scores.weight == Approx(weight).epsilon(1e-12));
      CHECK(test::difference(states[n].path, path / weight) < 1e-11);
    }
    // Outer products are discounted as the sums are.
    const GaussianState &last = states.back();
    CHECK(last.scores.outer_weight == Approx(last.sums.weight).epsilon(1e-10));
    CHECK(last.scores.outer.diagonal().minCoeff() > 0.0);
  }
}

// In a model of many coefficients, not every minibatch gives outer products.
TEST_CASE("Many coefficients: fewer outer products, then none at all") {
  test::Random random(710);
  const auto states = [&](Index columns) {
    const test::Data data = test::simulate(random, 800, columns, 1);
    // With more columns than rows an expert needs a ridge.
    const double ridge = columns > 100 ? 1.0 : 0.0;
    const Setting<Gaussian> setting{data, test::mixture(data, 2, ridge), 600};
    IncrementalControl control = usual(50);
    control.step_size.constant = 0.1;
    return states_of(setting, control, pilot_fit(random, setting));
  };
  const auto few = states(10); // 32 free coordinates
  for (std::size_t n = 1; n < few.size(); ++n)
    CHECK(few[n].scores.outer_weight ==
          Approx(0.9 * few[n - 1].scores.outer_weight + 50.0));
  const auto many = states(45); // 137
  REQUIRE(many[0].scores.score.size() == 137);
  // Where they are left out, those of earlier minibatches stay as they are.
  for (std::size_t n = 1; n < many.size(); ++n) {
    const double before = many[n - 1].scores.outer_weight;
    CHECK(many[n].scores.outer_weight ==
          Approx(n % 2 == 0 ? 0.9 * before + 50.0 : before));
  }
  const auto most = states(170); // 512
  for (const GaussianState &state : most) {
    CHECK(state.scores.score.size() == 0);
    CHECK(state.path.size() == 0);
    CHECK(state.trial.trusted == 0.0);
  }
  CHECK(most.back().minibatches == 4.0);
}

TEST_CASE("A candidate is judged by rows that it has not learnt") {
  test::Random random(711);
  const auto setting = gaussian(random, 3250, 250, 2, 1);
  const auto theta = pilot_fit(random, setting);
  const auto &mixture = setting.mixture;
  IncrementalControl control = usual(20);
  Incremental<Gaussian> driver(mixture, control);
  const auto states = states_of(setting, control, theta);
  const double free = static_cast<double>(mixture.free_size());
  double advantage = 0.0, lead = 0.0, judged = 0.0, trusted = 0.0, ahead = 0.0;
  const auto carry = [](double value) {
    return 0.5 * std::max(-6.0, std::min(6.0, value));
  };
  int verdicts = 0;
  for (std::size_t n = 1; n < states.size(); ++n) {
    const GaussianState &before = states[n - 1], &state = states[n];
    const test::Data data =
        setting.minibatch(control, static_cast<Index>(n) - 1);
    const double row = state.sums.rows / state.sums.weight;
    const double reference =
        test::log_likelihood(mixture, data, mixture.unpack(before.reference));
    // A minibatch counts for one nat in favour at most.
    advantage += std::min(
        1.0, row * (test::log_likelihood(mixture, data,
                                         mixture.unpack(before.candidate)) -
                    reference));
    lead +=
        row * (test::log_likelihood(mixture, data, before.theta) - reference);
    judged += row * test::case_weights(data).sum();
    const bool worse = advantage < std::max(0.0, lead) - 3.0;
    if (worse)
      trusted = 0.0;
    if (judged < std::max(5.0 * free, 0.1 * row * state.scores.weight)) {
      CHECK(state.candidate == before.candidate);
      CHECK(state.reference == before.reference);
      CHECK(state.trial.advantage == Approx(advantage).epsilon(1e-8));
      CHECK(state.trial.lead == Approx(lead).epsilon(1e-8));
      CHECK(state.trial.judged == Approx(judged).epsilon(1e-12));
    } else {
      ++verdicts;
      trusted = worse ? 0.0 : 1.0;
      ahead = worse && lead > 3.0 ? 1.0 : 0.0;
      CHECK(state.candidate ==
            mixture.pack(newton_step(mixture, state.scores, state.sums,
                                     mixture.unpack(state.path))));
      CHECK(state.reference == state.average);
      advantage = carry(advantage);
      lead = carry(lead);
      judged = 0.0;
      CHECK(state.trial.advantage == Approx(advantage).epsilon(1e-8));
      CHECK(state.trial.judged == 0.0);
    }
    CHECK(state.trial.trusted == trusted);
    CHECK(state.trial.ahead == ahead);
    const Vector reported = mixture.pack(driver.reported(state));
    if (trusted > 0.0)
      CHECK(reported ==
            mixture.pack(newton_step(mixture, state.scores, state.sums,
                                     mixture.unpack(state.path))));
    else if (ahead > 0.0)
      CHECK(test::difference(reported, mixture.pack(state.theta)) < 1e-13);
    else
      CHECK(test::difference(reported, state.average) < 1e-13);
  }
  CHECK(verdicts > 10);
  CHECK(trusted == 1.0);
}

TEST_CASE("Iterates go on from a candidate that is clearly better") {
  test::Random random(713);
  // Experts that overlap: the iterates are slow.
  const auto setting =
      multinomial(random, 20250, 250, 2, {false, false, false, false});
  const auto theta = pilot_fit(random, setting);
  const auto &mixture = setting.mixture;
  IncrementalControl control = usual(20);
  Incremental<Multinomial> driver(mixture, control);
  const auto states = states_of(setting, control, theta);
  int moves = 0, stays = 0;
  for (std::size_t n = 1; n < states.size(); ++n) {
    const auto &before = states[n - 1], &state = states[n];
    if (state.trial.judged > 0.0)
      continue; // no verdict
    const test::Data data =
        setting.minibatch(control, static_cast<Index>(n) - 1);
    const double row = state.sums.rows / state.sums.weight;
    const double at_reference =
        test::log_likelihood(mixture, data, mixture.unpack(before.reference));
    const double advantage =
        before.trial.advantage +
        std::min(1.0,
                 row * (test::log_likelihood(mixture, data,
                                             mixture.unpack(before.candidate)) -
                        at_reference));
    const double lead =
        before.trial.lead +
        row *
            (test::log_likelihood(mixture, data, before.theta) - at_reference);
    const bool moved = mixture.pack(state.theta) == before.candidate;
    CAPTURE(n);
    CAPTURE(advantage - std::max(0.0, lead));
    CHECK(moved == (advantage > std::max(0.0, lead) + 3.0));
    ++(moved ? moves : stays);
    if (!moved || n + 1 == states.size())
      continue;
    // Their maximum moved with the iterate: the next one stays near.
    const Vector next = mixture.pack(states[n + 1].theta);
    CHECK(test::difference(next, before.candidate) <
          0.5 * test::difference(next, mixture.pack(before.theta)));
  }
  CHECK(moves > 0);
  CHECK(stays > 0);
}

TEST_CASE("A candidate that is bad is not trusted") {
  test::Random random(712);
  const auto setting = gaussian(random, 3250, 250, 2, 1);
  const auto theta = pilot_fit(random, setting);
  IncrementalControl control = usual(20);
  Incremental<Gaussian> driver(setting.mixture, control);
  GaussianState state = start(driver, setting, theta);
  state.candidate.array() += 1.0;
  Index n = 0;
  for (; state.reference == setting.mixture.pack(theta); ++n)
    learn(driver, setting.minibatch(control, n), state);
  CHECK(n > 1);
  CHECK(state.trial.trusted == 0.0);
  CHECK(test::difference(setting.mixture.pack(driver.reported(state)),
                         state.average) < 1e-13);
  // Those that follow are good, and a failure is soon forgotten.
  for (int verdicts = 0; verdicts < 3 && state.trial.trusted == 0.0; ++verdicts)
    for (const Vector from = state.reference; state.reference == from; ++n)
      learn(driver, setting.minibatch(control, n), state);
  CHECK(state.trial.trusted == 1.0);
}

// What the pilot and three minibatches do not tell, the next one does.
TEST_CASE("Averages begin anew when rows tell something new") {
  test::Random random(720);
  for (Average average : averages) {
    IncrementalControl control = usual(20);
    control.average = average;
    auto classes =
        multinomial(random, 500, 300, 2, {false, false, true, true}, 1.0);
    for (Index i = 0; i < 500; ++i)
      classes.data.response(i, 0) =
          i < 360 ? std::min(1.0, classes.data.response(i, 0))
                  : static_cast<double>(i % 3);
    check_restart(classes, control, pilot_fit(random, classes), 4);
    auto lines = gaussian(random, 500, 300, 2, 1);
    lines.data.gate.col(1).head(360).setConstant(2.0);
    check_restart(lines, control, pilot_fit(random, lines), 4);
  }
}
