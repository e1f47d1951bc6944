// Scores of single rows: their sum, and the sum of their outer products, which
// estimates the observed information of the whole mixture (gate and experts
// together, with what is lost because nobody sees which expert a row came
// from). Both are additive, like the statistic of the surrogates.
//
// Where gradients g_i were taken at points theta_i along a path, to first order
//   sum_i g_i(theta_i) = sum_i g_i(theta) + I (theta - mean theta_i),
// I the observed information of all rows. The left side is at hand, and the
// right side vanishes at the maximum but for its second term: so
//   theta_hat = mean theta_i + I^-1 sum_i g_i(theta_i)
// is the maximiser, however far the path lags behind it, as long as the path
// runs where the likelihood is quadratic. With a penalty P the maximiser has
// sum_i g_i(theta_hat) = P'(theta_hat), and the step is
// (I + P'')^-1 (sum_i g_i(theta_i) - P'(mean theta_i)). (One Newton step from
// an average; compare Le Cam's one-step estimator and Polyak and Juditsky
// 1992.)
#ifndef SGMOE_ROW_SCORES_HPP
#define SGMOE_ROW_SCORES_HPP

#include "mixture.hpp"

namespace sgmoe {

struct ScoreStatistic {
  Vector score;        // sum of the scores
  double weight = 0.0; // of the rows in it
  Matrix outer;        // sum of outer products, lower triangle
  double outer_weight = 0.0;

  ScoreStatistic() = default;
  explicit ScoreStatistic(Index size)
      : score(Vector::Zero(size)), outer(Matrix::Zero(size, size)) {}

  /// One whose matrix is made when the first outer products come: most
  /// minibatches of a large model have none.
  static ScoreStatistic without_outer(Index size) {
    ScoreStatistic result;
    result.score = Vector::Zero(size);
    return result;
  }

  /// `scores` has a row a row of data, case weights included; an outer product
  /// counts once for each unit of weight, so it must not have them squared.
  void accumulate(const Matrix &scores, const Vector &weights,
                  bool with_outer) {
    score += scores.colwise().sum().transpose();
    weight += weights.sum();
    if (!with_outer)
      return;
    outer_weight += weights.sum();
    if (outer.size() == 0)
      outer = Matrix::Zero(scores.cols(), scores.cols());
    if ((weights.array() == 1.0).all())
      return add_lower_square(scores, outer);
    const auto plain = weights.array() > 0.0;
    const Vector root = plain.select(weights.array().rsqrt(), 0.0).matrix();
    add_lower_square(root.asDiagonal() * scores, outer);
  }

  void merge(const ScoreStatistic &other) {
    score += other.score;
    weight += other.weight;
    if (outer.size() == 0)
      outer = Matrix::Zero(other.outer.rows(), other.outer.cols());
    for (Index j = 0; j < other.outer.cols(); ++j)
      lower(j) += other.outer.col(j).tail(outer.rows() - j);
    outer_weight += other.outer_weight;
  }

  void scale_score(double factor) {
    score *= factor;
    weight *= factor;
  }

  void scale_outer(double factor) {
    for (Index j = 0; j < outer.cols(); ++j)
      lower(j) *= factor;
    outer_weight *= factor;
  }

private:
  Eigen::VectorBlock<Eigen::Block<Matrix, Eigen::Dynamic, 1, true>>
  lower(Index j) {
    return outer.col(j).tail(outer.rows() - j);
  }
};

// Share of the complete-data information in the matrix of the Newton step. It
// bounds the step in directions of which the rows know little, where the outer
// products may vanish by chance.
constexpr double kCompleteShare = 0.02;

/// The Newton step from `path`, the average of the points where the scores were
/// taken, for the penalised likelihood of all rows. `sums` gives the
/// complete-data information.
template <class Family>
Parameters<Family>
newton_step(const Mixture<Family> &mixture, const ScoreStatistic &scores,
            const Statistic<Family> &sums, const Parameters<Family> &path) {
  if (!(scores.weight > 0.0 && scores.outer_weight > 0.0))
    return path; // nothing to step by as yet
  Matrix curvature = (scores.weight / scores.outer_weight) *
                     Matrix(scores.outer.selfadjointView<Eigen::Lower>());
  curvature += (kCompleteShare * scores.weight / sums.weight) *
               mixture.information(sums, path);
  Vector gradient = scores.score;
  if (mixture.penalised()) {
    curvature += mixture.penalty_curvature(path) + mixture.prior_hessian(path);
    gradient -= mixture.penalty_gradient(path);
  }
  const Vector step = SymmetricSolve(curvature).solve(gradient);
  return mixture.moved(path, step);
}

} // namespace sgmoe

#endif
