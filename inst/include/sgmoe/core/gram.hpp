// Weighted Gram matrices: sum over rows of w_ij x_i x_i', for many weight
// columns j at once. This is where a pass spends its time.
#ifndef SGMOE_GRAM_HPP
#define SGMOE_GRAM_HPP

#include "common.hpp"
#include "kernels.hpp"

#include <algorithm>

namespace sgmoe {

/// result += left' right.
inline void add_cross_product(const ConstMatrixRef &left,
                              const ConstMatrixRef &right,
                              Eigen::Ref<Matrix> result) {
  kernels::use().cross(left.rows(), left.cols(), right.cols(), left.data(),
                       left.outerStride(), right.data(), right.outerStride(),
                       result.data(), result.outerStride());
}

/// The lower triangle of result += values' values, in panels of columns.
inline void add_lower_square(const ConstMatrixRef &values,
                             Eigen::Ref<Matrix> result) {
  constexpr Index kWholeTiles = 24; // columns of a panel
  Matrix corner;
  for (Index at = 0; at < values.cols(); at += kWholeTiles) {
    const Index width = std::min<Index>(kWholeTiles, values.cols() - at);
    const Index below = values.cols() - at - width;
    const auto panel = values.middleCols(at, width);
    corner.setZero(width, width);
    add_cross_product(panel, panel, corner);
    for (Index j = 0; j < width; ++j)
      result.col(at + j).segment(at + j, width - j) +=
          corner.col(j).tail(width - j);
    if (below > 0)
      add_cross_product(values.rightCols(below), panel,
                        result.block(at + width, at, below, width));
  }
}

/// result = left right.
inline void set_product(const ConstMatrixRef &left, const ConstMatrixRef &right,
                        Matrix &result) {
  result.resize(left.rows(), right.cols());
  kernels::use().product(left.rows(), left.cols(), right.cols(), left.data(),
                         left.outerStride(), right.data(), right.outerStride(),
                         result.data(), result.outerStride());
}

/// Every so many-th row of a block, from one on.
struct RowShare {
  Index every = 1, first = 0;

  Index count(Index rows) const {
    return rows <= first ? 0 : (rows - first + every - 1) / every;
  }

  /// These rows of a matrix or column.
  template <class Values> auto of(const Values &values) const {
    using Steps = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    return Eigen::Map<const Matrix, 0, Steps>(
        values.data() + first, count(values.rows()), values.cols(),
        Steps(values.outerStride(), every));
  }
};

/// Scratch memory for the sums of a block of rows.
struct Scratch {
  Matrix panel; // scaled columns of a design or of residuals
  Matrix weights;
  Matrix rows;
  RowShare fisher; // rows that Fisher sums are taken of, see Request
};

/// Gram matrices of one design under several weight columns. Column j holds
/// the lower triangle of the j-th Gram matrix, packed column by column.
class Grams {
public:
  Grams() = default;
  Grams(Index columns, Index weights)
      : columns_(columns),
        packed_(Matrix::Zero(columns * (columns + 1) / 2, weights)) {}

  Index size() const { return packed_.cols(); }
  bool empty() const { return packed_.size() == 0; }

  /// Adds design' diag(weights_j) design for every column j of `weights`, of
  /// either sign.
  void accumulate(const ConstMatrixRef &design, const ConstMatrixRef &weights,
                  Scratch &scratch) {
    scratch.panel.resize(design.rows(), 3);
    kernels::use().gram(design.rows(), columns_, weights.cols(), design.data(),
                        design.outerStride(), weights.data(),
                        weights.outerStride(), packed_.data(), packed_.rows(),
                        scratch.panel.data());
  }

  const Matrix &packed() const { return packed_; }
  Matrix &packed() { return packed_; }

  /// The Gram matrices of `other`, the j-th times factor(j).
  void adopt(const Grams &other, const Vector &factor) {
    columns_ = other.columns_;
    packed_ = other.packed_ * factor.asDiagonal();
  }

  void merge(const Grams &other) { packed_ += other.packed_; }
  void scale(double factor) { packed_ *= factor; }

  /// The j-th Gram matrix, both triangles filled.
  Matrix matrix(Index j) const { return unpack(packed_.col(j)); }

  /// The j-th Gram matrix times `right`, without filling its triangles.
  Matrix times(Index j, const ConstMatrixRef &right) const {
    Matrix result = Matrix::Zero(columns_, right.cols());
    Index position = 0;
    for (Index b = 0; b < columns_; ++b) {
      const Index below = columns_ - b - 1;
      const auto column = packed_.col(j).segment(position + 1, below);
      result.row(b) += packed_(position, j) * right.row(b) +
                       column.transpose() * right.bottomRows(below);
      result.bottomRows(below) += column * right.row(b);
      position += below + 1;
    }
    return result;
  }

  /// The sum of all Gram matrices.
  Matrix total() const { return unpack(packed_.rowwise().sum()); }

private:
  Matrix unpack(const ConstVectorRef &packed) const {
    Matrix gram(columns_, columns_);
    Index position = 0;
    for (Index b = 0; b < columns_; ++b)
      for (Index a = b; a < columns_; ++a, ++position)
        gram(a, b) = gram(b, a) = packed(position);
    return gram;
  }

  Index columns_ = 0;
  Matrix packed_;
};

/// How much weights grew since Gram matrices were taken; one where there was
/// hardly any.
inline Vector weight_ratio(const Vector &now, const Vector &then) {
  return (then.array() > 1e-100)
      .select(now.array() / then.array(), Vector::Ones(then.size()).array());
}

} // namespace sgmoe

#endif
