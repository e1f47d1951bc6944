// Weighted Gram matrices: sum over rows of w_ij x_i x_i', for many weight
// columns j at once. This is where a pass spends its time.
#ifndef SGMOE_GRAM_HPP
#define SGMOE_GRAM_HPP

#include "common.hpp"

#include <algorithm>

namespace sgmoe {

/// result += left' right. Eigen's blocked product pays for packing its
/// operands; with a small result, dot products of whole columns are up to twice
/// as fast. The rule depends on the sizes only, so results are reproducible.
template <class Left, class Right, class Result>
void add_cross_product(const Left &left, const Right &right, Result &&result) {
  if (right.cols() <= 4 || left.cols() * right.cols() <= 64)
    result += left.transpose().lazyProduct(right);
  else
    result.noalias() += left.transpose() * right;
}

// 64 columns of products of a block of 256 rows take 128 kB: they stay in the
// second-level cache while they are multiplied by the weights.
constexpr Index kPanelColumns = 64;

/// Scratch memory for the sums of a block of rows.
struct Scratch {
  Matrix panel; // products or scaled columns of a design
  Matrix weights;
  Matrix gram;
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

  /// Adds design' diag(weights_j) design for every column j of `weights`.
  /// Two ways, equal up to rounding. With many weight columns the products
  /// x_ia x_ib are formed once and multiplied by all weight columns, which
  /// takes about 0.7 of the time of as many cross-products; with few weight
  /// columns on a wide design a rank update for each column is faster. The
  /// rule depends on the sizes only, so results are reproducible.
  void accumulate(const Matrix &design, const Matrix &weights,
                  Scratch &scratch) {
    if (columns_ <= 4 * weights.cols())
      accumulate_products(design, weights, scratch.panel);
    else
      accumulate_rank_updates(design, weights, scratch);
  }

  const Matrix &packed() const { return packed_; }
  Matrix &packed() { return packed_; }

  void merge(const Grams &other) { packed_ += other.packed_; }
  void scale(double factor) { packed_ *= factor; }

  /// The j-th Gram matrix, both triangles filled.
  Matrix matrix(Index j) const { return unpack(packed_.col(j)); }

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

  void accumulate_products(const Matrix &design, const Matrix &weights,
                           Matrix &panel) {
    const Index pairs = packed_.rows(), rows = design.rows();
    panel.resize(rows, std::min(Index(kPanelColumns), pairs));
    Index first = 0, filled = 0;
    for (Index b = 0; b < columns_; ++b)
      for (Index a = b; a < columns_; ++a) {
        panel.col(filled++) = design.col(a).cwiseProduct(design.col(b));
        if (filled < panel.cols() && first + filled < pairs)
          continue;
        add_cross_product(panel.leftCols(filled), weights,
                          packed_.middleRows(first, filled));
        first += filled;
        filled = 0;
      }
  }

  // Weights of either sign are allowed, so the rows are scaled by w on one
  // side only.
  void accumulate_rank_updates(const Matrix &design, const Matrix &weights,
                               Scratch &scratch) {
    for (Index j = 0; j < weights.cols(); ++j) {
      scratch.panel = weights.col(j).asDiagonal() * design;
      scratch.gram.setZero(columns_, columns_);
      scratch.gram.triangularView<Eigen::Lower>() +=
          design.transpose() * scratch.panel;
      Index position = 0;
      for (Index b = 0; b < columns_; ++b) {
        packed_.col(j).segment(position, columns_ - b) +=
            scratch.gram.col(b).tail(columns_ - b);
        position += columns_ - b;
      }
    }
  }

  Index columns_ = 0;
  Matrix packed_;
};

} // namespace sgmoe

#endif
