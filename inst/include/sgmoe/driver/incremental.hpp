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
// A maximisation costs about (columns)^3, a row's sums (columns)^2: on designs
// of more than a few columns it would take most of the time. The iterate moves
// by a share gamma_n of what a minibatch says, so that where gamma_n is small a
// few minibatches in a row would be seen from nearly the same point: they then
// share a step, and their sums are discounted as before. After minibatch n
// there is a step if n is a multiple of
//   m_n = the largest power of two with m_n gamma_n <= 0.1
//         and m_n minibatch <= 24 columns,
// one at least, and one on up to 16 columns. This depends on nothing but the
// settings and n, and so not on chunks; m_n only grows, and as powers of two
// divide each other the steps go on where they were. There, too, outer products
// of the d scores of a row (row_scores.hpp) come from every e-th minibatch
// only, e = max(1, d / 64, d^2 / 6400) rounded down, O_n = phi_n O_{n-1} +
// O(minibatch) for those n and O_n = O_{n-1} else; the scores' sum of the
// others is the gradient that their sums have.
//
// What is reported is not the last iterate, which carries the noise of its
// window, but an average: all iterates alike (Polyak and Ruppert), later ones
// more, or, the default, the first with a Newton step from it (row_scores.hpp).
// That step is guarded, as the steps of the batch driver are: on rows not yet
// learnt it must not have a clearly lower likelihood than the average weighted
// towards later iterates, or than the last iterate; else the better of these
// two is reported. (Where distributions drift, that is the iterate.)
//
// MM steps are short in the directions that depend on which expert a row came
// from. So if the likelihood at the step's end is clearly higher than at both,
// the iterates go on from there, and the sums with them: these stay as they
// are, so that the surrogate's maximum moves as far as the iterate. (Written
// around the new point by reanchor(), they would draw it back.) Under
// decreasing steps a minibatch counts for one nat in favour at most: where
// noise has heavy tails single rows speak loudly, and there the step is poor.
// Under a constant step distributions may change, and gains be large.
//
// What extreme rows may do is capped, see row_cap.hpp.
#ifndef SGMOE_INCREMENTAL_HPP
#define SGMOE_INCREMENTAL_HPP

#include "../model/predict.hpp"
#include "control.hpp"
#include "pass.hpp"
#include "revive.hpp"
#include "stream_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace sgmoe {

template <class Family> class Incremental {
public:
  using Theta = Parameters<Family>;
  using State = StreamState<Family>;

  Incremental(const Mixture<Family> &mixture, const IncrementalControl &control)
      : mixture_(mixture), bare_(mixture.with_penalty_share(0.0)),
        control_(control) {
    control.check();
    // The information needs Fisher sums, whatever the iterate steps by.
    request_.curvature = newton() ? Curvature::fisher : control.curvature;
    empty_.sums = mixture.statistic(request_);
    empty_.kinds = Vector::Zero(mixture.family().kinds());
    if (newton())
      empty_.scores = ScoreStatistic::without_outer(mixture.free_size());
  }

  /// Is the default average in use? Above a few hundred parameters its matrix
  /// would cost more than all the rest. Under a heavy ridge, whose weight for a
  /// row falls as rows come, early points lie too far off for its quadratic.
  bool newton() const {
    return control_.average == Average::newton &&
           mixture_.free_size() <= kMostNewton &&
           mixture_.largest_ridge() <= kMostRidge;
  }

  /// Minibatches that share a maximisation where the step size is `gamma`.
  Index step_every(double gamma) const {
    if (control_.update_every > 0)
      return control_.update_every;
    Index every = 1;
    while (wide() && 2.0 * static_cast<double>(every) * gamma <= kMostStep &&
           2 * every * control_.minibatch <= kRowsPerColumn * columns())
      every *= 2;
    return every;
  }

  /// A state of the right shapes, for the caller to fill.
  State blank() const {
    State state;
    state.theta = mixture_.origin();
    state.sums = empty_.sums;
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
    frozen_ = false;
    request_.cap = -std::numeric_limits<double>::infinity();
    const Part part = pass(pilot, 0, pilot.size(), state, true);
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
    frozen_ = false;
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
    if (state.trusted > 0.0)
      return reported_newton(state);
    return state.ahead > 0.0 ? state.theta : mixture_.unpack(state.average);
  }

  StepSize step_size(const State &state) const {
    StepSize result = control_.step_size;
    result.delay = state.delay;
    return result;
  }

private:
  /// Sums over some rows.
  struct Part {
    Statistic<Family> sums;
    ScoreStatistic scores;
    RowLevels levels;
    Vector kinds;                            // weights of unseen classes
    double reference = 0.0, candidate = 0.0; // log-likelihoods

    void merge(const Part &other) {
      kinds += other.kinds;
      levels.merge(other.levels);
      sums.merge(other.sums);
      if (scores.score.size() > 0)
        scores.merge(other.scores);
      reference += other.reference;
      candidate += other.candidate;
    }
  };

  void minibatch(const Rows &rows, Index first, Index count, State &state) {
    const StepSize step = step_size(state);
    const double before = step(state.minibatches);
    state.minibatches += 1.0;
    const double gamma = step(state.minibatches);
    double kept = (1.0 - gamma) * before / gamma;
    request_.cap = control_.cap ? state.cap.background()
                                : -std::numeric_limits<double>::infinity();
    const bool with_outer = takes_outer(state.minibatches);
    const Part part = pass(rows, first, count, state, with_outer);
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
      follow_path(part, gamma, with_outer || changed || !wide() ? kept : 1.0,
                  state);
    if (control_.revive) {
      state.recent.append(rows, first, count);
      state.recent.keep_last(recent_rows());
    }
    bool revived = false;
    const bool turn = takes_step(state.minibatches, gamma);
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
    frozen_ = false;
    if (!newton())
      return;
    state.path = state.candidate = state.average;
    state.scores.score.setZero();
    state.scores.weight = 0.0;
    state.trusted = state.ahead = 0.0;
    state.advantage = state.lead = state.judged = 0.0;
  }

  /// Statistic, row scores and log-likelihoods of some rows.
  Part pass(const Rows &rows, Index first, Index count, const State &state,
            bool with_outer) {
    const RowWalk walk(count, control_.threads);
    // Without outer products the sums have the score already.
    const bool row_by_row = with_outer || !wide();
    freeze(state);
    const typename Family::Density density =
        mixture_.family().density(state.theta.expert);
    std::vector<Part> parts(static_cast<std::size_t>(walk.groups()), empty_);
    workspaces_.resize(static_cast<std::size_t>(walk.threads()));
    walk.run(KeepGoing(), [&](Index i, Index size, Index group, Index thread) {
      Scratchpad &own = workspaces_[static_cast<std::size_t>(thread)];
      Part &part = parts[static_cast<std::size_t>(group)];
      own.core.block.load(rows, first + i, size);
      if (state.unseen.sum() > 0.0)
        mixture_.family().add_kinds(own.core.block, part.kinds);
      part.reference += log_likelihood(reference_, own.core);
      if (newton())
        part.candidate += log_likelihood(candidate_, own.core);
      mixture_.accumulate(state.theta, density, request_, own.core, part.sums);
      if (std::isfinite(request_.cap))
        note_levels(own.core, state, part.levels);
      if (!newton())
        return;
      if (!row_by_row)
        return;
      mixture_.row_scores(density, own.core, own.scores);
      part.scores.accumulate(own.scores, own.core.block.weights(), with_outer);
    });
    for (std::size_t group = 1; group < parts.size(); ++group)
      parts[0].merge(parts[group]);
    if (newton() && !row_by_row) {
      parts[0].scores.score = bare_.free_gradient(parts[0].sums, state.theta);
      parts[0].scores.weight = parts[0].sums.weight;
    }
    return std::move(parts[0]);
  }

  double log_likelihood(const std::pair<Theta, typename Family::Density> &at,
                        Workspace<Family> &workspace) const {
    mixture_.expectation(at.first.gate, at.second, workspace);
    workspace.own = Vector::Ones(workspace.block.size());
    mixture_.admit_cap(request_.cap, workspace);
    return workspace.block.weights().dot(workspace.log_density);
  }

  /// Notes the log-densities of the rows that accumulate() saw last.
  void note_levels(const Workspace<Family> &workspace, const State &state,
                   RowLevels &levels) const {
    const Vector &weights = workspace.block.weights();
    for (Index i = 0; i < weights.size(); ++i) {
      if (!(weights(i) > 0.0))
        continue;
      levels.add(state.cap.centre - workspace.log_density(i));
      if (workspace.own(i) < 0.5 * weights(i))
        levels.extreme += 1.0;
    }
  }

  /// Log-likelihood of the rows under what was reported before them.
  double predicted(const Part &part, const State &state) const {
    return state.trusted > 0.0 ? part.candidate
           : state.ahead > 0.0 ? part.sums.log_likelihood
                               : part.reference;
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
    workspaces_.resize(std::max<std::size_t>(1, workspaces_.size()));
    Request known;
    known.curvature = request_.curvature;
    assign_hardest(mixture_, state.theta, known, state.recent, request_.cap,
                   like, lost, workspaces_[0].core, state.sums);
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
    frozen_ = false;
    if (!newton()) {
      state.reference = state.average;
      return;
    }
    // In rows, so that the scale of the weights does not matter.
    const double row = state.sums.rows / state.sums.weight;
    const double gain = row * (part.candidate - part.reference);
    const bool counts = control_.step_size.constant > 0.0 || gain < kMostGain;
    state.advantage += counts ? gain : kMostGain;
    state.lead += row * (part.sums.log_likelihood - part.reference);
    state.judged += row * part.sums.weight;
    const bool fails = state.advantage < std::max(0.0, state.lead) - kNoise;
    if (fails)
      state.trusted = 0.0; // at once, not only when the rows are enough
    const double enough =
        std::max(kRowsPerParameter * static_cast<double>(mixture_.free_size()),
                 kShareOfRows * row * state.scores.weight);
    frozen_ = state.judged < enough;
    if (frozen_)
      return;
    // A Newton step knows nothing of an expert without rows, and may put it
    // anywhere: the next candidate can be far worse than the one that was
    // judged.
    const bool lost = (state.starved.array() > 0.0).any();
    state.trusted = fails || lost ? 0.0 : 1.0;
    state.ahead = fails && state.lead > kNoise ? 1.0 : 0.0;
    if (state.trusted > 0.0 &&
        state.advantage > std::max(0.0, state.lead) + kNoise)
      state.theta = mixture_.unpack(state.candidate);
    state.candidate = mixture_.pack(reported_newton(state));
    state.reference = state.average;
    // Earlier rows tell of earlier candidates, but of the same lag.
    const auto carry = [](double value) {
      return kMemory * std::max(-2.0 * kNoise, std::min(2.0 * kNoise, value));
    };
    state.advantage = carry(state.advantage);
    state.lead = carry(state.lead);
    state.judged = 0.0;
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

  /// What rows are scored with, in the form that is quick to evaluate.
  void freeze(const State &state) {
    if (frozen_)
      return;
    const auto prepare = [&](const Vector &packed) {
      const Theta theta = mixture_.unpack(packed);
      return std::make_pair(theta, mixture_.family().density(theta.expert));
    };
    reference_ = prepare(state.reference);
    if (newton())
      candidate_ = prepare(state.candidate);
    frozen_ = true;
  }

  static bool is_multiple(double minibatch, Index of) {
    return std::fmod(minibatch, static_cast<double>(of)) == 0.0;
  }

  bool takes_step(double minibatch, double gamma) const {
    return is_multiple(minibatch, step_every(gamma));
  }

  /// Outer products cost the square of the number of parameters; with many,
  /// not every minibatch gives them. On wide designs a row costs no more than
  /// kMostOuter multiplications on average.
  bool takes_outer(double minibatch) const {
    const Index size = mixture_.free_size();
    const Index every = std::max<Index>(1, size / kParametersPerSkip);
    return is_multiple(
        minibatch, wide() ? std::max(every, size * size / kMostOuter) : every);
  }

  Index columns() const {
    return std::max(mixture_.gate().columns(), mixture_.family().columns());
  }

  /// Do factorisations and outer products cost more than the sums?
  bool wide() const { return columns() > kFewColumns; }

  static constexpr Index kMostNewton = 500;
  static constexpr double kMostRidge = 10.0;
  static constexpr Index kParametersPerSkip = 64;
  static constexpr Index kMostOuter = 6400;
  static constexpr Index kFewColumns = 16;
  static constexpr double kMostStep = 0.1;
  static constexpr Index kRowsPerColumn = 24;
  static constexpr Index kMinibatchesPerQuestion = 64;
  // A candidate is judged on five rows a parameter, at least a tenth of those
  // learnt; it fails if its log-likelihood is lower by more than chance gives,
  // and draws the iterate to it if it is higher by as much.
  static constexpr double kRowsPerParameter = 5.0;
  static constexpr double kShareOfRows = 0.1;
  static constexpr double kNoise = 3.0;
  static constexpr double kMostGain = 1.0; // of a minibatch, in nats
  static constexpr double kMemory = 0.5;
  static constexpr double kReach = 1.0; // change of logits in one step

  struct Scratchpad {
    Workspace<Family> core;
    Matrix scores;
  };

  Mixture<Family> mixture_, bare_; // the second without its penalty
  IncrementalControl control_;
  Request request_;
  Part empty_;
  std::vector<Scratchpad> workspaces_;
  std::pair<Theta, typename Family::Density> reference_, candidate_;
  bool frozen_ = false; // are these two those of the state?
  Index asked_ = 0;
};

} // namespace sgmoe

#endif
