// What some rows of a stream say: their statistic and row scores at the
// iterate, and their log-likelihoods there and at two frozen points.
#ifndef SGMOE_STREAM_PASS_HPP
#define SGMOE_STREAM_PASS_HPP

#include "../model/predict.hpp"
#include "pass.hpp"
#include "stream_state.hpp"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace sgmoe {

/// Sums over some rows.
template <class Family> struct StreamSums {
  Statistic<Family> sums;
  ScoreStatistic scores;                   // empty where they are not asked
  RowLevels levels;                        // where rows are capped
  Vector kinds;                            // weights of unseen classes
  double reference = 0.0, candidate = 0.0; // log-likelihoods

  void merge(const StreamSums &other) {
    kinds += other.kinds;
    levels.merge(other.levels);
    sums.merge(other.sums);
    if (scores.score.size() > 0)
      scores.merge(other.scores);
    reference += other.reference;
    candidate += other.candidate;
  }
};

/// How the scores of rows are summed: not row by row, but as the gradient of
/// the statistic; row by row; with their outer products.
enum class RowScores { from_sums, sum, outer };

template <class Family> class StreamPass {
public:
  using Theta = Parameters<Family>;
  using State = StreamState<Family>;

  /// Scores and a candidate's log-likelihood are summed where `with_scores`.
  StreamPass(const Mixture<Family> &mixture, Curvature curvature,
             bool with_scores, Index threads)
      : mixture_(mixture), bare_(mixture.with_penalty_share(0.0)),
        with_scores_(with_scores), threads_(threads) {
    request_.curvature = curvature;
    empty_.sums = mixture.statistic(request_);
    empty_.kinds = Vector::Zero(mixture.family().kinds());
    if (with_scores)
      empty_.scores = ScoreStatistic::without_outer(mixture.free_size());
  }

  const Statistic<Family> &empty_statistic() const { return empty_.sums; }

  /// Rows of a lower log-density count in part, see row_cap.hpp.
  void cap_at(double least) { request_.cap = least; }
  double cap() const { return request_.cap; }
  Curvature curvature() const { return request_.curvature; }

  /// To be called when the frozen points of the state are others.
  void thaw() { frozen_ = false; }

  /// For few rows beside the pass, as those of a revival.
  Workspace<Family> &workspace() {
    workspaces_.resize(std::max<std::size_t>(1, workspaces_.size()));
    return workspaces_[0].core;
  }

  StreamSums<Family> operator()(const Rows &rows, Index first, Index count,
                                const State &state, RowScores wanted) {
    const RowWalk walk(count, threads_);
    freeze(state);
    const typename Family::Density density =
        mixture_.family().density(state.theta.expert);
    std::vector<StreamSums<Family>> parts(
        static_cast<std::size_t>(walk.groups()), empty_);
    workspaces_.resize(static_cast<std::size_t>(walk.threads()));
    walk.run(KeepGoing(), [&](Index i, Index size, Index group, Index thread) {
      Scratchpad &own = workspaces_[static_cast<std::size_t>(thread)];
      StreamSums<Family> &part = parts[static_cast<std::size_t>(group)];
      own.core.block.load(rows, first + i, size);
      if (state.unseen.sum() > 0.0)
        mixture_.family().add_kinds(own.core.block, part.kinds);
      part.reference += log_likelihood(reference_, own.core);
      if (with_scores_)
        part.candidate += log_likelihood(candidate_, own.core);
      mixture_.accumulate(state.theta, density, request_, own.core, part.sums);
      if (std::isfinite(request_.cap))
        note_levels(own.core, state, part.levels);
      if (!with_scores_ || wanted == RowScores::from_sums)
        return;
      mixture_.row_scores(density, own.core, own.scores);
      part.scores.accumulate(own.scores, own.core.block.weights(),
                             wanted == RowScores::outer);
    });
    for (std::size_t group = 1; group < parts.size(); ++group)
      parts[0].merge(parts[group]);
    if (with_scores_ && wanted == RowScores::from_sums) {
      parts[0].scores.score = bare_.free_gradient(parts[0].sums, state.theta);
      parts[0].scores.weight = parts[0].sums.weight;
    }
    return std::move(parts[0]);
  }

private:
  using Point = std::pair<Theta, typename Family::Density>;

  struct Scratchpad {
    Workspace<Family> core;
    Matrix scores;
  };

  /// The frozen points, in the form that is quick to evaluate.
  void freeze(const State &state) {
    if (frozen_)
      return;
    const auto prepare = [&](const Vector &packed) {
      const Theta theta = mixture_.unpack(packed);
      return Point(theta, mixture_.family().density(theta.expert));
    };
    reference_ = prepare(state.reference);
    if (with_scores_)
      candidate_ = prepare(state.candidate);
    frozen_ = true;
  }

  double log_likelihood(const Point &at, Workspace<Family> &workspace) const {
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

  Mixture<Family> mixture_, bare_; // the second without its penalty
  bool with_scores_;
  Index threads_;
  Request request_;
  StreamSums<Family> empty_;
  std::vector<Scratchpad> workspaces_;
  Point reference_, candidate_;
  bool frozen_ = false; // are these two those of the state?
};

} // namespace sgmoe

#endif
