// The incremental driver: what a stream knows, does and reports.
#include "incremental_helpers.hpp"

#include <sgmoe/driver/incremental.hpp>

using namespace sgmoe;

namespace {

using GaussianState = StreamState<Gaussian>;

const std::vector<Average> averages{Average::none, Average::polyak,
                                    Average::tail, Average::newton};

// All numbers of a state, in a fixed order.
class Numbers {
public:
  std::vector<double> values;

  void add(double value) { values.push_back(value); }
  void add(const Matrix &matrix) {
    values.insert(values.end(), matrix.data(), matrix.data() + matrix.size());
  }
  void add(const Vector &vector) { add(Matrix(vector)); }
  void add(const LogitStatistic &sums) {
    add(sums.score);
    add(sums.gram.packed());
    add(sums.cross.packed());
  }
  void add(const LinearStatistic &sums) {
    add(sums.weight);
    add(sums.gram.packed());
    add(sums.cross);
    add(sums.residual);
  }
  void add(const MultinomialStatistic &sums) {
    add(sums.weight);
    add(sums.logit);
  }
  void add(const GaussianParameters &theta) {
    add(theta.mean);
    for (const Matrix &covariance : theta.covariance)
      add(covariance);
  }
  void add(const MultinomialParameters &theta) { add(theta.logit); }
  void add(const ScoreStatistic &scores) {
    add(scores.score);
    add(scores.weight);
    add(scores.outer);
    add(scores.outer_weight);
  }
  template <class Family> void add(const Statistic<Family> &sums) {
    add(sums.rows);
    add(sums.weight);
    add(sums.log_likelihood);
    add(sums.gate);
    add(sums.expert);
  }
};

// But for the record, which grows, if slowly.
template <class Family>
std::vector<double> fixed_numbers(const StreamState<Family> &state) {
  Numbers all;
  all.add(state.theta.gate);
  all.add(state.theta.expert);
  all.add(state.sums);
  all.add(state.average);
  all.add(state.scores);
  all.add(state.path);
  all.add(state.candidate);
  all.add(state.reference);
  for (double value :
       {state.advantage, state.judged, state.trusted, state.delay,
        state.minibatches, state.averaged, state.rank, state.pilot_weight,
        state.rows, state.weight, state.log_likelihood})
    all.add(value);
  all.add(state.starved);
  all.add(state.floored);
  all.add(state.unseen);
  for (double value :
       {state.detector.seen, state.detector.mean, state.detector.variance,
        state.detector.sum, state.cap.centre, state.cap.extreme})
    all.add(value);
  all.add(state.cap.counts);
  all.add(state.pending.values);
  all.add(state.recent.values);
  return all.values;
}

template <class Family>
std::vector<double> numbers(const StreamState<Family> &state) {
  Numbers all;
  all.values = fixed_numbers(state);
  all.add(state.record.bins);
  all.add(state.record.width);
  all.add(state.record.filled);
  return all.values;
}

// Rows, a model, and where their pilot ends.
template <class Family> struct Setting {
  test::Data data;
  Mixture<Family> mixture;
  Index pilot;

  test::Data first() const { return data.slice(0, pilot); }
  test::Data rest() const {
    return data.slice(pilot, data.gate.rows() - pilot);
  }
  Index length() const { return data.gate.rows() - pilot; }
  test::Data minibatch(const IncrementalControl &control, Index i) const {
    return data.slice(pilot + i * control.minibatch, control.minibatch);
  }
};

Setting<Gaussian> gaussian(test::Random &random, Index rows, Index pilot,
                           Index experts, Index responses, double ridge = 0.0) {
  test::Data data = test::simulate(random, rows, 2, responses);
  data.weights = test::positive(random, rows);
  data.weights(pilot + 1) = 0.0;
  return {data, test::mixture(data, experts, ridge), pilot};
}

Setting<Multinomial> multinomial(test::Random &random, Index rows, Index pilot,
                                 Index experts, const test::Kind &kind,
                                 double ridge = 0.0) {
  const test::Data data = test::simulate_classes(random, rows, 2, 3, kind);
  return {data, test::multinomial_mixture(data, experts, 3, ridge), pilot};
}

// A start that is not the maximum of the pilot, so that something moves.
template <class Family>
Parameters<Family> pilot_fit(test::Random &random,
                             const Setting<Family> &setting) {
  const test::Data pilot = setting.first();
  const Parameters<Family> origin = setting.mixture.origin();
  const auto start =
      setting.mixture
          .maximise(
              test::sums_at(setting.mixture, pilot, origin, Curvature::fisher,
                            test::posterior(random, pilot.gate.rows(),
                                            setting.mixture.experts(), 2.0)),
              origin, Curvature::bound)
          .parameters;
  return test::climb(setting.mixture, pilot, start, 10);
}

template <class Family>
Index learn(Incremental<Family> &driver, const test::Data &data,
            StreamState<Family> &state) {
  return driver.learn(data.rows(), state, KeepGoing());
}

template <class Family>
StreamState<Family> start(Incremental<Family> &driver,
                          const Setting<Family> &setting,
                          const Parameters<Family> &theta) {
  const test::Data pilot = setting.first();
  return driver.start(pilot.rows(), theta);
}

// The states from the start on, one a minibatch.
template <class Family>
std::vector<StreamState<Family>> states_of(const Setting<Family> &setting,
                                           const IncrementalControl &control,
                                           const Parameters<Family> &theta) {
  Incremental<Family> driver(setting.mixture, control);
  std::vector<StreamState<Family>> states{start(driver, setting, theta)};
  for (Index i = 0; (i + 1) * control.minibatch <= setting.length(); ++i) {
    states.push_back(states.back());
    learn(driver, setting.minibatch(control, i), states.back());
  }
  return states;
}

// Step sizes from their definition.
double gamma_of(const IncrementalControl &control, double delay, Index n) {
  if (control.step_size.constant > 0.0)
    return control.step_size.constant;
  return std::min(1.0, std::pow(static_cast<double>(n) + delay,
                                -control.step_size.exponent));
}

// What each minibatch (first the pilot) counts in the discounted sums after n:
// averages with steps gamma, times the minibatches in the last window.
Vector discounts(const IncrementalControl &control, double delay, Index n,
                 double pilot_minibatches) {
  Vector result = Vector::Zero(n + 1);
  result(0) = 1.0 / pilot_minibatches;
  for (Index i = 1; i <= n; ++i) {
    const double gamma = gamma_of(control, delay, i);
    result.head(i) *= 1.0 - gamma;
    result(i) = gamma;
  }
  return result / gamma_of(control, delay, n);
}

// The delay chosen from the pilot.
IncrementalControl usual(Index minibatch, double exponent = 0.75) {
  IncrementalControl control;
  control.minibatch = minibatch;
  control.step_size.exponent = exponent;
  control.step_size.delay = -1.0;
  return control;
}

std::vector<IncrementalControl> controls() {
  std::vector<IncrementalControl> result;
  for (Curvature curvature : {Curvature::bound, Curvature::fisher})
    for (Index update_every : {1, 3})
      for (int kind = 0; kind < 3; ++kind) {
        IncrementalControl control;
        control.minibatch = 20;
        control.curvature = curvature;
        control.update_every = update_every;
        control.step_size.exponent = kind == 0 ? 0.6 : 0.8;
        control.step_size.delay = kind == 0 ? 12.0 : -1.0;
        control.step_size.constant = kind == 2 ? 0.07 : 0.0;
        result.push_back(control);
      }
  return result;
}

template <class Family>
void check_first_step(const Setting<Family> &setting,
                      const Parameters<Family> &theta) {
  for (Curvature curvature : {Curvature::bound, Curvature::fisher}) {
    IncrementalControl control = usual(setting.length(), 1.0);
    control.curvature = curvature;
    Incremental<Family> driver(setting.mixture, control);
    auto state = start(driver, setting, theta);
    learn(driver, setting.rest(), state);
    CHECK((state.minibatches == 1.0));
    const auto sums =
        test::sums_at(setting.mixture, setting.data, theta, curvature);
    const auto best =
        setting.mixture.maximise(sums, theta, curvature).parameters;
    CHECK((state.sums.weight == Approx(sums.weight).epsilon(1e-12)));
    CHECK(test::difference(setting.mixture.pack(state.theta),
                           setting.mixture.pack(best)) < 1e-10);
    CHECK(test::difference(setting.mixture.pack(best),
                           setting.mixture.pack(theta)) > 1e-3);
  }
}

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
  CHECK((begun.trusted == 0.0));
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
        const auto with = average != Average::newton ? driver.reported(before)
                          : before.ahead > 0.0
                              ? before.theta
                              : setting.mixture.unpack(before.trusted > 0.0
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

TEST_CASE("A stream starts as its pilot leaves it") {
  test::Random random(701);
  const auto setting = gaussian(random, 300, 250, 2, 2);
  const auto theta = pilot_fit(random, setting);
  for (const IncrementalControl &control : controls()) {
    Incremental<Gaussian> driver(setting.mixture, control);
    const GaussianState state = start(driver, setting, theta);
    const auto sums = test::sums_at(setting.mixture, setting.first(), theta,
                                    Curvature::fisher);
    const double minibatches = 12.5;
    if (control.step_size.delay >= 0.0)
      CHECK(state.delay == control.step_size.delay);
    else
      CHECK(std::pow(state.delay, control.step_size.exponent) ==
            Approx(minibatches).epsilon(1e-12));
    const double scale = 1.0 / gamma_of(control, state.delay, 0) / minibatches;
    CHECK(state.sums.weight == Approx(scale * sums.weight).epsilon(1e-12));
    CHECK(test::difference(state.sums.expert.residual,
                           scale * sums.expert.residual) < 1e-12);
    CHECK(test::difference(state.sums.gate.cross.packed(),
                           scale * sums.gate.cross.packed()) < 1e-12);
    CHECK(state.pilot_weight == Approx(sums.weight).epsilon(1e-12));
    CHECK(state.rows == 0.0);
    CHECK(state.weight == 0.0);
    CHECK(state.log_likelihood == 0.0);
    CHECK(state.minibatches == 0.0);
    CHECK(state.record.bins.rows() == 0);
    CHECK(test::difference(setting.mixture.pack(driver.reported(state)),
                           setting.mixture.pack(theta)) < 1e-13);
    // Shapes do not depend on rows.
    CHECK(numbers(driver.blank()).size() == numbers(state).size());
  }
}

TEST_CASE("Sums are discounted, and anchored at the iterate") {
  test::Random random(702);
  const auto setting = gaussian(random, 650, 250, 2, 2);
  const auto theta = pilot_fit(random, setting);
  const auto &mixture = setting.mixture;
  for (const IncrementalControl &control : controls()) {
    CAPTURE(control.step_size.exponent);
    CAPTURE(control.step_size.constant);
    CAPTURE(control.update_every);
    const auto states = states_of(setting, control, theta);
    const auto n = static_cast<Index>(states.size()) - 1;
    REQUIRE(n == 20);
    const GaussianState &last = states.back();
    const Vector weights = discounts(control, last.delay, n, 12.5);
    Statistic<Gaussian> expected;
    for (Index i = 0; i <= n; ++i) {
      // The pilot and the first minibatch were seen from the same point.
      const auto &seen_from =
          states[static_cast<std::size_t>(std::max<Index>(i, 1)) - 1].theta;
      const test::Data part =
          i == 0 ? setting.first() : setting.minibatch(control, i - 1);
      const Matrix posterior = test::posterior_at(mixture, part, seen_from);
      auto sums = test::sums_at(mixture, part, seen_from, Curvature::fisher);
      // Experts as if seen from the last iterate; the gate by its quadratic.
      sums.expert =
          test::sums_at(mixture, part, last.theta, Curvature::fisher, posterior)
              .expert;
      mixture.gate().reanchor(last.theta.gate - seen_from.gate,
                              control.curvature, sums.gate);
      sums.scale(weights(i));
      if (i == 0)
        expected = sums;
      else
        expected.merge(sums);
    }
    Numbers got, wanted;
    got.add(last.sums);
    wanted.add(expected);
    REQUIRE(got.values.size() == wanted.values.size());
    for (std::size_t i = 0; i < got.values.size(); ++i)
      CHECK(got.values[i] == Approx(wanted.values[i]).epsilon(1e-9));
  }
}

TEST_CASE("An iterate maximises the sums, when it is its turn") {
  test::Random random(703);
  for (double ridge : {0.0, 30.0}) {
    const auto setting = gaussian(random, 650, 250, 2, 2, ridge);
    const auto theta = pilot_fit(random, setting);
    for (const IncrementalControl &control : controls()) {
      const auto states = states_of(setting, control, theta);
      for (std::size_t n = 1; n < states.size(); ++n) {
        const GaussianState &state = states[n];
        const bool turn = static_cast<Index>(n) % control.update_every == 0;
        CAPTURE(n);
        CAPTURE(control.update_every);
        const bool moved = setting.mixture.pack(state.theta) !=
                           setting.mixture.pack(states[n - 1].theta);
        CHECK(moved == turn);
        if (!turn)
          continue;
        // A ridge is for all rows: a window has its share of it.
        const double share =
            control.step_size.constant > 0.0
                ? 1.0
                : std::min(1.0, state.sums.weight /
                                    (state.weight + state.pilot_weight));
        const auto own = setting.mixture.with_penalty_share(share);
        CHECK(own.gradient(state.sums, state.theta).cwiseAbs().maxCoeff() <
              1e-8 * state.sums.weight);
      }
      const double learnt = test::case_weights(setting.rest()).head(400).sum();
      CHECK(states.back().weight == Approx(learnt).epsilon(1e-12));
      CHECK(states.back().rows == 400.0);
    }
  }
}

TEST_CASE("At exponent one, the first step is that of all rows together") {
  test::Random random(704);
  for (double ridge : {0.0, 5.0}) {
    const auto lines = gaussian(random, 300, 200, 2, 2, ridge);
    check_first_step(lines, pilot_fit(random, lines));
    const auto classes =
        multinomial(random, 600, 400, 2, {true, true, true, false}, ridge);
    check_first_step(classes, pilot_fit(random, classes));
  }
}

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
  for (std::size_t n = 1; n < many.size(); ++n)
    CHECK(many[n].scores.outer_weight ==
          Approx(0.9 * many[n - 1].scores.outer_weight +
                 (n % 2 == 0 ? 50.0 : 0.0)));
  const auto most = states(170); // 512
  for (const GaussianState &state : most) {
    CHECK(state.scores.score.size() == 0);
    CHECK(state.path.size() == 0);
    CHECK(state.trusted == 0.0);
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
    advantage += row * (test::log_likelihood(mixture, data,
                                             mixture.unpack(before.candidate)) -
                        reference);
    lead +=
        row * (test::log_likelihood(mixture, data, before.theta) - reference);
    judged += row * test::case_weights(data).sum();
    const bool worse = advantage < std::max(0.0, lead) - 3.0;
    if (worse)
      trusted = 0.0;
    if (judged < std::max(5.0 * free, 0.1 * row * state.scores.weight)) {
      CHECK(state.candidate == before.candidate);
      CHECK(state.reference == before.reference);
      CHECK(state.advantage == Approx(advantage).epsilon(1e-8));
      CHECK(state.lead == Approx(lead).epsilon(1e-8));
      CHECK(state.judged == Approx(judged).epsilon(1e-12));
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
      CHECK(state.advantage == Approx(advantage).epsilon(1e-8));
      CHECK(state.judged == 0.0);
    }
    CHECK(state.trusted == trusted);
    CHECK(state.ahead == ahead);
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
  CHECK(state.trusted == 0.0);
  CHECK(test::difference(setting.mixture.pack(driver.reported(state)),
                         state.average) < 1e-13);
  // Those that follow are good, and a failure is soon forgotten.
  for (int verdicts = 0; verdicts < 3 && state.trusted == 0.0; ++verdicts)
    for (const Vector from = state.reference; state.reference == from; ++n)
      learn(driver, setting.minibatch(control, n), state);
  CHECK(state.trusted == 1.0);
}

TEST_CASE("The log-likelihood of rows is taken before they are learnt") {
  test::Random random(713);
  const auto lines = gaussian(random, 650, 250, 2, 1);
  check_log_likelihood(lines, pilot_fit(random, lines));
  const auto classes =
      multinomial(random, 650, 250, 2, {true, true, true, true});
  check_log_likelihood(classes, pilot_fit(random, classes));
}

TEST_CASE("One expert at exponent one: least squares on all rows") {
  test::Random random(714);
  for (double ridge : {0.0, 2.0, 25.0})
    for (Index update_every : {1, 4}) {
      auto setting = gaussian(random, 4250, 250, 1, 2, ridge);
      // One line: the others would make the rows a mixture.
      // (One draw a statement: operands may be evaluated in any order.)
      const Matrix truth = test::normal(random, 2, 2);
      setting.data.response =
          setting.data.gate * truth + test::normal(random, 4250, 2);
      const test::Data &data = setting.data;
      const Matrix weighted = data.weights.asDiagonal() * data.gate;
      Matrix gram = weighted.transpose() * data.gate;
      gram.diagonal() += setting.mixture.family().penalty();
      const Matrix best =
          gram.ldlt().solve(weighted.transpose() * data.response);
      const Matrix residual = data.response - data.gate * best;
      const Matrix penalty = best.transpose() *
                             setting.mixture.family().penalty().asDiagonal() *
                             best;
      const Matrix covariance =
          (residual.transpose() * data.weights.asDiagonal() * residual +
           penalty) /
          data.weights.sum();
      const double error =
          std::sqrt(covariance(0, 0) / static_cast<double>(data.gate.rows()));
      for (Average average : averages) {
        IncrementalControl control = usual(20, 1.0);
        control.update_every = update_every;
        control.average = average;
        Incremental<Gaussian> driver(setting.mixture, control);
        GaussianState state =
            start(driver, setting, pilot_fit(random, setting));
        learn(driver, setting.rest(), state);
        CHECK(state.delay == Approx(12.5).epsilon(1e-12));
        CHECK(test::difference(state.theta.expert.mean, best) < 1e-11);
        CHECK(test::difference(state.theta.expert.covariance[0], covariance) <
              1e-11);
        const double off =
            (driver.reported(state).expert.mean - best).cwiseAbs().maxCoeff();
        CAPTURE(static_cast<int>(average));
        CAPTURE(off / error);
        const bool newton = average == Average::newton && ridge < 10.0;
        // The mean has the pilot's first steps in it. In twenty draws it was
        // off by 1.8 on average and by 2.9 at most (tail: 1.1 and 1.9).
        const double within = average == Average::none     ? 1e-9
                              : newton                     ? 1.0
                              : average == Average::newton ? 2.0
                              : average == Average::tail   ? 2.0
                                                           : 4.0;
        CHECK(off < within * error);
        if (!newton)
          continue;
        CHECK(state.trusted == 1.0);
        // Most of the way from the path.
        const Matrix path = setting.mixture.unpack(state.path).expert.mean;
        const double lag = (path - best).cwiseAbs().maxCoeff();
        CHECK(lag > error);
        CHECK(off < 0.5 * lag);
      }
    }
}

TEST_CASE("The scale of the weights changes nothing that is reported") {
  test::Random random(719);
  auto setting = gaussian(random, 3250, 250, 2, 1);
  const auto theta = pilot_fit(random, setting);
  const Vector weights = setting.data.weights;
  const auto end = [&](double scale) {
    setting.data.weights = scale * weights;
    Incremental<Gaussian> driver(setting.mixture, usual(20));
    GaussianState state = start(driver, setting, theta);
    learn(driver, setting.rest(), state);
    CHECK(state.trusted == 1.0);
    Vector result(2 * setting.mixture.packed_size());
    result << setting.mixture.pack(state.theta),
        setting.mixture.pack(driver.reported(state));
    return result;
  };
  const Vector expected = end(1.0);
  CHECK(test::difference(end(1e-3), expected) < 1e-9);
  CHECK(test::difference(end(1e3), expected) < 1e-9);
}

// Two experts: the reported point is much nearer to the maximum of all rows
// than the pilot, and the Newton step nearer than the plain average.
TEST_CASE("A stream comes near the fit of all rows") {
  test::Random random(715);
  const auto setting = gaussian(random, 20600, 600, 2, 1);
  const auto theta = pilot_fit(random, setting);
  const auto best = test::climb(setting.mixture, setting.data, theta, 200);
  const double top = test::log_likelihood(setting.mixture, setting.data, best);
  const auto lost = [&](Average average) {
    IncrementalControl control = usual(40);
    control.average = average;
    Incremental<Gaussian> driver(setting.mixture, control);
    GaussianState state = start(driver, setting, theta);
    learn(driver, setting.rest(), state);
    return top - test::log_likelihood(setting.mixture, setting.data,
                                      driver.reported(state));
  };
  const double by_pilot =
      top - test::log_likelihood(setting.mixture, setting.data, theta);
  const double by_tail = lost(Average::tail), by_newton = lost(Average::newton);
  CAPTURE(by_pilot);
  CAPTURE(by_tail);
  CAPTURE(by_newton);
  CHECK(by_pilot > 10.0);
  CHECK(by_tail < 0.3 * by_pilot);
  CHECK(by_newton < 0.5);
  CHECK(by_newton < by_tail);
}

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
