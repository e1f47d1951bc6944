// The logit block: multinomial logits on sum-zero coefficients, fitted to
// targets by one quadratic step. The gate is one such block; the
// multinomial-logistic experts are several, side by side, on one design.
//
// What a block adds up and how it steps is in logit_quadratic.hpp; here are its
// free coordinates.
#ifndef SGMOE_LOGIT_BLOCK_HPP
#define SGMOE_LOGIT_BLOCK_HPP

#include "logit_quadratic.hpp"

namespace sgmoe {

class LogitBlock : public LogitQuadratic {
public:
  using LogitQuadratic::LogitQuadratic;

  // Free coordinates, for what looks at single rows: the coefficients of every
  // class but the last of each block, relative to it. Scores in them are those
  // columns of the score; a step in them is followed by centring.

  Index free_size() const { return columns() * (classes() - 1) * blocks(); }

  /// Scores of single rows from u (t - p), a row of `result` each.
  template <class Result>
  void row_scores(const Matrix &design, const Matrix &residual,
                  Result &&result) const {
    Index column = 0;
    for (Index b = 0; b < blocks(); ++b)
      for (Index k = b * classes(); k + 1 < (b + 1) * classes(); ++k)
        for (Index j = 0; j < columns(); ++j)
          result.col(column++) = residual.col(k).cwiseProduct(design.col(j));
  }

  /// The free coordinates of a gradient whose rows sum to zero in every block.
  Vector free_gradient(const Vector &gradient) const {
    const Index size = columns() * (classes() - 1), all = columns() * classes();
    Vector result(free_size());
    for (Index b = 0; b < blocks(); ++b)
      result.segment(b * size, size) = gradient.segment(b * all, size);
    return result;
  }

  Vector to_free(const Matrix &coefficients) const {
    const Index size = columns() * (classes() - 1);
    Vector result(free_size());
    for (Index b = 0; b < blocks(); ++b)
      for (Index k = 0; k + 1 < classes(); ++k)
        result.segment(b * size + k * columns(), columns()) =
            coefficients.col(b * classes() + k) -
            coefficients.col((b + 1) * classes() - 1);
    return result;
  }

  void move(const ConstVectorRef &step, Matrix &coefficients) const {
    const Index size = columns() * (classes() - 1);
    for (Index b = 0; b < blocks(); ++b) {
      auto own = coefficients.middleCols(b * classes(), classes());
      own.leftCols(classes() - 1) += Eigen::Map<const Matrix>(
          step.data() + b * size, columns(), classes() - 1);
      own.colwise() -= Vector(own.rowwise().mean());
    }
  }

  /// Adds `share` of the Fisher information of all blocks; needs Fisher sums.
  template <class Result>
  void add_information(const LogitStatistic &statistic, double share,
                       Result &&result) const {
    const Index size = columns() * (classes() - 1);
    for (Index b = 0; b < blocks() && size > 0; ++b)
      result.block(b * size, b * size, size, size) +=
          share * information(statistic, b);
  }

  /// Adds the second derivatives of the penalty.
  template <class Result> void add_penalty(Result &&result) const {
    const Index p = columns(), free = classes() - 1;
    for (Index b = 0; b < blocks(); ++b)
      for (Index k = 0; k < free; ++k)
        for (Index l = 0; l < free; ++l)
          result.block((b * free + k) * p, (b * free + l) * p, p, p)
              .diagonal() += centring(k, l) * penalty();
  }

  /// The first derivatives of the penalty.
  Vector penalty_gradient(const Matrix &coefficients) const {
    const Index size = columns() * (classes() - 1);
    Vector result(free_size());
    for (Index b = 0; b < blocks(); ++b) {
      const Matrix own = penalty().asDiagonal() *
                         coefficients.middleCols(b * classes(), classes() - 1);
      result.segment(b * size, size) =
          Eigen::Map<const Vector>(own.data(), size);
      if (prior_rows() > 0.0)
        for (Index k = 0; k + 1 < classes(); ++k)
          result(b * size + k * columns()) -= prior_score(coefficients, b)(k);
    }
    return result;
  }

  /// Adds the second derivatives of the prior on the intercepts.
  template <class Result>
  void add_prior(const Matrix &coefficients, Result &&result) const {
    const Index p = columns(), free = classes() - 1;
    for (Index b = 0; b < blocks() && prior_rows() > 0.0; ++b) {
      const Vector probability = intercept_probability(coefficients, b);
      for (Index k = 0; k < free; ++k)
        for (Index l = 0; l < free; ++l)
          result((b * free + k) * p, (b * free + l) * p) +=
              prior_rows() * probability(k) *
              ((k == l ? 1.0 : 0.0) - probability(l));
    }
  }
};

} // namespace sgmoe

#endif
