// The mixing measure of a fit, how far its atoms lie apart, and merging them
// (Hai et al., arXiv:2510.12744; Tran et al., arXiv:2602.07997).
//
// Atom k has the weight pi_k = exp(w_0k), normalised, and as its position the
// gate's slopes and the expert's parameters. Positions enter in differences
// only, so that it does not matter what the gate's reference is.
//
//   d(i, j) = pi_i pi_j / (pi_i + pi_j) (|slow_i - slow_j|^2
//                                        + |fast_i - fast_j|)
//
// in which the coordinates are split by the rates at which two atoms in place
// of one converge: those that need the square are slow, as the gate's slopes
// are; which of an expert's are slow, its family says. A merged atom has the
// sum of the weights and the weighted mean of the positions.
#ifndef SGMOE_MIXING_MEASURE_HPP
#define SGMOE_MIXING_MEASURE_HPP

#include "mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace sgmoe {

/// Atoms, a column or element each.
struct MixingMeasure {
  Vector log_weight;
  Vector gate_intercept; // log_weight but for a constant, if that is the weight
  Matrix gate_slope, slow, fast; // `slow`: the experts' slow coordinates

  Index size() const { return log_weight.size(); }
};

/// A merge: two atoms i < j, the dissimilarity between them.
struct Merge {
  Index first = 0, second = 0;
  double height = std::numeric_limits<double>::infinity();
};

inline double log_add(double a, double b) {
  const double larger = std::max(a, b);
  return std::isinf(larger) ? larger
                            : larger + std::log1p(std::exp(-std::fabs(a - b)));
}

/// The measure of parameters whose gate has an intercept as its first row.
/// `weights` are other weights for the atoms; none: exp(intercept).
template <class Family>
MixingMeasure mixing_measure(const Family &family,
                             const Parameters<Family> &parameters,
                             const Vector &weights, bool expert_intercept) {
  MixingMeasure result;
  result.gate_intercept = parameters.gate.row(0).transpose();
  result.gate_slope = parameters.gate.bottomRows(parameters.gate.rows() - 1);
  result.log_weight = weights.size() == 0 ? result.gate_intercept
                                          : Vector(weights.array().log());
  double total = -std::numeric_limits<double>::infinity();
  for (Index k = 0; k < result.size(); ++k)
    total = log_add(total, result.log_weight(k));
  result.log_weight.array() -= total;
  result.slow = family.slow(parameters.expert, expert_intercept);
  result.fast = family.fast(parameters.expert, expert_intercept);
  return result;
}

/// The inverse: a gate whose rows sum to zero, and as many experts as atoms.
template <class Family>
Parameters<Family> parameters_of(const Family &family,
                                 const MixingMeasure &measure,
                                 bool expert_intercept) {
  Parameters<Family> result;
  result.gate.resize(1 + measure.gate_slope.rows(), measure.size());
  result.gate << measure.gate_intercept.transpose(), measure.gate_slope;
  result.gate.colwise() -= Vector(result.gate.rowwise().mean());
  result.expert =
      family.from_atoms(measure.slow, measure.fast, expert_intercept);
  return result;
}

inline double dissimilarity(const MixingMeasure &measure, Index i, Index j) {
  const double log_i = measure.log_weight(i), log_j = measure.log_weight(j);
  const auto square = [&](const Matrix &position) {
    return (position.col(i) - position.col(j)).squaredNorm();
  };
  if (std::isinf(log_i) || std::isinf(log_j))
    return 0.0; // an atom of no weight at all
  // The smaller weight first: the product must not lose it.
  const double weight =
      std::exp(std::min(log_i, log_j) +
               (std::max(log_i, log_j) - log_add(log_i, log_j)));
  return weight * (square(measure.gate_slope) + square(measure.slow) +
                   std::sqrt(square(measure.fast)));
}

/// All dissimilarities, a symmetric matrix.
inline Matrix dissimilarities(const MixingMeasure &measure) {
  Matrix result = Matrix::Zero(measure.size(), measure.size());
  for (Index j = 1; j < measure.size(); ++j)
    for (Index i = 0; i < j; ++i)
      result(i, j) = result(j, i) = dissimilarity(measure, i, j);
  return result;
}

namespace detail {

// Column (or element) j goes, those behind it move up.
template <class Values> void drop(Values &values, Index j) {
  const Index after = values.cols() - j - 1;
  const auto moved = values.rightCols(after).eval();
  values.middleCols(j, after) = moved;
  values.conservativeResize(Eigen::NoChange, values.cols() - 1);
}

inline void drop(Vector &values, Index j) {
  const Index after = values.size() - j - 1;
  const Vector moved = values.tail(after);
  values.segment(j, after) = moved;
  values.conservativeResize(values.size() - 1);
}

} // namespace detail

/// Merges atoms i < j; the merged one takes the place of i. The mean is taken
/// from the heavier one: where an expert without rows lies far off, differences
/// from there would cost the other one its digits.
inline void merge_atoms(MixingMeasure &measure, Index i, Index j) {
  const double total = log_add(measure.log_weight(i), measure.log_weight(j));
  const bool first = measure.log_weight(i) >= measure.log_weight(j);
  const Index heavy = first ? i : j, light = first ? j : i;
  const double share = std::exp(measure.log_weight(light) - total);
  for (Matrix *position : {&measure.gate_slope, &measure.slow, &measure.fast}) {
    const Vector step = share * (position->col(light) - position->col(heavy));
    position->col(i) = (position->col(heavy) + step).eval();
    detail::drop(*position, j);
  }
  measure.log_weight(i) = total;
  measure.gate_intercept(i) =
      log_add(measure.gate_intercept(i), measure.gate_intercept(j));
  detail::drop(measure.log_weight, j);
  detail::drop(measure.gate_intercept, j);
}

/// The two nearest atoms; of ties the first.
inline Merge nearest_atoms(const Matrix &distance) {
  Merge result;
  for (Index j = 1; j < distance.cols(); ++j)
    for (Index i = 0; i < j; ++i)
      if (distance(i, j) < result.height)
        result = {i, j, distance(i, j)};
  return result;
}

/// Merges the nearest atoms until one is left; calls visit(merge, measure)
/// after each merge. O(K^3) comparisons and O(K^2) dissimilarities.
template <class Visit>
void merge_path(MixingMeasure measure, const Visit &visit) {
  Matrix distance = dissimilarities(measure);
  while (measure.size() > 1) {
    const Merge merge = nearest_atoms(distance);
    merge_atoms(measure, merge.first, merge.second);
    detail::drop(distance, merge.second);
    distance.transposeInPlace();
    detail::drop(distance, merge.second);
    for (Index k = 0; k < measure.size(); ++k)
      distance(merge.first, k) = distance(k, merge.first) =
          k == merge.first ? 0.0 : dissimilarity(measure, k, merge.first);
    visit(merge, measure);
  }
}

} // namespace sgmoe

#endif
