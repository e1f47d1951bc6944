// The data of one fit as the core sees them, and one block of them.
#ifndef SGMOE_ROWS_HPP
#define SGMOE_ROWS_HPP

#include "common.hpp"
#include "kernels.hpp"

namespace sgmoe {

/// Columns on the user's scale with the working basis that the core computes
/// in: (value - centre) / scale. The memory belongs to the caller and is only
/// looked at during one call.
struct Columns {
  Eigen::Map<const Matrix> values;
  Vector centre;
  Vector scale;

  void check(const char *what, Index columns) const {
    require_size(what, "columns", values.cols(), columns);
    require_size(what, "centre", centre.size(), columns);
    require_size(what, "scale", scale.size(), columns);
  }

  /// Copies rows `first`, ..., centred and scaled, into `buffer`.
  void load(Index first, Index count, Matrix &buffer) const {
    buffer.resize(count, values.cols());
    for (Index j = 0; j < values.cols(); ++j)
      kernels::use().standardise(count, values.col(j).data() + first, centre(j),
                                 1.0 / scale(j), buffer.col(j).data());
  }
};

/// One data set. `expert` is ignored where gate and experts share a design.
struct Rows {
  Columns gate;
  Columns expert;
  Columns response; // zero columns where there is none (prediction)
  Eigen::Map<const Vector> weights; // empty: every weight is one
  // What the experts add to their linear predictors; zero columns where there
  // is nothing.
  // (A Gaussian response comes with its offset subtracted.)
  Eigen::Map<const Matrix> offset;
  bool same_design;
  // Log-odds of a background density against the mixture, log(e g / (1 - e)),
  // e its share and g its density; empty: there is none. Rows are then shared
  // between both (Banfield and Raftery 1993), and the mixture learns its part.
  Eigen::Map<const Vector> background{nullptr, 0};

  Index size() const { return gate.values.rows(); }
  const Columns &expert_columns() const { return same_design ? gate : expert; }

  /// A plain loop: Eigen's sum depends on how the memory happens to be aligned.
  double total_weight() const {
    if (weights.size() == 0)
      return static_cast<double>(size());
    double total = 0.0;
    for (Index i = 0; i < weights.size(); ++i)
      total += weights(i);
    return total;
  }

  void check() const {
    const char *where = "Rows";
    require_size(where, "expert design", expert_columns().values.rows(),
                 size());
    if (response.values.cols() > 0)
      require_size(where, "response", response.values.rows(), size());
    if (weights.size() > 0)
      require_size(where, "weights", weights.size(), size());
    if (offset.cols() > 0)
      require_size(where, "offset", offset.rows(), size());
    if (background.size() > 0)
      require_size(where, "background", background.size(), size());
  }
};

/// A few hundred consecutive rows in the working basis.
class Block {
public:
  void load(const Rows &rows, Index first, Index count) {
    first_ = first;
    same_design_ = rows.same_design;
    rows.gate.load(first, count, gate_);
    if (!same_design_)
      rows.expert.load(first, count, expert_);
    if (rows.response.values.cols() > 0)
      rows.response.load(first, count, response_);
    if (rows.weights.size() == 0)
      weights_.setOnes(count);
    else
      weights_ = rows.weights.segment(first, count);
    if (rows.offset.cols() > 0)
      offset_ = rows.offset.middleRows(first, count);
    else
      offset_.resize(count, 0);
    if (rows.background.size() > 0)
      background_ = rows.background.segment(first, count);
    else
      background_.resize(0);
  }

  /// The number of the first row in the data, where that is not its place in
  /// `rows`.
  void set_first(Index first) { first_ = first; }

  Index first() const { return first_; }
  Index size() const { return gate_.rows(); }
  const Matrix &gate() const { return gate_; }
  const Matrix &expert() const { return same_design_ ? gate_ : expert_; }
  const Matrix &response() const { return response_; }
  const Vector &weights() const { return weights_; }
  const Matrix &offset() const { return offset_; }
  const Vector &background() const { return background_; }

private:
  Matrix gate_, expert_, response_, offset_;
  Vector weights_, background_;
  Index first_ = 0;
  bool same_design_ = true;
};

} // namespace sgmoe

#endif
