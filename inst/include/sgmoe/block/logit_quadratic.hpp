// The quadratic that a logit block (logit.hpp) is maximised by: sums over rows,
// the step, and the move of its anchor.
//
// For logits eta = W'x and p = softmax(eta), with targets t that sum to one,
// the log-likelihood sum_i u_i t_i' log p_i has the score
//   G = sum_i u_i x_i (t_i - p_i)'
// and the negative Hessian sum_i u_i (diag(p_i) - p_i p_i') (x) x_i x_i'. The
// gate has u = a (case weights) and t = tau (posteriors), expert k has
// u = a tau_k and t the class observed.
//
// Bound (Boehning 1992): diag(p) - p p' <= 1/2 (I - 11'/K), which on sum-zero
// vectors acts as 1/2 I, so that
//   (T/2 + lambda D) step = G - lambda D W,   T = sum_i u_i x_i x_i',
// can never lower the objective. The ridge penalty is (lambda/2) sum_k
// w_k'Dw_k.
//
// Prior on the intercepts: a row more in every block, of weight c, at x = e_1
// (the mean of the covariates, in the working basis) with given targets t,
//   c t' log softmax(first row of W).
// It bounds the intercept of a class that never occurs. Its negative Hessian is
// c (diag(p) - pp') at e_1 e_1', below c/2 by the same bound, which both
// curvatures take for it; so it acts like one more row of the block.
//
// Fisher: the negative Hessian itself. With p_k p_l x x' summed for k < l only
// (its blocks sum to zero over l), it is solved in the coordinates in which the
// last class is the reference, where sum-zero coefficients W correspond to
// d_k = w_k - w_K, and the penalty matrix is lambda (I - 11'/K) (x) D.
#ifndef SGMOE_LOGIT_QUADRATIC_HPP
#define SGMOE_LOGIT_QUADRATIC_HPP

#include "logit_statistic.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace sgmoe {

/// A step of a block and the gain in the objective that its quadratic model
/// promises.
struct Step {
  Matrix increment;
  double gain = 0.0;
};

class LogitQuadratic {
public:
  LogitQuadratic() = default;
  /// `penalty` holds lambda D: one entry a column of the design.
  LogitQuadratic(Index classes, const Vector &penalty, Index blocks = 1)
      : classes_(classes), blocks_(blocks), penalty_(penalty) {}

  Index classes() const { return classes_; }
  Index blocks() const { return blocks_; }
  Index columns() const { return penalty_.size(); }
  const Vector &penalty() const { return penalty_; }

  LogitStatistic statistic(bool with_gram, Curvature curvature) const {
    LogitStatistic result;
    result.score = Matrix::Zero(columns(), classes_ * blocks_);
    if (with_gram)
      result.gram = Grams(columns(), blocks_);
    if (curvature == Curvature::fisher && classes_ > 1 && small())
      result.cross = Grams(columns(), pairs() * blocks_);
    return result;
  }

  /// Multiplications that the Fisher sums of a row take, for each of those that
  /// the rest of a pass takes: roughly, how many passes one is worth.
  double fisher_cost() const {
    const auto p = static_cast<double>(columns());
    const double rest = 4.0 * p + 20.0; // a class: logit, score, exponential
    return small() ? static_cast<double>(classes_ - 1) * p * (p + 1.0) /
                         (4.0 * rest)
                   : 0.0;
  }

  /// Adds a block of rows. `weights` holds u, a column a block; `residual`
  /// u (t - p) and `probability` p, the columns of all blocks side by side.
  void accumulate(const Matrix &design, const ConstMatrixRef &weights,
                  const Matrix &probability, const Matrix &residual,
                  Scratch &scratch, LogitStatistic &statistic) const {
    add_cross_product(design, residual, statistic.score);
    if (!statistic.gram.empty())
      statistic.gram.accumulate(design, weights, scratch);
    if (statistic.cross.empty())
      return;
    const RowShare share = scratch.fisher;
    const Index rows = share.count(design.rows());
    scratch.weights.resize(rows, statistic.cross.size());
    Index pair = 0;
    for (Index b = 0; b < blocks_; ++b)
      for (Index k = b * classes_; k < (b + 1) * classes_; ++k)
        for (Index l = k + 1; l < (b + 1) * classes_; ++l)
          scratch.weights.col(pair++) =
              share.of(weights.col(b))
                  .cwiseProduct(
                      share.of(probability.col(k))
                          .cwiseProduct(share.of(probability.col(l))));
    if (share.every == 1) {
      statistic.cross.accumulate(design, scratch.weights, scratch);
      return;
    }
    scratch.weights *= static_cast<double>(share.every);
    scratch.rows = share.of(design);
    statistic.cross.accumulate(scratch.rows, scratch.weights, scratch);
  }

  /// Factorises the Fisher curvature of every block, where there is one, for
  /// this statistic and those that adopt it.
  void factorise(BoundShare share, LogitStatistic &statistic) const {
    if (share.value < 1.0 && !statistic.cross.empty())
      statistic.factors = factors(
          [&](Index b) { return fisher_curvature(statistic, share, b); });
  }

  /// The same of the bound, where there is no Fisher curvature.
  void factorise_bound(LogitStatistic &statistic) const {
    if (classes_ > 1 && statistic.cross.empty())
      statistic.bound =
          factors([&](Index b) { return bound_curvature(statistic, b); });
  }

  double ridge_value(const Matrix &coefficients) const {
    return 0.5 * (penalty_.asDiagonal() * coefficients.cwiseAbs2()).sum();
  }

  /// The ridge and the prior on the intercepts.
  double penalty_value(const Matrix &coefficients) const {
    double value = ridge_value(coefficients);
    for (Index b = 0; b < blocks_ && prior_rows_ > 0.0; ++b) {
      const Vector logits = intercepts(coefficients, b);
      const double top = logits.maxCoeff();
      const double total = top + std::log((logits.array() - top).exp().sum());
      value += prior_rows_ * (total - prior_target_.dot(logits));
    }
    return value;
  }

  Matrix gradient(const LogitStatistic &statistic,
                  const Matrix &coefficients) const {
    Matrix result = statistic.score - penalty_.asDiagonal() * coefficients;
    for (Index b = 0; b < blocks_ && prior_rows_ > 0.0; ++b)
      result.row(0).segment(b * classes_, classes_) +=
          prior_score(coefficients, b).transpose();
    return result;
  }

  /// The step of block b; `coefficients` are those of all blocks.
  Step maximise(const LogitStatistic &statistic, const Matrix &coefficients,
                BoundShare share, Index b = 0) const {
    Matrix gradient =
        own(statistic.score, b) - penalty_.asDiagonal() * own(coefficients, b);
    if (prior_rows_ > 0.0)
      gradient.row(0) += prior_score(coefficients, b).transpose();
    Step step;
    if (classes_ == 1) // a single class has nothing to choose
      step.increment = Matrix::Zero(columns(), 1);
    else if (share.value < 1.0 && !statistic.cross.empty())
      step.increment = fisher_step(statistic, gradient, share, b);
    else
      step.increment = bound_step(statistic, gradient, b);
    step.gain = 0.5 * gradient.cwiseProduct(step.increment).sum();
    return step;
  }

  /// Moves the anchor of a statistic by `increment` (of all blocks): its
  /// quadratic stays what it is, only the point changes that it is written
  /// around, score' = score - curvature increment.
  void reanchor(const Matrix &increment, BoundShare share,
                LogitStatistic &statistic) const {
    if (classes_ == 1)
      return;
    const Index p = columns(), free = classes_ - 1;
    for (Index b = 0; b < blocks_; ++b) {
      const Matrix move = own(increment, b);
      auto score = statistic.score.middleCols(b * classes_, classes_);
      if (share.value >= 1.0 || statistic.cross.empty()) {
        score.noalias() -= 0.5 * statistic.gram.matrix(b) * move;
        continue;
      }
      const Matrix relative = move.leftCols(free).colwise() - move.col(free);
      const Matrix curvature = fisher_curvature(statistic, share, b, false);
      const Vector change =
          curvature * Eigen::Map<const Vector>(relative.data(), p * free);
      const Eigen::Map<const Matrix> by_class(change.data(), p, free);
      score.leftCols(free) -= by_class;
      score.col(free) += by_class.rowwise().sum();
    }
  }

  /// The negative Hessian of block b, its last class as the reference; empty
  /// where the statistic has no Fisher sums.
  Matrix information(const LogitStatistic &statistic, Index b = 0) const {
    if (statistic.cross.empty())
      return Matrix();
    const Index p = columns(), free = classes_ - 1;
    Matrix curvature = Matrix::Zero(p * free, p * free);
    Index pair = b * pairs();
    for (Index k = 0; k < classes_; ++k)
      for (Index l = k + 1; l < classes_; ++l) {
        const Matrix cross = statistic.cross.matrix(pair++);
        curvature.block(k * p, k * p, p, p) += cross;
        if (l == free) // the reference class
          continue;
        curvature.block(l * p, l * p, p, p) += cross;
        curvature.block(k * p, l * p, p, p) -= cross;
        curvature.block(l * p, k * p, p, p) -= cross;
      }
    return curvature;
  }

  /// Shortens the move of each block from one point to another so that no
  /// class's logits change by more than `reach` (root mean square over the rows
  /// of the statistic; `weight` is theirs, one number a block).
  void limit(const LogitStatistic &statistic, const Vector &weight,
             const Matrix &from, double reach, Matrix &to) const {
    for (Index b = 0; b < blocks_; ++b) {
      const Matrix move = own(to, b) - own(from, b);
      const double largest = move.cwiseProduct(statistic.gram.matrix(b) * move)
                                 .colwise()
                                 .sum()
                                 .maxCoeff();
      if (largest > reach * reach * weight(b))
        to.middleCols(b * classes_, classes_) =
            own(from, b) + reach * std::sqrt(weight(b) / largest) * move;
    }
  }

  /// The penalty from now on: lambda D changes with what a sum stands for.
  void set_penalty(const Vector &penalty) { penalty_ = penalty; }

  /// A row of weight `rows` for every block, at the mean of the covariates; the
  /// first column of the design must be an intercept.
  void set_prior(double rows, const Vector &target) {
    require_size("prior", "target", target.size(), classes_);
    prior_rows_ = rows;
    prior_target_ = target;
  }

  /// A share of the prior, for sums over fewer rows than it is meant for.
  void scale_prior(double share) { prior_rows_ *= share; }

protected:
  double prior_rows() const { return prior_rows_; }

  // I - 11'/K
  double centring(Index k, Index l) const {
    return (k == l ? 1.0 : 0.0) - 1.0 / static_cast<double>(classes_);
  }

  Vector intercept_probability(const Matrix &coefficients, Index b) const {
    const Vector logits = intercepts(coefficients, b);
    const Vector odds = (logits.array() - logits.maxCoeff()).exp();
    return odds / odds.sum();
  }

  Vector prior_score(const Matrix &coefficients, Index b) const {
    return prior_rows_ *
           (prior_target_ - intercept_probability(coefficients, b));
  }

private:
  // The Fisher matrix of a larger block costs more than it saves; its steps are
  // by the bound. (One expert for 26 letters, 425 coefficients: 31 passes in
  // place of 222 by the bound; three experts: 127 in place of 895, in a third
  // of the time.)
  static constexpr Index kMostFisher = 600;

  Index pairs() const { return classes_ * (classes_ - 1) / 2; }
  bool small() const { return columns() * (classes_ - 1) <= kMostFisher; }

  Eigen::Block<const Matrix, Eigen::Dynamic, Eigen::Dynamic, true>
  own(const Matrix &all, Index b) const {
    return all.middleCols(b * classes_, classes_);
  }

  Vector intercepts(const Matrix &coefficients, Index b) const {
    return coefficients.row(0).segment(b * classes_, classes_).transpose();
  }

  /// Those of curvature(b) for every block b.
  template <class Curvatures>
  Factors factors(const Curvatures &curvature) const {
    auto result = std::make_shared<std::vector<SymmetricSolve>>();
    for (Index b = 0; b < blocks_; ++b)
      result->emplace_back(curvature(b));
    return result;
  }

  // What ridge and prior add to (I - 11'/K) (x) . in the curvature of a step.
  void add_penalty_bound(Matrix &curvature) const {
    curvature.diagonal() += penalty_;
    if (prior_rows_ > 0.0)
      curvature(0, 0) += 0.5 * prior_rows_;
  }

  Matrix bound_curvature(const LogitStatistic &statistic, Index b) const {
    Matrix curvature = 0.5 * statistic.gram.matrix(b);
    add_penalty_bound(curvature);
    return curvature;
  }

  Matrix bound_step(const LogitStatistic &statistic, const Matrix &gradient,
                    Index b) const {
    if (statistic.bound)
      return (*statistic.bound)[static_cast<std::size_t>(b)].solve(gradient);
    return SymmetricSolve(bound_curvature(statistic, b)).solve(gradient);
  }

  Matrix fisher_curvature(const LogitStatistic &statistic, BoundShare share,
                          Index b, bool penalised = true) const {
    const Index p = columns(), free = classes_ - 1;
    Matrix curvature = information(statistic, b);
    // (I - 11'/K) (x) (share of the bound + penalty)
    Matrix regular = 0.5 * share.value * statistic.gram.matrix(b);
    if (penalised)
      add_penalty_bound(regular);
    for (Index k = 0; k < free; ++k)
      for (Index l = 0; l < free; ++l)
        curvature.block(k * p, l * p, p, p) += centring(k, l) * regular;
    return curvature;
  }

  Matrix fisher_step(const LogitStatistic &statistic, const Matrix &gradient,
                     BoundShare share, Index b) const {
    const Index p = columns(), free = classes_ - 1;
    const Matrix right = Eigen::Map<const Matrix>(gradient.data(), p * free, 1);
    const Matrix solution =
        statistic.factors
            ? (*statistic.factors)[static_cast<std::size_t>(b)].solve(right)
            : SymmetricSolve(fisher_curvature(statistic, share, b))
                  .solve(right);
    Matrix step = Matrix::Zero(p, classes_);
    step.leftCols(free) = Eigen::Map<const Matrix>(solution.data(), p, free);
    step.colwise() -= Vector(step.rowwise().mean());
    return step;
  }

  Index classes_ = 1, blocks_ = 1;
  Vector penalty_;
  double prior_rows_ = 0.0;
  Vector prior_target_;
};

} // namespace sgmoe

#endif
