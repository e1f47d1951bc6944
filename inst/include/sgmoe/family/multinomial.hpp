// The family of multinomial-logistic experts:
//   f_k(y = m | z) = exp(v_km'z) / sum_j exp(v_kj'z).
//
// Expert k is a logit block with weights a tau_k and the observed class as its
// target. A row of counts y_1, ..., y_M (N in all) shares one latent expert:
// f_k = prod_m p_km^y_m (the multinomial coefficient is left out), the weight
// is a tau_k N and the target y / N.
//
// The response is one column of class numbers 0, ..., M - 1, or M columns of
// counts. Offsets, one a class, are added to the logits of every expert.
#ifndef SGMOE_MULTINOMIAL_HPP
#define SGMOE_MULTINOMIAL_HPP

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

class Multinomial
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

  Multinomial(Index experts, Index classes, const Vector &penalty)
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
  double fisher_cost() const { return block_.fisher_cost(); }
  std::vector<BlockInformation>
  information_blocks(const Statistic &statistic) const {
    std::vector<BlockInformation> result;
    for (Index k = 0; k < experts(); ++k)
      result.push_back({block_.information(statistic.logit, k),
                        statistic.logit.gram.matrix(k)});
    return result;
  }

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

  /// One quadratic step of every block. An expert with less weight than it has
  /// coefficients to a class is kept as it is for this pass (labels on so few
  /// rows it would separate), unless a ridge determines its coefficients.
  Parameters maximise(const Statistic &statistic, const Parameters &current,
                      double least_weight, BoundShare share,
                      ExpertReport &report) const {
    const auto k_size = static_cast<std::size_t>(experts());
    const bool ridge = (block_.penalty().array() > 0.0).any();
    report.starved.assign(k_size, false);
    report.floored.assign(k_size, false);
    report.gain = 0.0;
    Parameters next = current;
    for (Index k = 0; k < experts(); ++k) {
      const double weight = statistic.weight(k);
      const double rows_needed =
          ridge ? 1.0
                : static_cast<double>(
                      SymmetricSolve(statistic.logit.gram.matrix(k)).rank());
      if (!(weight >= rows_needed * least_weight) || weight <= 0.0) {
        report.starved[static_cast<std::size_t>(k)] = true;
        continue;
      }
      const Step step =
          block_.maximise(statistic.logit, current.logit, share, k);
      next.logit.middleCols(k * classes(), classes()) += step.increment;
      report.gain += step.gain;
    }
    return next;
  }

  /// The step by the bound, which cannot fail.
  Parameters safe_step(const Statistic &statistic, const Parameters &current,
                       double least_weight, Index, ExpertReport &report) const {
    return maximise(statistic, current, least_weight, Curvature::bound, report);
  }

  /// A plain step by the bound is safe already.
  Index safe_attempts(Curvature curvature) const {
    return curvature == Curvature::bound ? 0 : 1;
  }

  /// Shortens steps that change logits by more than `reach`.
  void limit(const Statistic &statistic, const Parameters &from, double reach,
             Parameters &to) const {
    block_.limit(statistic.logit, statistic.weight, from.logit, reach,
                 to.logit);
  }

  /// Moves the anchor of a statistic.
  void reanchor(const Parameters &from, const Parameters &to, BoundShare share,
                Statistic &statistic) const {
    block_.reanchor(to.logit - from.logit, share, statistic.logit);
  }

  void factorise(BoundShare share, Statistic &statistic) const {
    block_.factorise(share, statistic.logit);
  }

  double ridge_value(const Parameters &parameters) const {
    return block_.ridge_value(parameters.logit);
  }

  double penalty_value(const Parameters &parameters) const {
    return block_.penalty_value(parameters.logit);
  }

  /// See LogitBlock::set_prior().
  void set_prior(double rows, const Vector &target) {
    block_.set_prior(rows, target);
  }

  // Packed form: V_1, ..., V_K, column by column.

  Index packed_size() const { return columns() * mean_columns(); }

  Vector pack(const Parameters &parameters) const {
    return Eigen::Map<const Vector>(parameters.logit.data(), packed_size());
  }

  Parameters unpack(const ConstVectorRef &packed) const {
    const Vector values = packed;
    return {Eigen::Map<const Matrix>(values.data(), columns(), mean_columns())};
  }

  /// Gradient of the penalised log-likelihood in the packed form, from the
  /// statistic taken at `parameters`.
  Vector gradient(const Statistic &statistic,
                  const Parameters &parameters) const {
    return pack({block_.gradient(statistic.logit, parameters.logit)});
  }

  // Coordinates of atoms (see mixing_measure.hpp), a column an expert: all
  // converge at one rate (arXiv:2602.07997).

  Matrix slow(const Parameters &parameters, bool) const {
    const Matrix &logit = parameters.logit;
    const Index size = columns() * classes();
    return Eigen::Map<const Matrix>(logit.data(), size, logit.size() / size);
  }

  Matrix fast(const Parameters &parameters, bool) const {
    return Matrix(0, parameters.logit.cols() / classes());
  }

  /// The inverse, for any number of atoms.
  Parameters from_atoms(const Matrix &slow, const Matrix &, bool) const {
    return {Eigen::Map<const Matrix>(slow.data(), columns(),
                                     classes() * slow.cols())};
  }

  // Free coordinates (see logit_block.hpp).

  Index free_size() const { return block_.free_size(); }
  Vector free_gradient(const Vector &packed) const {
    return block_.free_gradient(packed);
  }
  Vector to_free(const Parameters &parameters) const {
    return block_.to_free(parameters.logit);
  }
  Parameters from_free(const ConstVectorRef &values) const {
    Parameters result = origin();
    block_.move(values, result.logit);
    return result;
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

  /// Adds the second derivatives of the prior.
  template <class Result>
  void add_prior(const Parameters &parameters, Result &&result) const {
    block_.add_prior(parameters.logit, result);
  }

  void move(const ConstVectorRef &step, Parameters &parameters) const {
    block_.move(step, parameters.logit);
  }

  template <class Result>
  void add_information(const Statistic &statistic, const Parameters &,
                       double share, Result &&result) const {
    block_.add_information(statistic.logit, share, result);
  }

  template <class Result>
  void add_penalty(const Parameters &, Result &&result) const {
    block_.add_penalty(result);
  }

  Vector penalty_gradient(const Parameters &parameters) const {
    return block_.penalty_gradient(parameters.logit);
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
