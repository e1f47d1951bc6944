// The observed information of the mixture: the exact second derivatives of the
// log-likelihood in the free coordinates, gate and experts together, with what
// is lost because nobody sees which expert a row came from.
//
// A row's log-likelihood depends on the parameters through a few numbers, its
// channels: the gate's logits relative to the last expert (K - 1), the linear
// predictors of every expert, and the scale coordinates (of Gaussian experts,
// those of the covariances). The channels are linear in the free coordinates:
// a logit is x'd, a predictor z'b, a scale coordinate is itself one. So if M_i
// is the negative Hessian of row i in its channels, the information has, for
// every pair of channels c and d, the block
//   sum_i a_i M_i,cd v_ic v_id',   v one of x, z, 1:
// Gram matrices with one weight a row, summed like all others in a pass.
//
// M (Louis 1982). With t_k the posterior of expert k, l_k = log(pi_k f_k) and
// s_k and H_k its first and second derivatives in the channels,
//   M = sum_k t_k (-H_k - s_k s_k') + s s',   s = sum_k t_k s_k,
// s the row's score. A background is a component without derivatives: the t_k
// then sum to `own`, the part of the row that is the mixture's.
// In the gate's channels s_k = e_k - pi and -H_k = diag(pi) - pi pi', so that,
// with s_g = t_g - own pi_g,
//   gate g, gate h:   own ([g = h] pi_g - 2 pi_g pi_h) - [g = h] t_g
//                     + t_g pi_h + pi_g t_h + s_g s_h,
//   gate g, expert:   sum_k t_k u_k (pi_g - [g = k]) + s_g s,
//   expert, expert:   sum_k t_k (h_k - u_k u_k') + s s',
// u_k and h_k the first and negative second derivatives of log f_k, which are
// zero in the channels of other experts.
//
// What a family offers, for a block on which log_density() was called last:
//   predictors()        linear predictors of an expert (1 of a Poisson expert)
//   scales()            scale coordinates of all experts together
//   own_scales()        those of one expert,
//   first_scale(k)      and the first of them (all alike if they are shared)
//   derivatives(block, density, workspace, k, score, curvature)
//                       u_k (a column a predictor, then an own scale) and h_k
//                       (lower triangle, packed column by column), a row each
//                       (Poisson: y - mu and mu)
//   add_ridge_scales(parameters, result)
//                       second derivatives of the ridge that add_penalty()
//                       leaves out, those that involve scale coordinates,
//   add_prior(parameters, result)
//                       and those of its prior.
#ifndef SGMOE_INFORMATION_HPP
#define SGMOE_INFORMATION_HPP

#include "../driver/pass.hpp"
#include "channels.hpp"

#include <array>

namespace sgmoe {

/// a M of a block of rows, a column a pair of channels, by kinds.
class PairWeights {
public:
  void reset(const Channels &channels, Index rows) {
    channels_ = &channels;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      columns_[i].resize(rows, channels.pairs(static_cast<Channels::Kind>(i)));
  }

  Eigen::Block<Matrix, Eigen::Dynamic, 1, true> pair(Index c, Index d) {
    return columns_[static_cast<std::size_t>(channels_->kind(c, d))].col(
        channels_->position(c, d));
  }

  const Matrix &of(Channels::Kind kind) const {
    return columns_[static_cast<std::size_t>(kind)];
  }

private:
  const Channels *channels_ = nullptr;
  std::array<Matrix, Channels::kinds> columns_;
};

/// The information of a set of rows, pair by pair of channels, with their
/// score and log-likelihood.
struct InformationSums {
  double log_likelihood = 0.0;
  Vector score;
  Grams gate, expert;
  Matrix cross, gate_one, expert_one; // pairs side by side
  Vector ones;

  explicit InformationSums(const Channels &channels)
      : score(Vector::Zero(channels.coordinates())),
        gate(channels.gate_columns(), channels.pairs(Channels::gate_gram)),
        expert(channels.expert_columns(),
               channels.pairs(Channels::expert_gram)),
        cross(Matrix::Zero(channels.gate_columns(),
                           channels.expert_columns() *
                               channels.pairs(Channels::cross))),
        gate_one(Matrix::Zero(channels.gate_columns(),
                              channels.pairs(Channels::gate_one))),
        expert_one(Matrix::Zero(channels.expert_columns(),
                                channels.pairs(Channels::expert_one))),
        ones(Vector::Zero(channels.pairs(Channels::ones))) {}

  void accumulate(const Block &block, const PairWeights &weights,
                  Scratch &scratch) {
    const Matrix &x = block.gate(), &z = block.expert();
    if (!gate.empty())
      gate.accumulate(x, weights.of(Channels::gate_gram), scratch);
    if (!expert.empty())
      expert.accumulate(z, weights.of(Channels::expert_gram), scratch);
    const Matrix &mixed = weights.of(Channels::cross);
    for (Index pair = 0; pair < mixed.cols(); ++pair) {
      scratch.panel = mixed.col(pair).asDiagonal() * z;
      add_cross_product(x, scratch.panel,
                        cross.middleCols(pair * z.cols(), z.cols()));
    }
    if (gate_one.cols() > 0)
      add_cross_product(x, weights.of(Channels::gate_one), gate_one);
    if (expert_one.cols() > 0)
      add_cross_product(z, weights.of(Channels::expert_one), expert_one);
    ones += weights.of(Channels::ones).colwise().sum().transpose();
  }

  void merge(const InformationSums &other) {
    log_likelihood += other.log_likelihood;
    score += other.score;
    gate.merge(other.gate);
    expert.merge(other.expert);
    cross += other.cross;
    gate_one += other.gate_one;
    expert_one += other.expert_one;
    ones += other.ones;
  }

  /// The information matrix in the free coordinates.
  Matrix matrix(const Channels &channels) const {
    Matrix result(score.size(), score.size());
    for (Index c = 0; c < channels.size(); ++c)
      for (Index d = c; d < channels.size(); ++d) {
        const Matrix block = pair(channels, c, d);
        result.block(channels.first(c), channels.first(d), block.rows(),
                     block.cols()) = block;
        result.block(channels.first(d), channels.first(c), block.cols(),
                     block.rows()) = block.transpose();
      }
    return result;
  }

private:
  Matrix pair(const Channels &channels, Index c, Index d) const {
    const Index at = channels.position(c, d);
    switch (channels.kind(c, d)) {
    case Channels::gate_gram:
      return gate.matrix(at);
    case Channels::expert_gram:
      return expert.matrix(at);
    case Channels::cross:
      return cross.middleCols(at * channels.expert_columns(),
                              channels.expert_columns());
    case Channels::gate_one:
      return gate_one.col(at);
    case Channels::expert_one:
      return expert_one.col(at);
    default:
      return ones.segment(at, 1);
    }
  }
};

/// Scratch memory of one thread.
struct InformationWorkspace : ChannelWorkspace {
  PairWeights weights;
  Matrix weighted_score, weighted_posterior; // times a, as M is linear in them
  Vector weighted_own, product;
};

/// a M of a block (see the head of this file), from its score and the
/// derivatives of its experts.
template <class Family>
void row_curvature(const Mixture<Family> &mixture, const Channels &channels,
                   const Workspace<Family> &workspace,
                   InformationWorkspace &own) {
  const Family &family = mixture.family();
  const auto weights = workspace.block.weights().array();
  own.weighted_score = own.score.array().colwise() * weights;
  own.weighted_posterior = workspace.posterior.array().colwise() * weights;
  own.weighted_own = workspace.own.array() * weights;
  const Matrix &t = own.weighted_posterior, &pi = workspace.probability;
  const auto part = own.weighted_own.array();
  for (Index c = 0; c < channels.size(); ++c)
    for (Index d = c; d < channels.size(); ++d)
      own.weights.pair(c, d) =
          own.score.col(c).cwiseProduct(own.weighted_score.col(d));
  for (Index g = 0; g < channels.gates(); ++g) {
    own.weights.pair(g, g).array() +=
        part * pi.col(g).array() - t.col(g).array();
    for (Index h = g; h < channels.gates(); ++h)
      own.weights.pair(g, h).array() +=
          t.col(g).array() * pi.col(h).array() +
          pi.col(g).array() * t.col(h).array() -
          2.0 * part * pi.col(g).array() * pi.col(h).array();
  }
  for (Index k = 0; k < mixture.experts(); ++k) {
    const Matrix &score = own.own[static_cast<std::size_t>(k)];
    const Matrix &curvature = own.curvature[static_cast<std::size_t>(k)];
    Index packed = 0;
    for (Index i = 0; i < score.cols(); ++i) {
      const Index c = expert_channel(family, channels, k, i);
      own.product = t.col(k).cwiseProduct(score.col(i));
      for (Index g = 0; g < channels.gates(); ++g)
        if (g == k)
          own.weights.pair(g, c).array() +=
              own.product.array() * (pi.col(g).array() - 1.0);
        else
          own.weights.pair(g, c) += own.product.cwiseProduct(pi.col(g));
      for (Index j = i; j < score.cols(); ++j, ++packed)
        own.weights.pair(c, expert_channel(family, channels, k, j)) +=
            t.col(k).cwiseProduct(curvature.col(packed)) -
            own.product.cwiseProduct(score.col(j));
    }
  }
}

/// Adds the block in `workspace.block`.
template <class Family>
void add_information(const Mixture<Family> &mixture, const Channels &channels,
                     const Parameters<Family> &theta,
                     const typename Family::Density &density,
                     Workspace<Family> &workspace, InformationWorkspace &own,
                     InformationSums &sums) {
  const Block &block = workspace.block;
  block_posteriors(mixture, theta, density, workspace);
  sums.log_likelihood += block.weights().dot(workspace.log_density);
  own.weights.reset(channels, block.size());
  row_score(mixture, channels, density, workspace, own);
  row_curvature(mixture, channels, workspace, own);
  sums.accumulate(block, own.weights, workspace.scratch);
  const Index gates = channels.gates(), scale = channels.first_scale();
  Eigen::Map<Matrix> gate(sums.score.data(), channels.gate_columns(), gates);
  Eigen::Map<Matrix> expert(sums.score.data() + gate.size(),
                            channels.expert_columns(), scale - gates);
  add_cross_product(block.gate(), own.weighted_score.leftCols(gates), gate);
  add_cross_product(block.expert(),
                    own.weighted_score.middleCols(gates, scale - gates),
                    expert);
  sums.score.tail(channels.size() - scale) +=
      own.weighted_score.rightCols(channels.size() - scale).colwise().sum();
}

/// What the likelihood of all rows looks like around a point.
struct Information {
  double log_likelihood = 0.0;
  Vector score;  // gradient of the log-likelihood
  Matrix matrix; // its negative Hessian
};

/// The observed information of all rows at `theta`, without the penalty.
/// Returns false if the user interrupted.
template <class Family>
bool observed_information(const Mixture<Family> &mixture, RowSource &source,
                          const Parameters<Family> &theta, Index threads,
                          const KeepGoing &keep_going, Information &result) {
  const Channels channels(mixture, source.shape().same_design);
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  InformationSums sums(channels);
  const bool complete = sum_rows<Family, InformationWorkspace>(
      source, threads, keep_going, InformationSums(channels), Index(1),
      [&](Workspace<Family> &workspace, InformationWorkspace &own,
          InformationSums &part) {
        add_information(mixture, channels, theta, density, workspace, own,
                        part);
      },
      sums);
  result.log_likelihood = sums.log_likelihood;
  result.score = sums.score;
  result.matrix = sums.matrix(channels);
  return complete;
}

/// The same of rows in memory.
template <class Family>
bool observed_information(const Mixture<Family> &mixture, const Rows &rows,
                          const Parameters<Family> &theta, Index threads,
                          const KeepGoing &keep_going, Information &result) {
  MemoryRows source(rows);
  return observed_information(mixture, source, theta, threads, keep_going,
                              result);
}

} // namespace sgmoe

#endif
