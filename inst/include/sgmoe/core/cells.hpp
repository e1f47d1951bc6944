// Partitions of rows among experts, which starts begin from: cells around
// centres, k-means, and the nearest of some lines. All that is random is drawn
// by the caller.
#ifndef SGMOE_CELLS_HPP
#define SGMOE_CELLS_HPP

#include "common.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace sgmoe {

/// The number of each row's cell, from zero.
using Cells = std::vector<int>;

/// Squared distances of all points (a row each) to a place.
void squared_distances(const ConstMatrixRef &points, const Vector &place,
                       Vector &result);

/// The nearest centre (a row each) of every point; the first of equal ones.
/// Answers whether a cell changed.
bool nearest_cells(const ConstMatrixRef &points, const Matrix &centres,
                   Cells &cells);

/// Lloyd's k-means from given centres. A centre that loses all of its points
/// gets none any more.
Cells k_means_cells(const ConstMatrixRef &points, Matrix centres, int rounds);

/// A line that is fitted to a few rows around one: the row, and which of the
/// rows next to it, by their rank.
struct LocalLine {
  Index centre;
  std::vector<Index> ranks;
};

/// The nearest of some regressions of `response` on `design`, by squared error.
/// Distances are those of `points`.
Cells line_cells(const ConstMatrixRef &design, const ConstMatrixRef &response,
                 const ConstMatrixRef &points,
                 const std::vector<LocalLine> &lines);

/// Least squares by orthogonalisation, column by column; a column that has less
/// than `tolerance` of itself left gets a zero, as lm() leaves it out.
Matrix regression(Matrix design, Matrix response, double tolerance);

#ifndef SGMOE_ONLY_DECLARED

SGMOE_INLINE void squared_distances(const ConstMatrixRef &points,
                                    const Vector &place, Vector &result) {
  result.setZero(points.rows());
  for (Index j = 0; j < points.cols(); ++j)
    result.array() += (points.col(j).array() - place(j)).square();
}

SGMOE_INLINE bool nearest_cells(const ConstMatrixRef &points,
                                const Matrix &centres, Cells &cells) {
  const Index n = points.rows();
  Vector distance, least;
  Cells nearest(static_cast<std::size_t>(n), -1);
  least.setConstant(n, std::numeric_limits<double>::infinity());
  for (Index k = 0; k < centres.rows(); ++k) {
    squared_distances(points, centres.row(k), distance);
    for (Index i = 0; i < n; ++i)
      if (distance(i) < least(i)) {
        least(i) = distance(i);
        nearest[static_cast<std::size_t>(i)] = static_cast<int>(k);
      }
  }
  const bool changed = nearest != cells;
  cells = std::move(nearest);
  return changed;
}

SGMOE_INLINE Cells k_means_cells(const ConstMatrixRef &points, Matrix centres,
                                 int rounds) {
  Cells cells;
  Vector count(centres.rows());
  for (int round = 0; round < rounds; ++round) {
    if (!nearest_cells(points, centres, cells))
      break;
    centres.setZero();
    count.setZero();
    for (const int cell : cells)
      count(cell) += 1.0;
    for (Index j = 0; j < points.cols(); ++j)
      for (Index i = 0; i < points.rows(); ++i)
        centres(cells[static_cast<std::size_t>(i)], j) += points(i, j);
    // A centre without points is not a number, and nearest to none.
    centres.array().colwise() /= count.array();
  }
  return cells;
}

SGMOE_INLINE Matrix regression(Matrix design, Matrix response,
                               double tolerance) {
  const Index p = design.cols();
  Matrix triangle = Matrix::Zero(p, p);
  std::vector<Index> kept;
  Matrix scores = Matrix::Zero(p, response.cols());
  for (Index j = 0; j < p; ++j) {
    const double before = design.col(j).norm();
    // Twice, for what rounding left.
    for (int time = 0; time < 2; ++time)
      for (const Index other : kept) {
        const double share = design.col(other).dot(design.col(j));
        design.col(j) -= share * design.col(other);
        triangle(other, j) += share;
      }
    const double after = design.col(j).norm();
    if (!(after > tolerance * before))
      continue;
    design.col(j) /= after;
    triangle(j, j) = after;
    scores.row(j) = design.col(j).transpose() * response;
    kept.push_back(j);
  }
  Matrix result = Matrix::Zero(p, response.cols());
  for (std::size_t at = kept.size(); at-- > 0;) {
    const Index j = kept[at];
    result.row(j) = scores.row(j);
    for (std::size_t later = at + 1; later < kept.size(); ++later)
      result.row(j) -= triangle(j, kept[later]) * result.row(kept[later]);
    result.row(j) /= triangle(j, j);
  }
  return result;
}

SGMOE_INLINE Cells line_cells(const ConstMatrixRef &design,
                              const ConstMatrixRef &response,
                              const ConstMatrixRef &points,
                              const std::vector<LocalLine> &lines) {
  const Index n = design.rows();
  Cells cells(static_cast<std::size_t>(n), 0);
  Vector distance, error;
  Vector least = Vector::Constant(n, std::numeric_limits<double>::infinity());
  std::vector<Index> order(static_cast<std::size_t>(n));
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const LocalLine &line = lines[k];
    squared_distances(points, points.row(line.centre), distance);
    std::iota(order.begin(), order.end(), Index(0));
    const Index last =
        1 + *std::max_element(line.ranks.begin(), line.ranks.end());
    std::partial_sort(order.begin(), order.begin() + last, order.end(),
                      [&](Index a, Index b) {
                        return distance(a) < distance(b) ||
                               (distance(a) == distance(b) && a < b);
                      });
    const auto size = static_cast<Index>(line.ranks.size());
    Matrix some(size, design.cols()), their(size, response.cols());
    for (Index i = 0; i < size; ++i) {
      const Index row = order[static_cast<std::size_t>(
          line.ranks[static_cast<std::size_t>(i)])];
      some.row(i) = design.row(row);
      their.row(i) = response.row(row);
    }
    const Matrix slopes = regression(some, their, 1e-4);
    error.setZero(n);
    for (Index j = 0; j < response.cols(); ++j)
      error.array() +=
          (response.col(j) - design * slopes.col(j)).array().square();
    for (Index i = 0; i < n; ++i)
      if (error(i) < least(i)) {
        least(i) = error(i);
        cells[static_cast<std::size_t>(i)] = static_cast<int>(k);
      }
  }
  return cells;
}

#endif

} // namespace sgmoe

#endif
