// The linear block: weighted least squares with several responses, for each
// expert, in increment form.
//
// With weights u_ik = a_i tau_ik, current coefficients A_k (r x q) and
// residuals e_ik = y_i - A_k'z_i, the sums are
//   n_k = sum u,  T_k = sum u z z',  U_k = sum u z e',  C_k = sum u e e'.
// The maximiser under the penalty (lambda/2) tr(Sigma^-1 A'DA) is
//   A_k + step,  (T_k + lambda D) step = U_k - lambda D A_k,
// whatever Sigma is, and the penalised cross-product
//   P(A) = sum u (y - A'z)(y - A'z)' + lambda A'DA
// falls from C_k + lambda A'DA by step' (T_k + lambda D) step. Increments lose
// no digits near convergence, where U_k tends to zero.
//
// That is also why a Gram matrix of an earlier pass will do for some passes:
// where U_k = lambda D A_k the step is zero whatever T_k is, so that the fixed
// points are the same, and only the way there differs. With G in place of
// T_k + lambda D the gain is tr(Sigma^-1 step'(G - (T_k + lambda D) / 2) step),
// not negative as long as T_k + lambda D <= 2 G. Where weights moved by more
// the objective may fall, and the driver takes the step again by the matrices
// of that point (driver/batch.hpp).
//
// On wide designs, where a factorisation costs more than the other sums of a
// pass, that of an earlier T_k serves with it: G is the earlier T_k + lambda D
// times how much the weight grew, one at least. Then P falls by
//   2 step'(U_k - lambda D A_k) - step'(T_k + lambda D) step.
#ifndef SGMOE_LINEAR_BLOCK_HPP
#define SGMOE_LINEAR_BLOCK_HPP

#include "../core/gram.hpp"
#include "../core/solve.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace sgmoe {

/// The sums for all experts; those of expert k are in columns kq, ..., kq+q-1.
struct LinearStatistic {
  Vector weight;   // n_k
  Grams gram;      // T_k
  Matrix cross;    // U_k, side by side
  Matrix residual; // C_k, side by side
  /// On wide designs T_k + lambda D factorised, once for all passes that it
  /// serves, and how much the weights grew since.
  Factors factors;
  Vector growth;

  void merge(const LinearStatistic &other) {
    factors.reset();
    weight += other.weight;
    gram.merge(other.gram);
    cross += other.cross;
    residual += other.residual;
  }

  void scale(double factor) {
    factors.reset();
    weight *= factor;
    gram.scale(factor);
    cross *= factor;
    residual *= factor;
  }

  /// Calls visit(name, numbers) for all that a statistic is made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("weight", weight);
    visit("gram", gram.packed());
    visit("cross", cross);
    visit("residual", residual);
  }

  /// Takes Gram matrices that were left out from a statistic of the same rows
  /// at other parameters, in proportion to the experts' weights.
  void adopt_curvature(const LinearStatistic &other) {
    if (!gram.empty())
      return;
    growth = weight_ratio(weight, other.weight);
    gram.adopt(other.gram, growth);
    factors = other.factors;
  }
};

/// What one expert's least squares gives.
struct LinearStep {
  Matrix increment;     // of A_k
  Matrix before, after; // penalised cross-product at A_k and A_k + increment
  bool starved = false; // too little weight: A_k is kept
};

class LinearBlock {
public:
  LinearBlock() = default;
  /// `penalty` holds lambda D: one entry a column of the design.
  LinearBlock(Index experts, Index responses, const Vector &penalty)
      : experts_(experts), responses_(responses), penalty_(penalty) {}

  Index experts() const { return experts_; }
  Index responses() const { return responses_; }
  Index columns() const { return penalty_.size(); }
  const Vector &penalty() const { return penalty_; }

  LinearStatistic statistic(bool with_gram = true) const {
    LinearStatistic result;
    result.weight = Vector::Zero(experts_);
    if (with_gram)
      result.gram = Grams(columns(), experts_);
    result.cross = Matrix::Zero(columns(), responses_ * experts_);
    result.residual = Matrix::Zero(responses_, responses_ * experts_);
    return result;
  }

  /// Residuals y - A_k'z of a block, side by side for all experts.
  void residuals(const Matrix &design, const Matrix &response,
                 const Matrix &coefficients, Matrix &result) const {
    set_product(design, coefficients, result);
    for (Index k = 0; k < experts_; ++k)
      result.middleCols(k * responses_, responses_) =
          response - result.middleCols(k * responses_, responses_);
  }

  /// Adds a block of rows. `weights` holds a tau_k, a column an expert.
  void accumulate(const Matrix &design, const Matrix &weights,
                  const Matrix &residuals, Scratch &scratch,
                  LinearStatistic &statistic) const {
    for (Index k = 0; k < experts_; ++k)
      statistic.weight(k) += weights.col(k).sum();
    if (!statistic.gram.empty())
      statistic.gram.accumulate(design, weights, scratch);
    Matrix &buffer = scratch.panel;
    buffer.resize(design.rows(), residuals.cols());
    for (Index k = 0; k < experts_; ++k)
      for (Index j = k * responses_; j < (k + 1) * responses_; ++j)
        buffer.col(j) = residuals.col(j).cwiseProduct(weights.col(k));
    add_cross_product(design, buffer, statistic.cross);
    for (Index k = 0; k < experts_; ++k)
      add_cross_product(
          residuals.middleCols(k * responses_, responses_),
          buffer.middleCols(k * responses_, responses_),
          statistic.residual.middleCols(k * responses_, responses_));
  }

  /// Factorises what the steps divide by, on wide designs, for this statistic
  /// and those that adopt it.
  void factorise(LinearStatistic &statistic) const {
    if (columns() <= kNarrow)
      return;
    auto factors = std::make_shared<std::vector<SymmetricSolve>>();
    for (Index k = 0; k < experts_; ++k)
      factors->emplace_back(curvature(statistic, k));
    statistic.factors = std::move(factors);
    statistic.growth = Vector::Ones(experts_);
  }

  /// The least-squares step of expert k. `least_weight` is the weight that a
  /// row of data is worth: an expert whose weight is below that many rows as
  /// it has coefficients to determine would interpolate them, so it is kept as
  /// it is for this pass. A ridge determines them all, and one row suffices.
  LinearStep maximise(const LinearStatistic &statistic, Index k,
                      const Matrix &coefficients, double least_weight) const {
    const auto own = [&](const Matrix &all) {
      return all.middleCols(k * responses_, responses_);
    };
    const Matrix penalised = penalty_.asDiagonal() * coefficients;
    LinearStep step;
    step.before = own(statistic.residual);
    step.before += coefficients.transpose() * penalised;
    step.increment = Matrix::Zero(columns(), responses_);
    step.after = step.before;
    const Matrix slope = own(statistic.cross) - penalised;
    if (statistic.factors)
      step_by_earlier(statistic, k, slope, least_weight, step);
    else
      step_by_own(statistic, k, slope, least_weight, step);
    return step;
  }

  /// Moves the anchor of a statistic by `increment` (of all A_k, side by side):
  ///   U' = U - T step,  C' = C - step'U - U'step + step'T step.
  void reanchor(const Matrix &increment, LinearStatistic &statistic) const {
    for (Index k = 0; k < experts_; ++k) {
      const Matrix step = increment.middleCols(k * responses_, responses_);
      auto cross = statistic.cross.middleCols(k * responses_, responses_);
      auto residual = statistic.residual.middleCols(k * responses_, responses_);
      const Matrix before = step.transpose() * cross;
      cross.noalias() -= statistic.gram.matrix(k) * step;
      const Matrix after = step.transpose() * cross;
      residual -= before + after.transpose();
    }
  }

  /// The penalty from now on: lambda D changes with what a sum stands for.
  void set_penalty(const Vector &penalty) { penalty_ = penalty; }

private:
  // From more columns on a factorisation serves for several passes.
  static constexpr Index kNarrow = 128;

  void step_by_own(const LinearStatistic &statistic, Index k,
                   const Matrix &slope, double least_weight,
                   LinearStep &step) const {
    const Matrix divisor = curvature(statistic, k);
    const SymmetricSolve solver(divisor);
    step.starved = starves(statistic, k, solver.rank(), least_weight);
    if (step.starved)
      return;
    step.increment = solver.solve(slope);
    step.after -= step.increment.transpose() * divisor * step.increment;
  }

  void step_by_earlier(const LinearStatistic &statistic, Index k,
                       const Matrix &slope, double least_weight,
                       LinearStep &step) const {
    const SymmetricSolve &earlier =
        (*statistic.factors)[static_cast<std::size_t>(k)];
    step.starved = starves(statistic, k, earlier.rank(), least_weight);
    if (step.starved)
      return;
    step.increment = earlier.solve(slope) / std::max(1.0, statistic.growth(k));
    Matrix curved = statistic.gram.times(k, step.increment);
    curved += penalty_.asDiagonal() * step.increment;
    step.after += step.increment.transpose() * (curved - 2.0 * slope);
  }

  /// T_k + lambda D
  Matrix curvature(const LinearStatistic &statistic, Index k) const {
    Matrix result = statistic.gram.matrix(k);
    result.diagonal() += penalty_;
    return result;
  }

  bool starves(const LinearStatistic &statistic, Index k, Index rank,
               double least_weight) const {
    const bool ridge = (penalty_.array() > 0.0).any();
    const double rows_needed = ridge ? 1.0 : static_cast<double>(rank);
    return !(statistic.weight(k) >= rows_needed * least_weight) ||
           statistic.weight(k) <= 0.0;
  }

  Index experts_ = 1, responses_ = 1;
  Vector penalty_;
};

} // namespace sgmoe

#endif
