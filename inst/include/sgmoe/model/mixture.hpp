// The mixture and its additive sufficient statistic: accumulate, merge, scale,
// maximise. Every driver (batch, chunked, distributed, incremental) is a way of
// calling these four.
#ifndef SGMOE_MIXTURE_HPP
#define SGMOE_MIXTURE_HPP

#include "../core/rows.hpp"
#include "../core/softmax.hpp"
#include "../family/concept.hpp"
#include "coordinates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sgmoe {

/// What a pass over rows is to collect.
struct Request {
  Curvature curvature = Curvature::bound;
  /// The gate's Gram matrix does not change from pass to pass over the same
  /// rows: asked for once.
  bool gate_gram = true;
  /// Fisher sums of logit blocks from one row of so many, by their numbers in
  /// the data, which then stand for all. A curvature that only guides steps
  /// need not be exact.
  Index fisher_every = 1;
  /// Rows of the data before those of the source.
  Index rows_before = 0;
  /// Posteriors given from outside (n x K, or one row for all), in place of the
  /// E-step. The log-likelihood is then not taken. With a background their rows
  /// sum to the part that is the mixture's.
  const Eigen::Map<const Matrix> *posterior = nullptr;
  /// Are these the sums of the first step, from the origin (see
  /// family/concept.hpp, start_rows)?
  bool start = false;
  /// Log-density of a constant background, to which rows belong that are too
  /// extreme (driver/row_cap.hpp). Their curvature is left out, too.
  double cap = -std::numeric_limits<double>::infinity();
  /// Where to keep the posteriors of the E-step (n x K).
  Matrix *keep_posterior = nullptr;
};

/// Scratch memory of one thread.
template <class Family> struct Workspace {
  Block block;
  Matrix probability; // gate probabilities
  Matrix posterior;   // and then a tau
  Matrix residual;    // a (tau - pi)
  Scratch scratch;
  Normaliser gate_normaliser, joint_normaliser;
  Vector log_density; // of each row under the mixture (and background)
  Vector own;         // weight of each row that is the mixture's
  typename Family::Workspace expert;
};

/// One maximisation: where it leads and what it promises.
template <class Family> struct Maximised {
  Parameters<Family> parameters;
  ExpertReport report;
  double gain = 0.0;
};

/// Gate and experts together.
template <class Family> class Mixture : public Coordinates<Family> {
  static_assert(RequireFamily<Family>::value, "");

public:
  using Theta = Parameters<Family>;
  using Sums = Statistic<Family>;

  Mixture(const Vector &gate_penalty, const Family &family)
      : Coordinates<Family>(gate_penalty, family) {}

  using Coordinates<Family>::experts;
  using Coordinates<Family>::free_size;

  /// A row of weight `rows` on which all experts are as probable.
  void set_gate_prior(double rows) {
    gate_.set_prior(rows, Vector::Constant(
                              experts(), 1.0 / static_cast<double>(experts())));
  }

  /// Roughly how many passes the Fisher sums of one are worth.
  double fisher_cost() const {
    return std::max(gate_.fisher_cost(), family_.fisher_cost());
  }

  /// Refuses rows that do not belong to this model.
  void check(const Rows &rows) const {
    rows.check();
    rows.gate.check("gate", gate_.columns());
    rows.expert_columns().check("expert", family_.columns());
    family_.check(rows);
  }

  Sums statistic(const Request &request) const {
    Sums result;
    result.gate = gate_.statistic(request.gate_gram, request.curvature);
    result.expert = family_.statistic(request.curvature);
    return result;
  }

  Theta origin() const {
    return {Matrix::Zero(gate_.columns(), experts()), family_.origin()};
  }

  /// Gate probabilities of the block in `workspace.block`.
  void gate_probability(const Matrix &coefficients,
                        Workspace<Family> &workspace) const {
    set_product(workspace.block.gate(), coefficients, workspace.probability);
    softmax(workspace.probability, workspace.gate_normaliser);
  }

  /// E-step of a block: gate probabilities, posteriors and log-densities.
  void expectation(const Matrix &gate, const typename Family::Density &density,
                   Workspace<Family> &workspace) const {
    family_.log_density(workspace.block, density, workspace.expert,
                        workspace.posterior);
    set_product(workspace.block.gate(), gate, workspace.probability);
    workspace.posterior += workspace.probability;
    softmax(workspace.probability, workspace.gate_normaliser);
    softmax(workspace.posterior, workspace.joint_normaliser);
    log_ratio(workspace.joint_normaliser, workspace.gate_normaliser,
              workspace.log_density);
  }

  /// Shares rows with the background: `own` becomes the part of each row that
  /// is the mixture's, f / (f + e g / (1 - e)), and the log-density that of the
  /// sum, but for log(1 - e).
  void admit_background(Workspace<Family> &workspace) const {
    share_with(workspace.block.background(), workspace);
  }

  /// The same with a constant background; without one (minus infinity) nothing
  /// changes.
  void admit_cap(double cap, Workspace<Family> &workspace) const {
    if (std::isfinite(cap))
      share_with(Vector::Constant(workspace.block.size(), cap), workspace);
  }

  /// Shares rows with a background of these log-odds or log-densities.
  static void share_with(const Vector &background,
                         Workspace<Family> &workspace) {
    const Vector odds = background - workspace.log_density;
    for (Index i = 0; i < odds.size(); ++i) {
      if (odds(i) < kNoOdds)
        continue;
      // log(1 + exp(odds)) without overflow
      const double both = std::log1p(std::exp(-std::fabs(odds(i))));
      const double gain = std::max(odds(i), 0.0) + both;
      workspace.log_density(i) =
          std::max(background(i), workspace.log_density(i)) + both;
      workspace.own(i) *= std::exp(-gain);
    }
  }

  /// The same from posteriors that were kept: their rows sum to the part.
  void recall_background(Workspace<Family> &workspace) const {
    workspace.own = workspace.posterior.rowwise().sum();
    for (Index i = 0; i < workspace.own.size(); ++i)
      if (workspace.own(i) > 0.0)
        workspace.posterior.row(i) /= workspace.own(i);
  }

  /// Adds the block in `workspace.block` to the statistic at `theta`.
  void accumulate(const Theta &theta, const typename Family::Density &density,
                  const Request &request, Workspace<Family> &workspace,
                  Sums &statistic) const {
    const Block &block = workspace.block;
    const Vector &weights = block.weights();
    statistic.rows += static_cast<double>((weights.array() > 0.0).count());
    statistic.weight += weights.sum();
    const bool background = block.background().size() > 0;
    workspace.own.setOnes(block.size());
    if (request.posterior == nullptr) {
      expectation(theta.gate, density, workspace);
      if (background)
        admit_background(workspace);
      admit_cap(request.cap, workspace);
      statistic.log_likelihood += weights.dot(workspace.log_density);
    } else {
      family_.log_density(block, density, workspace.expert,
                          workspace.posterior);
      if (request.start)
        family_.start_rows(block, workspace.expert);
      gate_probability(theta.gate, workspace);
      if (request.posterior->rows() == 1)
        workspace.posterior = request.posterior->replicate(block.size(), 1);
      else
        workspace.posterior =
            request.posterior->middleRows(block.first(), block.size());
      if (background)
        recall_background(workspace);
    }
    if (request.keep_posterior != nullptr)
      request.keep_posterior->middleRows(block.first(), block.size()) =
          workspace.own.asDiagonal() * workspace.posterior;
    workspace.own.array() *= weights.array();
    share_rows(workspace);
    const Index every = request.fisher_every;
    const Index past = (request.rows_before + block.first()) % every;
    workspace.scratch.fisher = {every, past == 0 ? 0 : every - past};
    // With a background this curvature, of the whole rows, is more than enough.
    gate_.accumulate(block.gate(),
                     std::isfinite(request.cap) ? workspace.own : weights,
                     workspace.probability, workspace.residual,
                     workspace.scratch, statistic.gate);
    family_.accumulate(block, workspace.posterior, workspace.expert,
                       workspace.scratch, statistic.expert);
  }

  /// The maximiser of the surrogate anchored at `theta`, where the statistic
  /// was taken. Weights are case weights, but weights that are small throughout
  /// (say, scaled to sum to one) must not make every expert look empty.
  Maximised<Family> maximise(const Sums &statistic, const Theta &theta,
                             BoundShare share) const {
    Maximised<Family> result;
    result.parameters.expert =
        family_.maximise(statistic.expert, theta.expert,
                         least_weight(statistic), share, result.report);
    step_gate(statistic, theta, share, result);
    return result;
  }

  /// The step to take where the objective fell at the plain one, and at the
  /// safe ones before this `attempt` (see family/concept.hpp). The gate's is by
  /// the bound.
  Maximised<Family> safe_step(const Sums &statistic, const Theta &theta,
                              Index attempt) const {
    Maximised<Family> result;
    result.parameters.expert =
        family_.safe_step(statistic.expert, theta.expert,
                          least_weight(statistic), attempt, result.report);
    step_gate(statistic, theta, Curvature::bound, result);
    return result;
  }

  /// Safe steps that differ from the plain step under `curvature`. When all of
  /// them fell there is nothing to gain.
  Index safe_attempts(Curvature curvature) const {
    return std::max<Index>(curvature == Curvature::bound ? 0 : 1,
                           family_.safe_attempts(curvature));
  }

  /// Shortens the steps of logit blocks that change logits by more than
  /// `reach`.
  void limit(const Sums &statistic, const Theta &from, double reach,
             Theta &to) const {
    gate_.limit(statistic.gate, Vector::Constant(1, statistic.weight),
                from.gate, reach, to.gate);
    family_.limit(statistic.expert, from.expert, reach, to.expert);
  }

  /// Moves the anchor of a statistic from one point to another by exact
  /// algebra: the surrogate stays what it is, only the point changes that it is
  /// written around. (`log_likelihood` stays that of the rows where they were
  /// seen.)
  void reanchor(const Theta &from, const Theta &to, BoundShare share,
                Sums &statistic) const {
    gate_.reanchor(to.gate - from.gate, share, statistic.gate);
    family_.reanchor(from.expert, to.expert, share, statistic.expert);
  }

  /// Factorises the Fisher curvature of a statistic that serves several passes.
  void factorise(BoundShare share, Sums &statistic) const {
    gate_.factorise(share, statistic.gate);
    family_.factorise(share, statistic.expert);
  }

  /// Factorises the gate's bound, where it has no Fisher curvature.
  void factorise_bound(Sums &statistic) const {
    gate_.factorise_bound(statistic.gate);
  }

  /// The same of the experts' Gram matrices.
  void factorise_grams(Sums &statistic) const {
    family_.factorise_grams(statistic.expert);
  }

  double penalty_value(const Theta &theta) const {
    return gate_.penalty_value(theta.gate) +
           family_.penalty_value(theta.expert);
  }

  /// Scores of the rows that accumulate() saw last, a row of `result` each.
  void row_scores(const typename Family::Density &density,
                  const Workspace<Family> &workspace, Matrix &result) const {
    result.resize(workspace.block.size(), free_size());
    gate_.row_scores(workspace.block.gate(), workspace.residual,
                     result.leftCols(gate_.free_size()));
    family_.row_scores(workspace.block, density, workspace.posterior,
                       workspace.expert, result.rightCols(family_.free_size()));
  }

  bool penalised() const {
    return (gate_.penalty().array() > 0.0).any() ||
           (family_.penalty().array() > 0.0).any();
  }

  /// The largest ridge of a column.
  double largest_ridge() const {
    double result = 0.0;
    for (const Vector &penalty : {gate_.penalty(), family_.penalty()})
      if (penalty.size() > 0)
        result = std::max(result, penalty.maxCoeff());
    return result;
  }

  /// This mixture with `share` of its penalty and priors, for sums over fewer
  /// rows than the penalty is meant for.
  Mixture with_penalty_share(double share) const {
    Mixture result = *this;
    result.gate_.set_penalty(share * gate_.penalty());
    result.family_.set_penalty(share * family_.penalty());
    result.gate_.scale_prior(share);
    result.family_.scale_prior(share);
    return result;
  }

private:
  // Odds that change no number: exp(-40) is below half a unit in the last place
  // of one.
  static constexpr double kNoOdds = -40.0;

  /// The gate's residuals a (tau - pi), and a tau in place of tau. (Column by
  /// column: a product with a diagonal matrix would take a copy.)
  static void share_rows(Workspace<Family> &workspace) {
    workspace.residual.resize(workspace.posterior.rows(),
                              workspace.posterior.cols());
    for (Index k = 0; k < workspace.posterior.cols(); ++k) {
      auto posterior = workspace.posterior.col(k);
      workspace.residual.col(k) =
          workspace.own.cwiseProduct(posterior - workspace.probability.col(k));
      posterior.array() *= workspace.own.array();
    }
  }

  /// The weight that a row of data is worth.
  static double least_weight(const Sums &statistic) {
    return std::min(1.0, statistic.weight / statistic.rows);
  }

  void step_gate(const Sums &statistic, const Theta &theta, BoundShare share,
                 Maximised<Family> &result) const {
    const Step step = gate_.maximise(statistic.gate, theta.gate, share);
    result.parameters.gate = theta.gate + step.increment;
    result.gain = step.gain + result.report.gain;
  }

  using Coordinates<Family>::gate_;
  using Coordinates<Family>::family_;
};

} // namespace sgmoe

#endif
