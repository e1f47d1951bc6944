// The channels of a mixture: the few numbers through which a row's
// log-likelihood depends on the parameters, and the row's score in them.
// information.hpp says how second derivatives follow, and what a family offers.
#ifndef SGMOE_CHANNELS_HPP
#define SGMOE_CHANNELS_HPP

#include "mixture.hpp"

#include <array>
#include <vector>

namespace sgmoe {

/// The channels of a mixture: gate logits, then the experts' predictors, then
/// the scale coordinates; and where the weight of each pair of them is kept.
class Channels {
public:
  /// What a channel is multiplied by.
  enum Design { gate = 0, expert = 1, one = 2 };
  /// Pairs of channels by their designs: gram of x or of z, x with z, x or z
  /// with one, one with one.
  enum Kind {
    gate_gram,
    expert_gram,
    cross,
    gate_one,
    expert_one,
    ones,
    kinds
  };

  template <class Family>
  Channels(const Mixture<Family> &mixture, bool same_design)
      : gates_(mixture.experts() - 1),
        predictors_(mixture.family().predictors() * mixture.experts()),
        scales_(mixture.family().scales()),
        gate_columns_(mixture.gate().columns()),
        expert_columns_(mixture.family().columns()), same_(same_design),
        position_(size(), size()) {
    counts_.fill(0);
    for (Index c = 0; c < size(); ++c)
      for (Index d = c; d < size(); ++d)
        position_(c, d) = position_(d, c) =
            counts_[static_cast<std::size_t>(kind(c, d))]++;
  }

  Index size() const { return gates_ + predictors_ + scales_; }
  Index gates() const { return gates_; }
  Index first_scale() const { return gates_ + predictors_; }
  Index gate_columns() const { return gate_columns_; }
  Index expert_columns() const { return expert_columns_; }
  Index pairs(Kind kind) const {
    return counts_[static_cast<std::size_t>(kind)];
  }

  Design design(Index c) const {
    return c >= first_scale() ? one : c >= gates_ && !same_ ? expert : gate;
  }

  Kind kind(Index c, Index d) const {
    const Design first = design(std::min(c, d)), last = design(std::max(c, d));
    if (first == last)
      return first == gate ? gate_gram : first == expert ? expert_gram : ones;
    if (last == one)
      return first == gate ? gate_one : expert_one;
    return cross;
  }

  /// Where a pair stands among those of its kind.
  Index position(Index c, Index d) const { return position_(c, d); }

  /// The free coordinates of a channel: the first, and how many.
  Index first(Index c) const {
    if (c < gates_)
      return c * gate_columns_;
    const Index before = gates_ * gate_columns_;
    return c < first_scale()
               ? before + (c - gates_) * expert_columns_
               : before + predictors_ * expert_columns_ + c - first_scale();
  }
  Index columns(Index c) const {
    return c < gates_ ? gate_columns_ : c < first_scale() ? expert_columns_ : 1;
  }
  /// Free coordinates of all channels.
  Index coordinates() const {
    return size() == 0 ? 0 : first(size() - 1) + columns(size() - 1);
  }

private:
  Index gates_, predictors_, scales_, gate_columns_, expert_columns_;
  bool same_;
  Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic> position_;
  std::array<Index, kinds> counts_;
};

/// The channel of the j-th derivative of expert k.
template <class Family>
Index expert_channel(const Family &family, const Channels &channels, Index k,
                     Index j) {
  return j < family.predictors()
             ? channels.gates() + k * family.predictors() + j
             : channels.first_scale() + family.first_scale(k) + j -
                   family.predictors();
}

/// Scratch memory of one thread.
struct ChannelWorkspace {
  Matrix score;                       // s, a column a channel
  std::vector<Matrix> own, curvature; // u_k and h_k of each expert
};

/// s of a block from posteriors t (in workspace.posterior), and the experts'
/// derivatives.
template <class Family>
void row_score(const Mixture<Family> &mixture, const Channels &channels,
               const typename Family::Density &density,
               const Workspace<Family> &workspace, ChannelWorkspace &own) {
  const Family &family = mixture.family();
  own.score.setZero(workspace.block.size(), channels.size());
  own.score.leftCols(channels.gates()) =
      workspace.posterior.leftCols(channels.gates()) -
      workspace.own.asDiagonal() *
          workspace.probability.leftCols(channels.gates());
  own.own.resize(static_cast<std::size_t>(mixture.experts()));
  own.curvature.resize(own.own.size());
  for (Index k = 0; k < mixture.experts(); ++k) {
    Matrix &score = own.own[static_cast<std::size_t>(k)];
    family.derivatives(workspace.block, density, workspace.expert, k, score,
                       own.curvature[static_cast<std::size_t>(k)]);
    for (Index j = 0; j < score.cols(); ++j)
      own.score.col(expert_channel(family, channels, k, j)) +=
          workspace.posterior.col(k).cwiseProduct(score.col(j));
  }
}

/// What is left of numbers that add nothing to a sum; products of two of them
/// would be denormal, and slow.
inline void drop_tiny(Matrix &values) {
  values = (values.array().abs() < 1e-140).select(0.0, values);
}

/// Posteriors of the block in `workspace.block`, a background taken out.
template <class Family>
void block_posteriors(const Mixture<Family> &mixture,
                      const Parameters<Family> &theta,
                      const typename Family::Density &density,
                      Workspace<Family> &workspace) {
  workspace.own = Vector::Ones(workspace.block.size());
  mixture.expectation(theta.gate, density, workspace);
  if (workspace.block.background().size() > 0) {
    mixture.admit_background(workspace);
    workspace.posterior = workspace.own.asDiagonal() * workspace.posterior;
  }
  drop_tiny(workspace.posterior);
  drop_tiny(workspace.probability);
}

} // namespace sgmoe

#endif
