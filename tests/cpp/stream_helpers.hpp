// Streams as the tests of the incremental driver make them: rows with a pilot,
// a driver's states one after another, and all their numbers. Include it in
// place of helpers.hpp.
#ifndef SGMOE_TESTS_STREAM_HELPERS_HPP
#define SGMOE_TESTS_STREAM_HELPERS_HPP

#include "incremental_helpers.hpp"

#include <sgmoe/driver/incremental.hpp>

namespace test {
namespace stream {

using sgmoe::Average;
using sgmoe::Gaussian;
using sgmoe::GaussianParameters;
using sgmoe::Incremental;
using sgmoe::IncrementalControl;
using sgmoe::Index;
using sgmoe::KeepGoing;
using sgmoe::LinearStatistic;
using sgmoe::LogitStatistic;
using sgmoe::Matrix;
using sgmoe::Mixture;
using sgmoe::Multinomial;
using sgmoe::MultinomialParameters;
using sgmoe::MultinomialStatistic;
using sgmoe::Parameters;
using sgmoe::ScoreStatistic;
using sgmoe::StreamState;
using sgmoe::Vector;

using GaussianState = StreamState<Gaussian>;

const std::vector<Average> averages{Average::none, Average::polyak,
                                    Average::tail, Average::newton};

// All numbers of a state, in a fixed order.
class StateNumbers {
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
  StateNumbers all;
  all.add(state.theta.gate);
  all.add(state.theta.expert);
  all.add(state.sums);
  all.add(state.average);
  all.add(state.scores);
  all.add(state.path);
  all.add(state.candidate);
  all.add(state.reference);
  for (double value :
       {state.trial.advantage, state.trial.judged, state.trial.trusted,
        state.delay, state.minibatches, state.averaged, state.rank,
        state.pilot_weight, state.rows, state.weight, state.log_likelihood})
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
  StateNumbers all;
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

inline Setting<Gaussian> gaussian(test::Random &random, Index rows, Index pilot,
                                  Index experts, Index responses,
                                  double ridge = 0.0) {
  test::Data data = test::simulate(random, rows, 2, responses);
  data.weights = test::positive(random, rows);
  data.weights(pilot + 1) = 0.0;
  return {data, test::mixture(data, experts, ridge), pilot};
}

inline Setting<Multinomial> multinomial(test::Random &random, Index rows,
                                        Index pilot, Index experts,
                                        const test::Kind &kind,
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
inline double gamma_of(const IncrementalControl &control, double delay,
                       Index n) {
  if (control.step_size.constant > 0.0)
    return control.step_size.constant;
  return std::min(1.0, std::pow(static_cast<double>(n) + delay,
                                -control.step_size.exponent));
}

// The delay chosen from the pilot.
inline IncrementalControl usual(Index minibatch, double exponent = 0.75) {
  IncrementalControl control;
  control.minibatch = minibatch;
  control.step_size.exponent = exponent;
  control.step_size.delay = -1.0;
  return control;
}

inline std::vector<IncrementalControl> controls() {
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

} // namespace stream
} // namespace test

#endif
