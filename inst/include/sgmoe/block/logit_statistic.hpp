// The sums over rows that logit blocks need.
#ifndef SGMOE_LOGIT_STATISTIC_HPP
#define SGMOE_LOGIT_STATISTIC_HPP

#include "../core/gram.hpp"
#include "../core/solve.hpp"

namespace sgmoe {

/// The sums that logit blocks need. `gram` is left out where the caller already
/// knows it, `cross` unless the Fisher curvature is asked for.
struct LogitStatistic {
  Matrix score; // of all blocks, side by side
  Grams gram;   // one a block
  Grams cross;  // of pairs of classes, block after block
  /// The Fisher curvature of every block, factorised once for all passes that
  /// it serves: in a large block that costs more than a pass.
  Factors factors;
  /// The same of the bound, where Gram matrices do not change in a run.
  Factors bound;

  /// Takes the curvature that was left out from a statistic of the same rows at
  /// other parameters; Gram matrices in proportion to the blocks' weights,
  /// which grew by these factors.
  void adopt_curvature(const LogitStatistic &other, const Vector &growth) {
    if (gram.empty())
      gram.adopt(other.gram, growth);
    if (!cross.empty())
      return;
    cross = other.cross;
    if (!cross.empty())
      factors = other.factors;
  }

  /// Calls visit(name, numbers) for all that a statistic is made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("score", score);
    visit("gram", gram.packed());
    visit("cross", cross.packed());
  }

  void merge(const LogitStatistic &other) {
    forget_factors();
    score += other.score;
    if (!gram.empty())
      gram.merge(other.gram);
    if (!cross.empty())
      cross.merge(other.cross);
  }

  void scale(double factor) {
    forget_factors();
    score *= factor;
    gram.scale(factor);
    cross.scale(factor);
  }

private:
  void forget_factors() {
    factors.reset();
    bound.reset();
  }
};

} // namespace sgmoe

#endif
