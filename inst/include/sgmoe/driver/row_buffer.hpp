// Rows that wait for the rest of their minibatch, on the user's scale.
#ifndef SGMOE_ROW_BUFFER_HPP
#define SGMOE_ROW_BUFFER_HPP

#include "../core/rows.hpp"

#include <algorithm>

namespace sgmoe {

class RowBuffer {
public:
  /// Columns of `values`: gate, expert (none if the design is the same),
  /// response, weight, offset.
  Matrix values;

  Index size() const { return values.rows(); }

  static Index columns(const Rows &rows) {
    return rows.gate.values.cols() +
           (rows.same_design ? 0 : rows.expert.values.cols()) +
           rows.response.values.cols() + 1 + rows.offset.cols();
  }

  void append(const Rows &rows, Index first, Index count) {
    if (count == 0)
      return; // an empty buffer has no columns, however it became empty
    const Index before = size();
    if (before > 0)
      require_size("RowBuffer", "columns", columns(rows), values.cols());
    values.conservativeResize(before + count, columns(rows));
    Index at = 0;
    const auto copy = [&](const Eigen::Map<const Matrix> &from) {
      values.block(before, at, count, from.cols()) =
          from.middleRows(first, count);
      at += from.cols();
    };
    copy(rows.gate.values);
    if (!rows.same_design)
      copy(rows.expert.values);
    copy(rows.response.values);
    if (rows.weights.size() == 0)
      values.block(before, at, count, 1).setOnes();
    else
      values.block(before, at, count, 1) = rows.weights.segment(first, count);
    ++at;
    if (rows.offset.cols() > 0)
      copy(rows.offset);
  }

  /// The rows as the core takes them; `like` gives the shapes and the working
  /// basis. Valid until the buffer changes.
  Rows view(const Rows &like) const {
    Index at = 0;
    const auto next = [&](Index count) {
      const Eigen::Map<const Matrix> result(values.data() + at * size(), size(),
                                            count);
      at += count;
      return result;
    };
    const auto part = [&](const Columns &columns) {
      return Columns{next(columns.values.cols()), columns.centre,
                     columns.scale};
    };
    const Columns gate = part(like.gate);
    const Columns expert = like.same_design ? gate : part(like.expert);
    const Columns response = part(like.response);
    const Eigen::Map<const Vector> weights(next(1).data(), size());
    return {gate,
            expert,
            response,
            weights,
            next(like.offset.cols()),
            like.same_design};
  }

  /// Forgets all but the last `count` rows.
  void keep_last(Index count) {
    if (size() > count)
      values = Matrix(values.bottomRows(count));
  }

  void clear() { values.resize(0, 0); }
};

} // namespace sgmoe

#endif
