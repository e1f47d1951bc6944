// The curvature of a batch run: what the next pass has to sum up for it, and
// what of earlier passes serves in place of sums that are left out.
//
// Curvature is dear, and an old one is as good a preconditioner as a fresh one
// that leaves the fixed points where they are. So the Fisher sums of logit
// blocks and the experts' Gram matrices serve for several passes (the latter as
// long as the experts keep their weights), the gate's bound, which rows and
// weights alone make, for the whole run. With very many rows Fisher sums are
// those of a share of them, of more whenever a step by them fails.
#ifndef SGMOE_BATCH_CURVATURE_HPP
#define SGMOE_BATCH_CURVATURE_HPP

#include "../model/mixture.hpp"
#include "control.hpp"

#include <algorithm>
#include <cmath>

namespace sgmoe {

template <class Family> class BatchCurvature {
public:
  BatchCurvature(const Mixture<Family> &mixture, const BatchControl &control,
                 Index rows)
      : mixture_(mixture), kind_(control.curvature),
        always_(control.method == Method::em), share_(kind_),
        fisher_every_(affordable_share(rows)),
        oldest_(static_cast<Index>(
            std::max(double(kFisherAge), std::ceil(mixture.fisher_cost())))) {}

  /// Says what the next pass has to take.
  void ask(Request &request) const {
    request.curvature = needed();
    request.fisher_every = fisher_every_;
  }

  /// Completes what a pass took by what earlier ones did, and keeps it for the
  /// next.
  void complete(Curvature taken, Statistic<Family> &sums) {
    if (kind_ == Curvature::fisher)
      complete_fisher(taken, sums);
    if (!bound_) {
      mixture_.factorise_bound(sums);
      bound_ = sums.gate.bound;
    }
    sums.gate.bound = bound_;
  }

  /// The share of the bound in the next step.
  BoundShare share() const { return share_; }

  /// A step failed: the next pass takes all sums.
  void refresh() { refresh_ = true; }

  // Levenberg's damping. Where classes are nearly separable a Fisher step
  // overshoots again and again, and each time two passes and a small bound step
  // are the price; the damping learns from it. MASS::fgl with one expert: 42
  // passes in place of 825, with three 2900 for four starts in place of 5850;
  // on sets that are not separable it hardly ever comes into play.

  /// A step by sums of this very point failed.
  void damp() {
    if (kind_ == Curvature::fisher)
      share_.value = std::min(1.0, std::max(1e-2, 10.0 * share_.value));
    fisher_every_ = (fisher_every_ + 1) / 2;
  }

  /// A plain step was kept.
  void relax() {
    share_.value = std::max(share_.value / 4.0, BoundShare(kind_).value);
  }

private:
  void complete_fisher(Curvature taken, Statistic<Family> &sums) {
    if (taken == Curvature::fisher) {
      mixture_.factorise(share_, sums);
      refresh_ = false;
      age_ = 0;
    } else {
      sums.adopt_curvature(last_);
      ++age_;
    }
    if (taken != Curvature::none) {
      mixture_.factorise_grams(sums);
      last_ = sums;
    }
    const auto then = last_.expert.weight.array();
    // By value: without optimisation the constant has no address to refer to.
    moved_ = ((sums.expert.weight.array() - then).abs() > double{kMoved} * then)
                 .any();
  }

  Curvature needed() const {
    if (kind_ == Curvature::bound)
      return Curvature::bound;
    if (refresh_ || age_ >= oldest_ || always_)
      return Curvature::fisher;
    return moved_ ? Curvature::bound : Curvature::none;
  }

  /// With very many rows for each coefficient a share of them tells the
  /// curvature to a few percent. Where it is worth less than a pass or two that
  /// saves nothing.
  Index affordable_share(Index rows) const {
    if (kind_ != Curvature::fisher || always_)
      return 1;
    const Index enough =
        kRowsForCurvature * std::max<Index>(1, mixture_.free_size());
    const auto worth = static_cast<Index>(mixture_.fisher_cost());
    return std::max<Index>(
        1, std::min({Index{kLeastShare}, worth, rows / enough}));
  }

  static constexpr Index kRowsForCurvature = 256; // for each free coordinate
  static constexpr Index kLeastShare = 8;         // one row of so many
  // Passes for which a Fisher curvature serves; more where it costs more.
  static constexpr double kFisherAge = 8.0;
  // Share of its weight that an expert may gain or lose before its Gram matrix
  // is taken anew.
  static constexpr double kMoved = 0.1;

  const Mixture<Family> &mixture_;
  Curvature kind_;
  bool always_; // EM: every pass takes it
  BoundShare share_;
  Statistic<Family> last_; // the last sums that have some
  Factors bound_;          // the gate's, made once
  bool refresh_ = true, moved_ = false;
  Index age_ = 0;
  Index fisher_every_, oldest_;
};

} // namespace sgmoe

#endif
