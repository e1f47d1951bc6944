// The working basis of a design: weighted means and standard deviations of its
// columns, and its Gram matrix in that basis.
#ifndef SGMOE_BASIS_HPP
#define SGMOE_BASIS_HPP

#include "gram.hpp"
#include "rows.hpp"
#include "walk.hpp"

#include <cmath>

namespace sgmoe {

/// Weighted mean and standard deviation (divisor: total weight) of every
/// column. Sums are taken one row after another, so that they do not depend on
/// how the memory is aligned; the deviations are taken from the mean.
void column_moments(const Eigen::Map<const Matrix> &values,
                    const Eigen::Map<const Vector> &weights, Vector &mean,
                    Vector &deviation);

/// sum a x x' of a design in its working basis.
Matrix gram_rows(const Columns &columns,
                 const Eigen::Map<const Vector> &weights, Index threads);

#ifndef SGMOE_ONLY_DECLARED

SGMOE_INLINE void column_moments(const Eigen::Map<const Matrix> &values,
                                 const Eigen::Map<const Vector> &weights,
                                 Vector &mean, Vector &deviation) {
  const Index n = values.rows();
  const auto weight = [&](Index i) {
    return weights.size() == 0 ? 1.0 : weights(i);
  };
  double total = 0.0;
  for (Index i = 0; i < n; ++i)
    total += weight(i);
  mean.resize(values.cols());
  deviation.resize(values.cols());
  for (Index j = 0; j < values.cols(); ++j) {
    double sum = 0.0, correction = 0.0, square = 0.0;
    for (Index i = 0; i < n; ++i)
      sum += weight(i) * values(i, j);
    const double centre = sum / total;
    for (Index i = 0; i < n; ++i) {
      const double difference = values(i, j) - centre;
      correction += weight(i) * difference;
      square += weight(i) * difference * difference;
    }
    correction /= total;
    mean(j) = centre + correction;
    deviation(j) =
        std::sqrt(std::max(square / total - correction * correction, 0.0));
  }
}

SGMOE_INLINE Matrix gram_rows(const Columns &columns,
                              const Eigen::Map<const Vector> &weights,
                              Index threads) {
  const RowWalk walk(columns.values.rows(), threads);
  std::vector<Grams> sums(static_cast<std::size_t>(walk.groups()),
                          Grams(columns.values.cols(), 1));
  walk.run(KeepGoing(), [&](Index first, Index count, Index group, Index) {
    Matrix block;
    Scratch scratch;
    columns.load(first, count, block);
    const Matrix weight = weights.size() == 0
                              ? Matrix(Vector::Ones(count))
                              : Matrix(weights.segment(first, count));
    sums[static_cast<std::size_t>(group)].accumulate(block, weight, scratch);
  });
  for (std::size_t group = 1; group < sums.size(); ++group)
    sums[0].merge(sums[group]);
  return sums[0].matrix(0);
}

#endif

} // namespace sgmoe

#endif
