// Scores of rows in the free coordinates: row by row, for users, and the sum of
// their outer products, which needs no more memory than the parameters and
// comes from any source of rows.
#ifndef SGMOE_SCORE_SUMS_HPP
#define SGMOE_SCORE_SUMS_HPP

#include "../driver/pass.hpp"
#include "channels.hpp"
#include "row_scores.hpp"

namespace sgmoe {

/// The scores of the rows of the block in `workspace.block`, without case
/// weights, into a matrix of a row for each and the free coordinates.
template <class Family, class Scores>
void block_scores(const Mixture<Family> &mixture, const Channels &channels,
                  const Parameters<Family> &theta,
                  const typename Family::Density &density,
                  Workspace<Family> &workspace, ChannelWorkspace &own,
                  Scores &&scores) {
  const Block &block = workspace.block;
  block_posteriors(mixture, theta, density, workspace);
  row_score(mixture, channels, density, workspace, own);
  for (Index c = 0; c < channels.size(); ++c) {
    auto part = scores.middleCols(channels.first(c), channels.columns(c));
    if (c < channels.gates())
      part = own.score.col(c).asDiagonal() * block.gate();
    else if (c < channels.first_scale())
      part = own.score.col(c).asDiagonal() * block.expert();
    else
      part = own.score.col(c);
  }
}

/// The scores of single rows, n x free coordinates, without case weights.
/// Returns false if the user interrupted.
template <class Family>
bool scores_by_row(const Mixture<Family> &mixture, const Rows &rows,
                   const Parameters<Family> &theta, Index threads,
                   const KeepGoing &keep_going, Matrix &result) {
  const Channels channels(mixture, rows.same_design);
  const RowWalk walk(rows.size(), threads);
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  result.resize(rows.size(), channels.coordinates());
  return visit_blocks_with<Family, ChannelWorkspace>(
      walk, rows, keep_going,
      [&](Workspace<Family> &workspace, ChannelWorkspace &own, std::size_t) {
        block_scores(
            mixture, channels, theta, density, workspace, own,
            result.middleRows(workspace.block.first(), workspace.block.size()));
      });
}

struct ScoreWorkspace : ChannelWorkspace {
  Matrix scores; // of the block's rows
};

/// The scores of all rows and their outer products, summed: the meat of a
/// sandwich without a matrix of all rows, so that it can come from any source.
/// Returns false if the user interrupted.
template <class Family>
bool sum_scores(const Mixture<Family> &mixture, RowSource &source,
                const Parameters<Family> &theta, Index threads,
                const KeepGoing &keep_going, ScoreStatistic &result) {
  const Channels channels(mixture, source.shape().same_design);
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  const ScoreStatistic zero(channels.coordinates());
  return sum_rows<Family, ScoreWorkspace>(
      source, threads, keep_going, zero, zero.outer.size(),
      [&](Workspace<Family> &workspace, ScoreWorkspace &own,
          ScoreStatistic &part) {
        const Vector weights = workspace.block.weights();
        own.scores.resize(weights.size(), channels.coordinates());
        block_scores(mixture, channels, theta, density, workspace, own,
                     own.scores);
        own.scores.array().colwise() *= weights.array();
        part.accumulate(own.scores, weights, true);
      },
      result);
}

} // namespace sgmoe

#endif
