// Stable softmax of a block of rows.
#ifndef SGMOE_SOFTMAX_HPP
#define SGMOE_SOFTMAX_HPP

#include "common.hpp"
#include "kernels.hpp"

namespace sgmoe {

/// The normaliser of each row of a softmax: largest + log(sum), kept in two
/// parts so that a difference of normalisers costs one logarithm.
struct Normaliser {
  Eigen::ArrayXd largest, sum;
};

/// log-sum-exp of `left` minus that of `right`, row by row.
inline void log_ratio(const Normaliser &left, const Normaliser &right,
                      Vector &result) {
  result.resize(left.sum.size());
  kernels::use().log_ratio(result.size(), left.largest.data(), left.sum.data(),
                           right.largest.data(), right.sum.data(),
                           result.data());
}

/// The logarithms of positive numbers and the exponentials of any, in place.
template <class Values> void take_logarithms(Values &values) {
  kernels::use().logarithm(values.size(), values.data());
}
template <class Values> void take_exponentials(Values &values) {
  kernels::use().exponential(values.size(), values.data());
}

/// Turns each row of `logits`, a matrix or some columns of one, into
/// probabilities, in place. The largest logit of a row is subtracted first, so
/// no logit overflows; a difference below -700 counts as -700, which keeps
/// every probability a normal (not a slow denormal) number.
inline void softmax(Eigen::Ref<Matrix> logits, Normaliser &normaliser) {
  normaliser.largest.resize(logits.rows());
  normaliser.sum.resize(logits.rows());
  kernels::use().softmax(logits.rows(), logits.cols(), logits.data(),
                         logits.outerStride(), normaliser.largest.data(),
                         normaliser.sum.data());
}

} // namespace sgmoe

#endif
