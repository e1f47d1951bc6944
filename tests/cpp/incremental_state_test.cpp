// The incremental driver: a state is the same however its rows come.
#include "stream_helpers.hpp"

using namespace sgmoe;
using namespace test::stream;

namespace {

template <class Family>
void check_chunks(test::Random &random, const Setting<Family> &setting,
                  const Parameters<Family> &theta, IncrementalControl control) {
  for (Average average : averages) {
    control.average = average;
    const auto end = [&](const std::vector<Index> &chunks) {
      Incremental<Family> driver(setting.mixture, control);
      auto state = start(driver, setting, theta);
      Index done = setting.pilot;
      for (Index chunk : chunks) {
        CHECK((learn(driver, setting.data.slice(done, chunk), state) == chunk));
        done += chunk;
      }
      REQUIRE((done == setting.data.gate.rows()));
      return state;
    };
    const auto whole = end({setting.length()});
    CHECK((whole.pending.size() == setting.length() % control.minibatch));
    const Index full = setting.length() / control.minibatch;
    CHECK((whole.minibatches == static_cast<double>(full)));
    const auto expected = numbers(whole);
    std::vector<Index> ones(static_cast<std::size_t>(setting.length()), 1);
    CHECK((numbers(end(ones)) == expected));
    for (int split = 0; split < 4; ++split) {
      std::vector<Index> chunks{0};
      Index left = setting.length();
      while (left > 0) {
        chunks.push_back(test::integer(
            random, 0, std::min<Index>(left, split < 2 ? 30 : 150)));
        left -= chunks.back();
      }
      CHECK((numbers(end(chunks)) == expected));
    }
  }
}

template <class Family>
void check_log_likelihood(const Setting<Family> &setting,
                          const Parameters<Family> &theta) {
  for (const IncrementalControl &base : controls())
    for (Average average : averages) {
      IncrementalControl control = base;
      control.average = average;
      const Incremental<Family> driver(setting.mixture, control);
      const auto states = states_of(setting, control, theta);
      double total = 0.0;
      for (std::size_t n = 1; n < states.size(); ++n) {
        const auto &before = states[n - 1];
        // A Newton step is taken now and then, to be judged on what follows.
        const auto with =
            average != Average::newton ? driver.reported(before)
            : before.trial.ahead > 0.0
                ? before.theta
                : setting.mixture.unpack(before.trial.trusted > 0.0
                                             ? before.candidate
                                             : before.reference);
        const test::Data data =
            setting.minibatch(control, static_cast<Index>(n) - 1);
        total += test::log_likelihood(setting.mixture, data, with);
        CHECK((states[n].log_likelihood == Approx(total).epsilon(1e-10)));
      }
      const Matrix &bins = states.back().record.bins;
      REQUIRE((bins.rows() == static_cast<Index>(states.size()) - 1));
      CHECK((bins.col(2).sum() == Approx(total).epsilon(1e-10)));
      double worst = 0.0; // error of the experts' shares
      for (Index n = 1; n <= bins.rows(); ++n) {
        const auto &state = states[static_cast<std::size_t>(n)];
        CHECK((bins(n - 1, 0) == 20.0 * static_cast<double>(n)));
        CHECK((bins(n - 1, 3) ==
               Approx(gamma_of(control, state.delay, n)).epsilon(1e-12)));
        worst = std::max(
            worst,
            test::difference(bins.row(n - 1).tail(2).transpose(),
                             state.sums.expert.weight / state.sums.weight));
      }
      CHECK(worst < 1e-12);
      CHECK((bins.col(1).sum() == Approx(states.back().weight).epsilon(1e-12)));
    }
}

} // namespace

TEST_CASE("Chunks of any size leave the same state, bit for bit") {
  test::Random random(705);
  for (Index minibatch : {1, 20, 64}) {
    IncrementalControl control = usual(minibatch);
    control.update_every = minibatch == 20 ? 2 : 1;
    control.revive = minibatch != 64;
    control.step_size.constant = minibatch == 1 ? 0.02 : 0.0;
    auto lines = gaussian(random, 435, 200, 2, 2);
    lines.data.same_design = false;
    lines.data.expert = test::design(random, 435, 3);
    lines.mixture = test::mixture(lines.data, 2, 1.0);
    check_chunks(random, lines, pilot_fit(random, lines), control);
    lines.data.weights.resize(0);
    check_chunks(random, lines, pilot_fit(random, lines), control);
    const auto classes =
        multinomial(random, 435, 200, 2, {minibatch == 20, true, true, false});
    check_chunks(random, classes, pilot_fit(random, classes), control);
  }
}

TEST_CASE("Threads leave the same state, bit for bit") {
  test::Random random(706);
  const auto setting = gaussian(random, 3000 + 3 * 4096 + 100, 3000, 2, 2);
  const auto theta = pilot_fit(random, setting);
  for (Average average : {Average::tail, Average::newton}) {
    std::vector<double> expected;
    for (Index threads : {1, 2, 3}) {
      IncrementalControl control = usual(4096);
      control.average = average;
      control.threads = threads;
      Incremental<Gaussian> driver(setting.mixture, control);
      GaussianState state = start(driver, setting, theta);
      learn(driver, setting.rest(), state);
      CHECK(state.minibatches == 3.0);
      if (threads == 1)
        expected = numbers(state);
      CHECK(numbers(state) == expected);
    }
  }
}

TEST_CASE("The log-likelihood of rows is taken before they are learnt") {
  test::Random random(713);
  const auto lines = gaussian(random, 650, 250, 2, 1);
  check_log_likelihood(lines, pilot_fit(random, lines));
  const auto classes =
      multinomial(random, 650, 250, 2, {true, true, true, true});
  check_log_likelihood(classes, pilot_fit(random, classes));
}

TEST_CASE("A state does not grow") {
  test::Random random(716);
  const auto setting = gaussian(random, 1200, 200, 2, 1);
  IncrementalControl control = usual(20);
  Incremental<Gaussian> driver(setting.mixture, control);
  GaussianState state = start(driver, setting, pilot_fit(random, setting));
  learn(driver, setting.rest(), state);
  const auto after_few = fixed_numbers(state).size();
  CHECK(state.record.bins.rows() == 50);
  for (int round = 1; round < 100; ++round)
    learn(driver, setting.rest(), state);
  CHECK(state.rows == 100000.0);
  CHECK(fixed_numbers(state).size() == after_few);
  const Index most = StreamRecord::kMostBins;
  CHECK(state.record.bins.rows() <= most);
  CHECK(state.record.bins.rows() > most / 2 - 1);
  CHECK(state.record.bins(state.record.bins.rows() - 1, 0) == 100000.0);
  // Waiting rows are less than a minibatch.
  const test::Data rest = setting.rest();
  for (Index i = 0; i < 40; ++i) {
    learn(driver, rest.slice(i, 1), state);
    CHECK(state.pending.size() == (i + 1) % 20);
  }
}

TEST_CASE("An interrupted stream is one that has learnt fewer rows") {
  test::Random random(717);
  const auto setting = gaussian(random, 3250, 250, 2, 1);
  const auto theta = pilot_fit(random, setting);
  IncrementalControl control = usual(10);
  const test::Data rest = setting.rest();
  const auto stopped_at = [&](int asks, Index before) {
    Incremental<Gaussian> driver(setting.mixture, control);
    GaussianState state = start(driver, setting, theta);
    learn(driver, rest.slice(0, before), state);
    const test::Data more = rest.slice(before, rest.gate.rows() - before);
    const Index taken =
        driver.learn(more.rows(), state, [&] { return --asks > 0; });
    REQUIRE(taken > 0);
    REQUIRE(taken < more.gate.rows());

    Incremental<Gaussian> other(setting.mixture, control);
    GaussianState expected = start(other, setting, theta);
    learn(other, rest.slice(0, before + taken), expected);
    CHECK(numbers(state) == numbers(expected));
    // The rest can follow.
    learn(driver, more.slice(taken, more.gate.rows() - taken), state);
    Incremental<Gaussian> third(setting.mixture, control);
    GaussianState whole = start(third, setting, theta);
    learn(third, rest, whole);
    CHECK(numbers(state) == numbers(whole));
    return before + taken;
  };
  const Index first = stopped_at(1, 0), second = stopped_at(2, 0);
  CHECK(first % 10 == 0);
  CHECK(first < second);
  CHECK(stopped_at(1, 7) % 10 == 0); // the waiting rows were completed
}

TEST_CASE("A driver may be new for every chunk") {
  test::Random random(718);
  const auto setting = gaussian(random, 1250, 250, 2, 1);
  const auto theta = pilot_fit(random, setting);
  IncrementalControl control = usual(16);
  Incremental<Gaussian> driver(setting.mixture, control);
  GaussianState one = start(driver, setting, theta), many = one;
  learn(driver, setting.rest(), one);
  for (Index i = 0; i < 1000; i += 50) {
    Incremental<Gaussian> fresh(setting.mixture, control);
    learn(fresh, setting.rest().slice(i, 50), many);
  }
  CHECK(numbers(many) == numbers(one));
  // And one driver may serve two streams by turns.
  GaussianState left = start(driver, setting, theta), right = left;
  for (Index i = 0; i < 1000; i += 50) {
    learn(driver, setting.rest().slice(i, 50), left);
    if (i % 100 == 0)
      learn(driver, setting.rest().slice(i, 50), right);
  }
  CHECK(numbers(left) == numbers(one));
}
