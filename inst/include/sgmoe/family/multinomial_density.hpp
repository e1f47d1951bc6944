// Experts for classes: parameters, and what a pass over rows does with them.
#ifndef SGMOE_MULTINOMIAL_DENSITY_HPP
#define SGMOE_MULTINOMIAL_DENSITY_HPP

#include "../block/logit.hpp"
#include "../core/rows.hpp"
#include "../core/softmax.hpp"
#include "concept.hpp"

#include <cmath>

namespace sgmoe {

struct MultinomialParameters {
  Matrix logit; // r x (M K): V_1, ..., V_K side by side, rows of each sum to 0

  /// Calls visit(name, numbers) for all that parameters are made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("expert", logit);
  }
};

struct MultinomialStatistic {
  Vector weight; // sum a tau_k
  LogitStatistic logit;

  /// Calls visit(name, numbers) for all that a statistic is made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("weight", weight);
    logit.fields(visit);
  }

  void merge(const MultinomialStatistic &other) {
    weight += other.weight;
    logit.merge(other.logit);
  }

  void scale(double factor) {
    weight *= factor;
    logit.scale(factor);
  }

  void adopt_curvature(const MultinomialStatistic &other) {
    logit.adopt_curvature(other.logit, weight_ratio(weight, other.weight));
  }
};

class MultinomialDensity
    : public FamilyDefaults<MultinomialParameters, MultinomialStatistic> {
public:
  using Parameters = MultinomialParameters;
  using Statistic = MultinomialStatistic;
  using Density = MultinomialParameters;

  /// Scratch memory of one thread.
  struct Workspace {
    Matrix probability, residual; // n x (M K)
    Matrix weights;               // n x K
    Normaliser normaliser;
  };

  MultinomialDensity(Index experts, Index classes, const Vector &penalty)
      : block_(classes, penalty, experts) {}

  Index experts() const { return block_.blocks(); }
  Index responses() const { return classes(); }
  Index classes() const { return block_.classes(); }
  Index columns() const { return block_.columns(); }
  const LogitBlock &block() const { return block_; }
  /// Kinds of response that may not have occurred yet.
  Index kinds() const { return classes(); }
  /// Adds the weights of the classes in a block.
  void add_kinds(const Block &block, Vector &weights) const {
    if (counted(block))
      weights += block.response().transpose() * block.weights();
    else
      for (Index i = 0; i < block.size(); ++i)
        weights(observed(block, i)) += block.weights()(i);
  }
  Matrix total_gram(const Statistic &statistic) const {
    return statistic.logit.gram.total();
  }
  /// Columns that expert_mean() gives.
  Index mean_columns() const { return classes() * experts(); }
  Statistic statistic(Curvature curvature) const {
    return {Vector::Zero(experts()),
            block_.statistic(curvature != Curvature::none, curvature)};
  }

  /// Refuses a response that these experts cannot have.
  void check(const Rows &rows) const {
    if (rows.offset.cols() > 0)
      require_size("offset", "columns", rows.offset.cols(), classes());
    const auto &response = rows.response.values;
    if (response.cols() == 0)
      return;
    rows.response.check("response", response.cols() == 1 ? 1 : classes());
    if ((rows.response.centre.array() != 0.0).any() ||
        (rows.response.scale.array() != 1.0).any())
      throw InputError("response: classes must not be centred or scaled");
    const bool counts = response.cols() > 1;
    const auto last = static_cast<double>(classes() - 1);
    for (Index j = 0; j < response.cols(); ++j)
      for (Index i = 0; i < response.rows(); ++i) {
        const double value = response(i, j);
        if (counts ? !(value >= 0.0)
                   : !(value >= 0.0 && value <= last &&
                       value == std::floor(value)))
          throw InputError("response: a class number or count is out of range");
      }
  }

  /// All experts alike, all classes equally probable.
  Parameters origin() const {
    return {Matrix::Zero(columns(), mean_columns())};
  }

  Density density(const Parameters &parameters) const { return parameters; }

  /// Log-densities of a block, a column an expert; leaves the experts'
  /// probabilities in the workspace for accumulate().
  void log_density(const Block &block, const Density &density,
                   Workspace &workspace, Matrix &result) const {
    logits(block, density, workspace.probability);
    result.resize(block.size(), experts());
    for (Index k = 0; k < experts(); ++k) {
      auto own = workspace.probability.middleCols(k * classes(), classes());
      auto column = result.col(k);
      if (counted(block))
        column = own.cwiseProduct(block.response()).rowwise().sum();
      else
        for (Index i = 0; i < block.size(); ++i)
          column(i) = own(i, observed(block, i));
      softmax(own, workspace.normaliser);
      Eigen::ArrayXd &log_total = workspace.normaliser.sum;
      take_logarithms(log_total);
      log_total += workspace.normaliser.largest;
      if (counted(block))
        column.array() -= log_total * block.response().rowwise().sum().array();
      else
        column.array() -= log_total;
    }
  }

  /// `weights` holds a tau_k, a column an expert.
  void accumulate(const Block &block, const Matrix &weights,
                  Workspace &workspace, Scratch &scratch,
                  Statistic &statistic) const {
    const Index m = classes();
    for (Index k = 0; k < weights.cols(); ++k)
      statistic.weight(k) += weights.col(k).sum();
    workspace.weights = weights;
    if (counted(block))
      workspace.weights.array().colwise() *=
          block.response().rowwise().sum().array();
    workspace.residual.resize(block.size(), mean_columns());
    for (Index k = 0; k < experts(); ++k) {
      for (Index j = k * m; j < (k + 1) * m; ++j)
        workspace.residual.col(j) = -workspace.weights.col(k).cwiseProduct(
            workspace.probability.col(j));
      if (counted(block))
        workspace.residual.middleCols(k * m, m) +=
            weights.col(k).asDiagonal() * block.response();
      else
        for (Index i = 0; i < block.size(); ++i)
          workspace.residual(i, k * m + observed(block, i)) += weights(i, k);
    }
    block_.accumulate(block.expert(), workspace.weights, workspace.probability,
                      workspace.residual, scratch, statistic.logit);
  }

  /// The class probabilities of every expert, side by side.
  void expert_mean(const Block &block, const Parameters &parameters,
                   Matrix &result) const {
    logits(block, parameters, result);
    Normaliser normaliser;
    for (Index k = 0; k < experts(); ++k)
      softmax(result.middleCols(k * classes(), classes()), normaliser);
  }

  /// Scores of the rows that accumulate() saw last.
  template <class Result>
  void row_scores(const Block &block, const Density &, const Matrix &,
                  const Workspace &workspace, Result &&result) const {
    block_.row_scores(block.expert(), workspace.residual, result);
  }

  // What the observed information needs (see information.hpp): the predictors
  // are the logits relative to the last class.

  Index predictors() const { return classes() - 1; }

  /// y - N p and N (diag(p) - p p') of expert k.
  void derivatives(const Block &block, const Density &,
                   const Workspace &workspace, Index k, Matrix &score,
                   Matrix &curvature) const {
    const Index free = classes() - 1;
    const auto p = workspace.probability.middleCols(k * classes(), free);
    Vector total = Vector::Ones(block.size());
    if (counted(block)) {
      total = block.response().rowwise().sum();
      score = block.response().leftCols(free);
    } else {
      score = Matrix::Zero(block.size(), free);
      for (Index i = 0; i < block.size(); ++i)
        if (observed(block, i) < free)
          score(i, observed(block, i)) = 1.0;
    }
    score -= total.asDiagonal() * p;
    curvature.resize(block.size(), free * (free + 1) / 2);
    Index at = 0;
    for (Index i = 0; i < free; ++i)
      for (Index j = i; j < free; ++j, ++at) {
        curvature.col(at) =
            -total.cwiseProduct(p.col(i)).cwiseProduct(p.col(j));
        if (i == j)
          curvature.col(at) += total.cwiseProduct(p.col(i));
      }
  }

  /// See LogitBlock::set_prior().
  void set_prior(double rows, const Vector &target) {
    block_.set_prior(rows, target);
  }

  const Vector &penalty() const { return block_.penalty(); }
  void scale_prior(double share) { block_.scale_prior(share); }
  void set_penalty(const Vector &penalty) { block_.set_penalty(penalty); }

private:
  static bool counted(const Block &block) {
    return block.response().cols() > 1;
  }

  static Index observed(const Block &block, Index i) {
    return static_cast<Index>(block.response()(i, 0));
  }

  void logits(const Block &block, const Parameters &parameters,
              Matrix &result) const {
    set_product(block.expert(), parameters.logit, result);
    if (block.offset().cols() == 0)
      return;
    for (Index k = 0; k < experts(); ++k)
      result.middleCols(k * classes(), classes()) += block.offset();
  }

  LogitBlock block_;
};

} // namespace sgmoe

#endif
