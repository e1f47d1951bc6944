// Streams of random and degenerate rows, in random chunks and with random
// settings: no assertion of Eigen fires and everything stays finite.
#include "fuzz_helpers.hpp"
#include "multinomial_helpers.hpp"

#include <sgmoe/driver/incremental.hpp>

using namespace sgmoe;

namespace {

constexpr int kStreams = test::kTrials / 4;

IncrementalControl random_control(test::Random &random) {
  IncrementalControl control;
  control.minibatch = test::size(random, 60);
  control.update_every = test::size(random, 4);
  control.curvature =
      test::chance(random, 0.5) ? Curvature::fisher : Curvature::bound;
  control.average = static_cast<Average>(test::integer(random, 0, 3));
  control.revive = test::chance(random, 0.5);
  control.threads = test::integer(random, 1, 2);
  control.step_size.exponent = test::uniform(random, 0.51, 1.0);
  control.step_size.delay =
      test::chance(random, 0.5)
          ? -1.0
          : static_cast<double>(test::integer(random, 0, 20));
  if (test::chance(random, 0.3))
    control.step_size.constant = std::pow(10.0, test::uniform(random, -3.0, 0));
  return control;
}

// Case weights, some zero, throughout small or not.
void weigh(test::Random &random, Index rows, test::Data &data) {
  if (test::chance(random, 0.5))
    return;
  data.weights = test::positive(random, rows);
  for (Index i = 1; i < rows; ++i)
    if (test::chance(random, 0.3))
      data.weights(i) = 0.0;
  if (test::chance(random, 0.3))
    data.weights *= 1e-9;
}

// Rows `first`, ... in the working basis of all rows.
Rows chunk_of(const test::Data &chunk, const Rows &all) {
  Rows rows = chunk.rows();
  const auto as_in = [](Columns &columns, const Columns &like) {
    columns.centre = like.centre;
    columns.scale = like.scale;
  };
  as_in(rows.gate, all.gate);
  as_in(rows.expert, all.expert);
  as_in(rows.response, all.response);
  return rows;
}

template <class Family>
void survive_stream(test::Random &random, const Mixture<Family> &mixture,
                    const test::Data &data, const Rows &all) {
  const Index n = data.gate.rows();
  const Index pilot = test::integer(random, 1, n);
  const test::Data first = data.slice(0, pilot);
  const Rows first_rows = chunk_of(first, all);
  const Matrix posterior =
      test::posterior(random, pilot, mixture.experts(), 3.0);
  const Eigen::Map<const Matrix> view(posterior.data(), pilot,
                                      mixture.experts());
  BatchControl batch_control;
  batch_control.max_passes = 8;
  Batch<Family> batch(mixture, first_rows, batch_control, Callbacks());
  auto theta = mixture.origin();
  REQUIRE(batch.start_from(view, theta));
  theta = batch.run(theta).parameters;

  Incremental<Family> driver(mixture, random_control(random));
  auto state = driver.start(first_rows, theta);
  Index done = pilot;
  do {
    REQUIRE(mixture.pack(state.theta).allFinite());
    REQUIRE(state.average.allFinite());
    REQUIRE(mixture.pack(driver.reported(state)).allFinite());
    REQUIRE(mixture.gradient(state.sums, state.theta).allFinite());
    REQUIRE(std::isfinite(state.log_likelihood));
    REQUIRE(std::isfinite(state.trial.advantage));
    REQUIRE(state.record.bins.allFinite());
    REQUIRE(std::isfinite(state.detector.mean));
    REQUIRE(std::isfinite(state.detector.variance));
    REQUIRE(state.path.allFinite());
    REQUIRE(state.candidate.allFinite());
    REQUIRE(state.scores.score.allFinite());
    REQUIRE(state.scores.outer.allFinite());
    const Index count = std::min(n - done, test::integer(random, 0, 100));
    const test::Data chunk = data.slice(done, count);
    const Rows rows = chunk_of(chunk, all);
    REQUIRE_NOTHROW(mixture.check(rows));
    driver.learn(rows, state, KeepGoing());
    done += count;
  } while (done < n);
  const double learnt = state.rows + static_cast<double>(state.pending.size());
  REQUIRE((learnt == static_cast<double>(n - pilot)));
}

} // namespace

TEST_CASE("Streams of random and degenerate rows break nothing") {
  for (int seed = 1; seed <= kStreams; ++seed) {
    CAPTURE(seed);
    test::Random random(static_cast<std::uint64_t>(seed));
    const Index n = test::size(random, 700);
    test::Data data = test::simulate(random, n, 1, test::size(random, 3));
    data.gate = test::degenerate(random, n, test::size(random, 20));
    data.expert = test::degenerate(random, n, test::size(random, 20));
    data.same_design = test::chance(random, 0.5);
    if (test::chance(random, 0.1)) // nothing to explain
      data.response.setConstant(2.0);
    weigh(random, n, data);
    Rows rows = data.rows();
    const auto basis = [&](Columns &columns, const Matrix &values,
                           bool intercept) {
      const Columns to = test::standardised(values, data.weights, intercept);
      columns.centre = to.centre;
      columns.scale = to.scale;
    };
    basis(rows.gate, data.gate, true);
    basis(rows.expert, data.expert, true);
    basis(rows.response, data.response, false);
    const auto mixture = test::mixture(
        data, test::size(random, 5),
        test::chance(random, 0.5) ? 0.0 : test::uniform(random, 0.0, 3.0),
        static_cast<Covariance>(test::integer(random, 0, 2)),
        test::chance(random, 0.3));
    survive_stream(random, mixture, data, rows);
  }
}

TEST_CASE("Streams of random and degenerate classes break nothing") {
  for (int seed = 1; seed <= kStreams; ++seed) {
    CAPTURE(seed);
    test::Random random(static_cast<std::uint64_t>(seed));
    const Index n = test::size(random, 500), classes = test::size(random, 4);
    const test::Kind kind{test::chance(random, 0.4), test::chance(random, 0.4),
                          false, test::chance(random, 0.5)};
    test::Data data = test::simulate_classes(random, n, 1, classes, kind);
    if (classes == 1)
      data.response = Matrix::Zero(n, 1);
    data.gate = test::degenerate(random, n, test::size(random, 12));
    data.expert = test::degenerate(random, n, test::size(random, 12));
    if (test::chance(random, 0.3)) // a class that is hardly seen
      for (Index i = 0; i < n && !kind.counts; ++i)
        data.response(i, 0) = 0.0;
    weigh(random, n, data);
    Rows rows = data.rows();
    const auto basis = [&](Columns &columns, const Matrix &values) {
      const Columns to = test::standardised(values, data.weights, true);
      columns.centre = to.centre;
      columns.scale = to.scale;
    };
    basis(rows.gate, data.gate);
    basis(rows.expert, data.expert);
    const auto mixture = test::multinomial_mixture(
        data, test::size(random, 4), classes,
        test::chance(random, 0.5) ? 0.0 : test::uniform(random, 0.0, 3.0));
    survive_stream(random, mixture, data, rows);
  }
}
