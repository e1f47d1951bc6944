// The block of a generalised linear model with one predictor an expert,
// eta_k = b_k'z + offset, in increment form. The family says, row by row, what
// the derivatives of its log-density in the predictor are: the first, s, and
// the expected or observed negative second, w >= 0, at the current
// coefficients. Links (log, inverse, ...) are hidden in both. With weights
// u_ik = a_i tau_ik the sums are
//   n_k = sum u,  T_k = sum u w z z',  U_k = sum u s z,
// and the step is Newton's (Fisher's scoring), under the penalty
// (lambda/2) sum_k b_k'D b_k
//   (T_k + lambda D) step = U_k - lambda D b_k.
//
// No bound holds for all predictors, so the step may overshoot, and must be
// made safe by others: in batch by a bound of the family's own that needs to
// know how far the step reaches (reach()), or by backtracking (shorten()); in
// streams, where rows are gone once they are learnt, by a limit on the change
// of the predictor (limit()). For all that, extent_j = max |z_j| over all rows
// is kept: no predictor changes by more than sum_j |step_j| extent_j. A mean
// over the rows would not do: what a few rows ask for may be far out of reach
// of their quadratic, and all the others hide it.
#ifndef SGMOE_GLM_BLOCK_HPP
#define SGMOE_GLM_BLOCK_HPP

#include "../core/gram.hpp"
#include "../core/solve.hpp"

#include <cmath>

namespace sgmoe {

/// The sums for all experts, a column each.
struct GlmStatistic {
  Vector weight; // n_k
  Grams gram;    // T_k
  Matrix score;  // U_k
  Vector extent; // of the rows' columns; does not wear off

  /// Calls visit(name, numbers) for all that a statistic is made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("weight", weight);
    visit("gram", gram.packed());
    visit("score", score);
    visit("extent", extent);
  }

  void merge(const GlmStatistic &other) {
    weight += other.weight;
    gram.merge(other.gram);
    score += other.score;
    extent = extent.cwiseMax(other.extent).eval();
  }

  void scale(double factor) {
    weight *= factor;
    gram.scale(factor);
    score *= factor;
  }

  /// See LinearStatistic::adopt_curvature().
  void adopt_curvature(const GlmStatistic &other) {
    if (gram.empty())
      gram.adopt(other.gram, weight_ratio(weight, other.weight));
  }
};

/// What one expert's step is.
struct GlmStep {
  Vector increment;
  double gain = 0.0;    // promised by the quadratic
  bool starved = false; // too little weight: b_k is kept
};

class GlmBlock {
public:
  GlmBlock() = default;
  /// `penalty` holds lambda D: one entry a column of the design.
  GlmBlock(Index experts, const Vector &penalty)
      : experts_(experts), penalty_(penalty) {}

  Index experts() const { return experts_; }
  Index columns() const { return penalty_.size(); }
  const Vector &penalty() const { return penalty_; }

  GlmStatistic statistic(bool with_gram = true) const {
    GlmStatistic result;
    result.weight = Vector::Zero(experts_);
    if (with_gram)
      result.gram = Grams(columns(), experts_);
    result.score = Matrix::Zero(columns(), experts_);
    result.extent = Vector::Zero(columns());
    return result;
  }

  /// Adds a block of rows: `weights` holds u, `information` u w and `slope`
  /// u s, a column an expert.
  void accumulate(const Matrix &design, const Matrix &weights,
                  const Matrix &information, const Matrix &slope,
                  Scratch &scratch, GlmStatistic &statistic) const {
    for (Index k = 0; k < weights.cols(); ++k)
      statistic.weight(k) += weights.col(k).sum();
    if (!statistic.gram.empty())
      statistic.gram.accumulate(design, information, scratch);
    add_cross_product(design, slope, statistic.score);
    for (Index i = 0; i < design.rows(); ++i)
      if (weights.row(i).maxCoeff() > 0.0)
        for (Index j = 0; j < columns(); ++j)
          statistic.extent(j) =
              std::max(statistic.extent(j), std::fabs(design(i, j)));
  }

  double penalty_value(const Matrix &coefficients) const {
    return 0.5 * (penalty_.asDiagonal() * coefficients.cwiseAbs2()).sum();
  }

  Matrix gradient(const GlmStatistic &statistic,
                  const Matrix &coefficients) const {
    return statistic.score - penalty_.asDiagonal() * coefficients;
  }

  /// The step of expert k from its `gradient`. `beside` holds the second
  /// derivatives of what is subtracted from the rows' part of the objective,
  /// penalty() at least, one entry a column. `least_weight` is the weight that
  /// a row of data is worth: an expert with less weight than rows to determine
  /// its coefficients is kept as it is for this pass (as in linear.hpp).
  GlmStep maximise(const GlmStatistic &statistic, Index k,
                   const Vector &gradient, const Vector &beside,
                   double least_weight) const {
    GlmStep step;
    step.increment = Vector::Zero(columns());
    Matrix curvature = statistic.gram.matrix(k);
    curvature.diagonal() += beside;
    const SymmetricSolve solver(curvature);
    const bool ridge = (penalty_.array() > 0.0).any();
    const double rows_needed = ridge ? 1.0 : static_cast<double>(solver.rank());
    step.starved = !(statistic.weight(k) >= rows_needed * least_weight) ||
                   statistic.weight(k) <= 0.0;
    if (step.starved)
      return step;
    step.increment = solver.solve(gradient);
    step.gain = 0.5 * gradient.dot(step.increment);
    return step;
  }

  /// No row's predictor changes by more in a step of one expert.
  double reach(const GlmStatistic &statistic,
               const ConstVectorRef &increment) const {
    return increment.cwiseAbs().dot(statistic.extent);
  }

  /// Backtracking: the length of the attempt-th shorter step. The direction is
  /// one of ascent, so that one of them is short enough.
  static constexpr Index kAttempts = 10;
  static double shorten(Index attempt) {
    return std::pow(0.25, static_cast<double>(attempt + 1));
  }

  /// Shortens the move of each expert from one point to another so that no
  /// row's predictor changes by more than `reach`.
  void limit(const GlmStatistic &statistic, const Matrix &from, double reach,
             Matrix &to) const {
    for (Index k = 0; k < experts_; ++k) {
      const Vector move = to.col(k) - from.col(k);
      const double largest = this->reach(statistic, move);
      if (largest > reach)
        to.col(k) = from.col(k) + (reach / largest) * move;
    }
  }

  /// Moves the anchor of a statistic by `increment` (of all experts): its
  /// quadratic stays what it is, U' = U - T increment.
  void reanchor(const Matrix &increment, GlmStatistic &statistic) const {
    for (Index k = 0; k < experts_; ++k)
      statistic.score.col(k) -= statistic.gram.matrix(k) * increment.col(k);
  }

  // Free coordinates are the coefficients, b_1, ..., b_K.

  Index free_size() const { return columns() * experts_; }

  /// Scores of single rows from u s, a row of `result` each.
  template <class Result>
  void row_scores(const Matrix &design, const Matrix &slope,
                  Result &&result) const {
    Index column = 0;
    for (Index k = 0; k < experts_; ++k)
      for (Index j = 0; j < columns(); ++j)
        result.col(column++) = slope.col(k).cwiseProduct(design.col(j));
  }

  /// Adds `share` of the information of all experts.
  template <class Result>
  void add_information(const GlmStatistic &statistic, double share,
                       Result &&result) const {
    const Index r = columns();
    for (Index k = 0; k < experts_; ++k)
      result.block(k * r, k * r, r, r) += share * statistic.gram.matrix(k);
  }

  /// Adds the second derivatives of the penalty.
  template <class Result> void add_penalty(Result &&result) const {
    const Index r = columns();
    for (Index k = 0; k < experts_; ++k)
      result.block(k * r, k * r, r, r).diagonal() += penalty_;
  }

  /// The penalty from now on: lambda D changes with what a sum stands for.
  void set_penalty(const Vector &penalty) { penalty_ = penalty; }

private:
  Index experts_ = 1;
  Vector penalty_;
};

} // namespace sgmoe

#endif
