// Stable softmax of a block of rows.
#ifndef SGMOE_SOFTMAX_HPP
#define SGMOE_SOFTMAX_HPP

#include "common.hpp"

namespace sgmoe {

/// The normaliser of each row of a softmax: largest + log(sum), kept in two
/// parts so that a difference of normalisers costs one logarithm.
struct Normaliser {
  Eigen::ArrayXd largest, sum;
};

/// log-sum-exp of `left` minus that of `right`, row by row.
inline void log_ratio(const Normaliser &left, const Normaliser &right,
                      Vector &result) {
  result =
      (left.largest - right.largest + (left.sum / right.sum).log()).matrix();
}

/// Turns each row of `logits`, a matrix or some columns of one, into
/// probabilities, in place. Works column by
/// column, because rows of a column-major block are strided. The largest logit
/// of a row is subtracted first, so no logit overflows; a difference below
/// -700 counts as -700, which keeps every probability a normal (not a slow
/// denormal) number.
template <class Logits> void softmax(Logits &&logits, Normaliser &normaliser) {
  const Index classes = logits.cols();
  normaliser.largest = logits.col(0).array();
  for (Index k = 1; k < classes; ++k)
    normaliser.largest = normaliser.largest.max(logits.col(k).array());
  normaliser.sum = Eigen::ArrayXd::Zero(logits.rows());
  for (Index k = 0; k < classes; ++k) {
    auto column = logits.col(k).array();
    column = (column - normaliser.largest).max(-700.0).exp();
    normaliser.sum += column;
  }
  const Eigen::ArrayXd inverse = normaliser.sum.inverse();
  for (Index k = 0; k < classes; ++k)
    logits.col(k).array() *= inverse;
}

} // namespace sgmoe

#endif
