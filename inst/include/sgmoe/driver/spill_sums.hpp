// What is computed from a spill before a fit: moments and Gram matrix of
// columns.
#ifndef SGMOE_SPILL_SUMS_HPP
#define SGMOE_SPILL_SUMS_HPP

#include "../core/moments.hpp"
#include "spill_rows.hpp"

#include <cmath>

namespace sgmoe {

/// What column_moments() gives, to the last bit: sums are taken one row after
/// another, whatever the leaves, and the
/// total weight. `weight` is a column, or negative.
inline void spill_moments(SpillReader &reader, std::vector<Index> columns,
                          Index weight, Vector &mean, Vector &deviation,
                          double &total) {
  const auto count = static_cast<Index>(columns.size());
  if (weight >= 0)
    columns.push_back(weight);
  Matrix values;
  const auto each = [&](const auto &visit) {
    for (Index number = 0; number < reader.leaves(); ++number) {
      reader.read(number, columns, values);
      const double *weights =
          weight >= 0 ? values.data() + count * values.rows() : nullptr;
      visit(weights);
    }
  };
  total = 0.0;
  Vector sum = Vector::Zero(count), correction = sum, square = sum;
  each([&](const double *weights) {
    for (Index i = 0; i < values.rows(); ++i)
      total += weights ? weights[i] : 1.0;
    for (Index j = 0; j < count; ++j)
      for (Index i = 0; i < values.rows(); ++i)
        sum(j) += (weights ? weights[i] : 1.0) * values(i, j);
  });
  const Vector centre = sum / total;
  each([&](const double *weights) {
    for (Index j = 0; j < count; ++j)
      for (Index i = 0; i < values.rows(); ++i) {
        const double difference = values(i, j) - centre(j);
        const double own = weights ? weights[i] : 1.0;
        correction(j) += own * difference;
        square(j) += own * difference * difference;
      }
  });
  mean.resize(count);
  deviation.resize(count);
  for (Index j = 0; j < count; ++j) {
    const double shift = correction(j) / total;
    mean(j) = centre(j) + shift;
    deviation(j) = std::sqrt(std::max(square(j) / total - shift * shift, 0.0));
  }
}

/// What gram_rows() gives, but for the order of the sums.
inline Matrix spill_gram(RowSource &source, Index threads) {
  Matrix total;
  for (Index number = 0; number < source.leaves(); ++number) {
    const Rows &rows = *source.leaf(number).rows;
    const Matrix own = gram_rows(rows.gate, rows.weights, threads);
    total = number == 0 ? own : Matrix(total + own);
  }
  return total;
}

} // namespace sgmoe

#endif
