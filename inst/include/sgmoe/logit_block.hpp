// The logit block: a multinomial logit on sum-zero coefficients, fitted to
// targets by one quadratic step. The gate is one such block; each
// multinomial-logistic expert is another.
//
// For logits eta = W'x and p = softmax(eta), with targets t that sum to one,
// the log-likelihood sum_i a_i t_i' log p_i has the score
//   G = sum_i a_i x_i (t_i - p_i)'
// and the negative Hessian sum_i a_i (diag(p_i) - p_i p_i') (x) x_i x_i'.
//
// Bound (Boehning 1992): diag(p) - p p' <= 1/2 (I - 11'/K), which on sum-zero
// vectors acts as 1/2 I, so that
//   (S/2 + lambda D) step = G - lambda D W,   S = sum_i a_i x_i x_i',
// can never lower the objective. The ridge penalty is (lambda/2) sum_k
// w_k'Dw_k.
//
// Fisher: the negative Hessian itself. With p_k p_l x x' summed for k < l only
// (its blocks sum to zero over l), it is solved in the coordinates in which the
// last class is the reference, where sum-zero coefficients W correspond to
// d_k = w_k - w_K, and the penalty matrix is lambda (I - 11'/K) (x) D.
#ifndef SGMOE_LOGIT_BLOCK_HPP
#define SGMOE_LOGIT_BLOCK_HPP

#include "gram.hpp"
#include "symmetric_solve.hpp"

namespace sgmoe {

enum class Curvature { bound, fisher };

/// A step of a block and the gain in the objective that its quadratic model
/// promises.
struct Step {
  Matrix increment;
  double gain = 0.0;
};

/// The sums that a logit block needs. `gram` is left out where the caller
/// already knows it, `cross` unless the Fisher curvature is asked for.
struct LogitStatistic {
  Matrix score;
  Grams gram;
  Grams cross;

  void merge(const LogitStatistic &other) {
    score += other.score;
    if (!gram.empty())
      gram.merge(other.gram);
    if (!cross.empty())
      cross.merge(other.cross);
  }

  void scale(double factor) {
    score *= factor;
    gram.scale(factor);
    cross.scale(factor);
  }
};

class LogitBlock {
public:
  LogitBlock() = default;
  /// `penalty` holds lambda D: one entry a column of the design.
  LogitBlock(Index classes, const Vector &penalty)
      : classes_(classes), penalty_(penalty) {}

  Index classes() const { return classes_; }
  Index columns() const { return penalty_.size(); }
  const Vector &penalty() const { return penalty_; }

  LogitStatistic statistic(bool with_gram, Curvature curvature) const {
    LogitStatistic result;
    result.score = Matrix::Zero(columns(), classes_);
    if (with_gram)
      result.gram = Grams(columns(), 1);
    if (curvature == Curvature::fisher && classes_ > 1)
      result.cross = Grams(columns(), classes_ * (classes_ - 1) / 2);
    return result;
  }

  /// Adds a block of rows. `residual` holds a (t - p), row by row.
  void accumulate(const Matrix &design, const Vector &weights,
                  const Matrix &probability, const Matrix &residual,
                  Matrix &buffer, LogitStatistic &statistic) const {
    add_cross_product(design, residual, statistic.score);
    if (!statistic.gram.empty())
      statistic.gram.accumulate(design, weights, buffer);
    if (statistic.cross.empty())
      return;
    Matrix products(design.rows(), statistic.cross.size());
    Index pair = 0;
    for (Index k = 0; k < classes_; ++k)
      for (Index l = k + 1; l < classes_; ++l)
        products.col(pair++) = weights.cwiseProduct(
            probability.col(k).cwiseProduct(probability.col(l)));
    statistic.cross.accumulate(design, products, buffer);
  }

  double penalty_value(const Matrix &coefficients) const {
    return 0.5 * (penalty_.asDiagonal() * coefficients.cwiseAbs2()).sum();
  }

  Matrix gradient(const LogitStatistic &statistic,
                  const Matrix &coefficients) const {
    return statistic.score - penalty_.asDiagonal() * coefficients;
  }

  Step maximise(const LogitStatistic &statistic, const Matrix &coefficients,
                Curvature curvature) const {
    const Matrix gradient = this->gradient(statistic, coefficients);
    Step step;
    if (classes_ == 1) // a single class has nothing to choose
      step.increment = Matrix::Zero(columns(), 1);
    else if (curvature == Curvature::fisher)
      step.increment = fisher_step(statistic, gradient);
    else
      step.increment = bound_step(statistic, gradient);
    step.gain = 0.5 * gradient.cwiseProduct(step.increment).sum();
    return step;
  }

  /// The negative Hessian with the last class as the reference; needs `cross`.
  Matrix information(const LogitStatistic &statistic) const {
    const Index p = columns(), free = classes_ - 1;
    Matrix curvature = Matrix::Zero(p * free, p * free);
    Index pair = 0;
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

private:
  Matrix bound_step(const LogitStatistic &statistic,
                    const Matrix &gradient) const {
    Matrix curvature = 0.5 * statistic.gram.matrix(0);
    curvature.diagonal() += penalty_;
    return SymmetricSolve(curvature).solve(gradient);
  }

  // A small part of the bound keeps the system regular where probabilities
  // reach zero or one; it changes the rate of convergence by as little.
  static constexpr double kBoundShare = 1e-4;

  Matrix fisher_step(const LogitStatistic &statistic,
                     const Matrix &gradient) const {
    const Index p = columns(), free = classes_ - 1;
    Matrix curvature = information(statistic);
    // (I - 11'/K) (x) (share of the bound + penalty)
    Matrix regular = 0.5 * kBoundShare * statistic.gram.matrix(0);
    regular.diagonal() += penalty_;
    for (Index k = 0; k < free; ++k)
      for (Index l = 0; l < free; ++l)
        curvature.block(k * p, l * p, p, p) +=
            ((k == l ? 1.0 : 0.0) - 1.0 / static_cast<double>(classes_)) *
            regular;
    const Matrix right = Eigen::Map<const Matrix>(gradient.data(), p * free, 1);
    const Matrix solution = SymmetricSolve(curvature).solve(right);
    Matrix step = Matrix::Zero(p, classes_);
    step.leftCols(free) = Eigen::Map<const Matrix>(solution.data(), p, free);
    step.colwise() -= Vector(step.rowwise().mean());
    return step;
  }

  Index classes_ = 1;
  Vector penalty_;
};

} // namespace sgmoe

#endif
