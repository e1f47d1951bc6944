// The incremental driver: one row or minibatch at a time, in constant memory.
//
// The statistic is a discounted sum. With step sizes gamma_n the averages of
// stochastic approximation, s_n = (1 - gamma_n) s_{n-1} + gamma_n s(minibatch
// at theta_{n-1}), are, times the rows in a window of m / gamma_n,
//   S_n = phi_n S_{n-1} + S(minibatch),
//   phi_n = (1 - gamma_n) gamma_{n-1} / gamma_n,
// so that scale, accumulate and maximise are those of the batch drivers, and
// what they know of rows and weights (starvation, ridge) keeps its meaning.
// After maximise the statistic is anchored anew at the parameters reached.
//
// What is reported is not the last iterate, which carries the noise of its
// window, but an average: all iterates alike (Polyak and Ruppert), later ones
// more, or, the default, the first with a Newton step from it (row_scores.hpp).
// That step is guarded, as the steps of the batch driver are: see trial.hpp.
//
// MM steps are short in the directions that depend on which expert a row came
// from. So if the likelihood at the step's end is clearly higher than at the
// average and at the iterate, the iterates go on from there, and the sums with
// them: these stay as they are, so that the surrogate's maximum moves as far as
// the iterate. (Written around the new point by reanchor(), they would draw it
// back.)
//
// Not every minibatch takes a step where designs are wide: see
// stream_rhythm.hpp. What extreme rows may do is capped: see row_cap.hpp.
#ifndef SGMOE_INCREMENTAL_HPP
#define SGMOE_INCREMENTAL_HPP

#include "../model/predict.hpp"
#include "control.hpp"
#include "revive.hpp"
#include "stream_pass.hpp"
#include "stream_rhythm.hpp"
#include "stream_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace sgmoe {

template <class Family> class Incremental {
public:
  using Theta = Parameters<Family>;
  using State = StreamState<Family>;

  Incremental(const Mixture<Family> &mixture, const IncrementalControl &control)
      : mixture_(mixture), control_(checked(control)),
        rhythm_(std::max(mixture.gate().columns(), mixture.family().columns()),
                mixture.free_size(), control),
        // The information needs Fisher sums, whatever the iterate steps by.
        pass_(mixture, newton() ? Curvature::fisher : control.curvature,
              newton(), control.threads) {}

  /// Is the default average in use? Above a few hundred parameters its matrix
  /// would cost more than all the rest. Under a heavy ridge, whose weight for a
  /// row falls as rows come, early points lie too far off for its quadratic.
  bool newton() const {
    return control_.average == Average::newton &&
           mixture_.free_size() <= kMostNewton &&
           mixture_.largest_ridge() <= kMostRidge;
  }

  /// A state of the right shapes, for the caller to fill.
  State blank() const {
    State state;
    state.theta = mixture_.origin();
    state.sums = pass_.empty_statistic();
    if (newton())
      state.scores = ScoreStatistic(mixture_.free_size());
    state.average = Vector::Zero(mixture_.packed_size());
    state.path = state.candidate = newton() ? state.average : Vector();
    state.reference = state.average;
    state.starved = state.floored = Vector::Zero(mixture_.experts());
    state.unseen = Vector::Zero(mixture_.family().kinds());
    state.record = StreamRecord(mixture_.experts());
    return state;
  }

  /// Refuses a state that learn() would not have left, beyond the shapes of
  /// blank(): what it keeps of rows, and how many.
  void check(const State &state, const Rows &rows) const {
    const auto require_rows = [&](const char *what, const RowBuffer &buffer,
                                  Index most) {
      if (buffer.size() == 0)
        return;
      require_size(what, "columns", buffer.values.cols(),
                   RowBuffer::columns(rows));
      if (buffer.size() > most)
        throw InputError(std::string(what) + ": too many rows");
    };
    require_rows("state: pending", state.pending, control_.minibatch - 1);
    require_rows("state: recent", state.recent,
                 std::max(recent_rows(), control_.minibatch));
    require_size("state: record", "columns", state.record.bins.cols(),
                 StreamRecord::columns(mixture_.experts()));
    if (state.record.bins.rows() > StreamRecord::kMostBins)
      throw InputError("state: record: too many rows");
    if (!(state.cap.counts.minCoeff() >= 0.0) || !(state.cap.extreme >= 0.0))
      throw InputError("state: cap_counts or extreme: negative");
  }

  /// A stream that goes on from a pilot fitted in batch.
  State start(const Rows &pilot, const Theta &theta) {
    State state = blank();
    state.theta = theta;
    state.average = state.reference = mixture_.pack(theta);
    if (newton())
      state.path = state.candidate = state.average;
    state.unseen.setOnes();
    pass_.thaw();
    pass_.cap_at(-std::numeric_limits<double>::infinity());
    const StreamSums<Family> part =
        pass_(pilot, 0, pilot.size(), state, RowScores::outer);
    if (control_.cap)
      state.cap.begin(predict_rows(mixture_, pilot, theta, row_part::posterior,
                                   1, KeepGoing())
                          .log_density);
    state.sums = part.sums;
    state.unseen = (part.kinds.array() > 0.0).select(0.0, state.unseen);
    state.rank = missing_rank(state);
    state.pilot_weight = part.sums.weight;
    const double minibatches = static_cast<double>(pilot.size()) /
                               static_cast<double>(control_.minibatch);
    state.delay =
        control_.step_size.delay >= 0.0
            ? control_.step_size.delay
            : StepSize::delay_after(minibatches, control_.step_size.exponent);
    const double window = 1.0 / step_size(state)(0.0) / minibatches;
    state.sums.scale(window);
    if (newton()) {
      state.scores.merge(part.scores);
      state.scores.scale_outer(window);
      if (control_.step_size.constant > 0.0)
        state.scores.scale_score(window);
      state.candidate = mixture_.pack(reported_newton(state));
    }
    return state;
  }

  /// Learns rows in order. Rows that do not fill a minibatch wait in the state.
  /// Returns how many were taken: all, unless the user interrupted.
  Index learn(const Rows &rows, State &state, const KeepGoing &keep_going) {
    pass_.thaw();
    const Index size = control_.minibatch;
    Index done = 0;
    while (state.pending.size() + rows.size() - done >= size) {
      if (keep_going && ++asked_ % kMinibatchesPerQuestion == 0 &&
          !keep_going())
        return done;
      if (state.pending.size() == 0) {
        minibatch(rows, done, size, state);
        done += size;
      } else {
        const Index missing = size - state.pending.size();
        state.pending.append(rows, done, missing);
        minibatch(state.pending.view(rows), 0, size, state);
        state.pending.clear();
        done += missing;
      }
    }
    state.pending.append(rows, done, rows.size() - done);
    return rows.size();
  }

  /// The estimate from all that was learnt.
  Theta reported(const State &state) const {
    if (state.trial.trusted > 0.0)
      return reported_newton(state);
    return state.trial.ahead > 0.0 ? state.theta
                                   : mixture_.unpack(state.average);
  }

  StepSize step_size(const State &state) const {
    StepSize result = control_.step_size;
    result.delay = state.delay;
    return result;
  }

private:
  using Part = StreamSums<Family>;

  static const IncrementalControl &checked(const IncrementalControl &control) {
    control.check();
    return control;
  }

  void minibatch(const Rows &rows, Index first, Index count, State &state) {
    const StepSize step = step_size(state);
    const double before = step(state.minibatches);
    state.minibatches += 1.0;
    const double gamma = step(state.minibatches);
    double kept = (1.0 - gamma) * before / gamma;
    pass_.cap_at(control_.cap ? state.cap.background()
                              : -std::numeric_limits<double>::infinity());
    const bool with_outer = rhythm_.takes_outer(state.minibatches);
    const Part part = pass_(rows, first, count, state,
                            with_outer       ? RowScores::outer
                            : rhythm_.wide() ? RowScores::from_sums
                                             : RowScores::sum);
    state.rows += static_cast<double>(count);
    if (!(part.sums.weight > 0.0))
      return; // nothing to learn
    const bool changed = score(part, state);
    if (control_.cap)
      state.cap.add(part.levels);
    // What was learnt under another distribution would hold the stream back for
    // a whole window: all but a few rows' worth is forgotten at once.
    if (changed)
      kept *= std::min(1.0, kRowsPerParameter *
                                static_cast<double>(mixture_.free_size()) /
                                state.sums.rows);
    state.sums.scale(kept);
    state.sums.merge(part.sums);
    state.record.add(state.rows, part.sums.weight, predicted(part, state),
                     gamma, part.levels.extreme,
                     state.sums.expert.weight / state.sums.weight);
    if (newton())
      follow_path(part, gamma,
                  with_outer || changed || !rhythm_.wide() ? kept : 1.0, state);
    if (control_.revive) {
      state.recent.append(rows, first, count);
      state.recent.keep_last(recent_rows());
    }
    bool revived = false;
    const bool turn = rhythm_.takes_step(state.minibatches, gamma);
    if (turn) {
      maximise(state);
      revived = control_.revive && revive(rows, state);
    }
    average(gamma, state);
    judge(part, state);
    if (tells_something_new(part, turn, state) || changed || revived)
      restart_averages(state);
  }

  /// Do these rows determine a coefficient that was undetermined so far? The
  /// rank is asked for when parameters were free to follow it.
  bool tells_something_new(const Part &part, bool turn, State &state) const {
    const Vector still = (part.kinds.array() > 0.0).select(0.0, state.unseen);
    bool result = still.sum() < state.unseen.sum();
    state.unseen = still;
    if (turn && state.rank >= 0.0) {
      const double rank = missing_rank(state);
      result = result || rank < 0.0 || rank > state.rank;
      state.rank = rank < 0.0 ? rank : std::max(rank, state.rank);
    }
    return result;
  }

  /// The rank of both designs together; -1 if it is full.
  double missing_rank(const State &state) const {
    const Matrix gram = mixture_.family().total_gram(state.sums.expert);
    const Index rank = SymmetricSolve(state.sums.gate.gram.matrix(0)).rank() +
                       (gram.size() > 0 ? SymmetricSolve(gram).rank()
                                        : mixture_.family().columns());
    const Index full = mixture_.gate().columns() + mixture_.family().columns();
    return rank < full ? static_cast<double>(rank) : -1.0;
  }

  /// Averages over rows that could not tell of a coefficient would hold it back
  /// for as many rows again.
  void restart_averages(State &state) {
    state.average = state.reference = mixture_.pack(state.theta);
    state.averaged = 0.0;
    pass_.thaw();
    if (!newton())
      return;
    state.path = state.candidate = state.average;
    state.scores.score.setZero();
    state.scores.weight = 0.0;
    state.trial = Trial();
  }

  /// Log-likelihood of the rows under what was reported before them.
  double predicted(const Part &part, const State &state) const {
    return state.trial.reported(part.candidate, part.sums.log_likelihood,
                                part.reference);
  }

  /// Notes how well the rows were predicted. Answers whether that shows a
  /// change of distribution, which only a stream with a constant step looks
  /// for.
  bool score(const Part &part, State &state) const {
    const double value = predicted(part, state);
    state.weight += part.sums.weight;
    state.log_likelihood += value;
    if (!(control_.step_size.constant > 0.0))
      return false;
    const double row = part.sums.weight / part.sums.rows;
    const double allowed = part.levels.extreme > 0.0
                               ? part.levels.extreme * state.cap.allowance()
                               : 0.0;
    return state.detector.add(value / part.sums.weight +
                              allowed * row / part.sums.weight);
  }

  /// On wide designs outer products are discounted only when some come: they
  /// are of as many rows as if all came, if of earlier ones.
  void follow_path(const Part &part, double gamma, double kept_outer,
                   State &state) const {
    if (control_.step_size.constant > 0.0)
      state.scores.scale_score(1.0 - gamma);
    if (kept_outer != 1.0)
      state.scores.scale_outer(kept_outer);
    state.scores.merge(part.scores);
    state.path += (part.scores.weight / state.scores.weight) *
                  (mixture_.pack(state.theta) - state.path);
  }

  void maximise(State &state) const {
    if (!mixture_.penalised())
      return step(mixture_, state);
    step(penalised_for(state.sums.weight, state), state);
  }

  /// The mixture with the share of its penalty that rows of this weight have.
  /// Under a constant step the penalty is for the rows in the window.
  Mixture<Family> penalised_for(double weight, const State &state) const {
    if (control_.step_size.constant > 0.0)
      return mixture_;
    return mixture_.with_penalty_share(
        weight / (control_.ridge_weight > 0.0
                      ? control_.ridge_weight
                      : state.weight + state.pilot_weight));
  }

  void step(const Mixture<Family> &mixture, State &state) const {
    Maximised<Family> best =
        mixture.maximise(state.sums, state.theta, control_.curvature);
    // Where probabilities are extreme the Fisher curvature promises too much,
    // say at the first rows of a class that the pilot lacked. What is cut off
    // stays in the statistic as score, while curvature builds up.
    mixture.limit(state.sums, state.theta, kReach, best.parameters);
    mixture.reanchor(state.theta, best.parameters, control_.curvature,
                     state.sums);
    state.theta = best.parameters;
    for (Index k = 0; k < mixture.experts(); ++k) {
      const auto at = static_cast<std::size_t>(k);
      state.starved(k) = best.report.starved[at] ? 1.0 : 0.0;
      state.floored(k) = best.report.floored[at] ? 1.0 : 0.0;
    }
  }

  /// Restarts experts that have lost their weight. Answers whether there was
  /// one and rows enough.
  bool revive(const Rows &like, State &state) {
    std::vector<Index> lost;
    for (Index k = 0; k < mixture_.experts(); ++k)
      if (state.starved(k) > 0.0)
        lost.push_back(k);
    if (lost.empty() || state.recent.size() < recent_rows())
      return false;
    Request known;
    known.curvature = pass_.curvature();
    assign_hardest(mixture_, state.theta, known, state.recent, pass_.cap(),
                   like, lost, pass_.workspace(), state.sums);
    state.recent.clear(); // another revival waits for other rows
    maximise(state);
    return true;
  }

  /// Rows to choose from: a quarter of them determines an expert.
  Index recent_rows() const {
    return std::max<Index>(200, 20 * mixture_.family().columns());
  }

  void average(double gamma, State &state) const {
    const double tail = control_.average == Average::polyak ? 0.0 : 1.0;
    state.averaged += 1.0;
    double weight = 1.0;
    if (control_.average != Average::none)
      weight = control_.step_size.constant > 0.0
                   ? gamma
                   : (1.0 + tail) / (state.averaged + tail);
    const Vector iterate = mixture_.pack(state.theta);
    if (weight < 1.0)
      state.average += weight * (iterate - state.average);
    else
      state.average = iterate;
  }

  /// Judges the frozen candidate when it has met enough rows, and freezes the
  /// next.
  void judge(const Part &part, State &state) {
    if (!newton()) {
      state.reference = state.average;
      return pass_.thaw();
    }
    // In rows, so that the scale of the weights does not matter.
    const double row = state.sums.rows / state.sums.weight;
    const bool drifts = control_.step_size.constant > 0.0;
    state.trial.add(row * (part.candidate - part.reference),
                    row * (part.sums.log_likelihood - part.reference),
                    row * part.sums.weight, !drifts);
    if (!state.trial.is_over(mixture_.free_size(), row * state.scores.weight))
      return;
    state.trial.conclude((state.starved.array() > 0.0).any());
    if (state.trial.leads())
      state.theta = mixture_.unpack(state.candidate);
    state.candidate = mixture_.pack(reported_newton(state));
    state.reference = state.average;
    state.trial.begin_next();
    pass_.thaw();
  }

  Theta reported_newton(const State &state) const {
    const Theta path = mixture_.unpack(state.path);
    const Theta result =
        mixture_.penalised()
            ? newton_step(penalised_for(state.scores.weight, state),
                          state.scores, state.sums, path)
            : newton_step(mixture_, state.scores, state.sums, path);
    return mixture_.pack(result).allFinite() ? result
                                             : mixture_.unpack(state.average);
  }

  static constexpr Index kMostNewton = 500;
  static constexpr double kMostRidge = 10.0;
  static constexpr Index kMinibatchesPerQuestion = 64;
  static constexpr double kRowsPerParameter = 5.0; // kept after a change
  static constexpr double kReach = 1.0; // change of logits in one step

  Mixture<Family> mixture_;
  IncrementalControl control_;
  StreamRhythm rhythm_;
  StreamPass<Family> pass_;
  Index asked_ = 0;
};

} // namespace sgmoe

#endif
