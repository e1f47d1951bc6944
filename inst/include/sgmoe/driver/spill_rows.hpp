// Rows in a spill, as the core takes them.
#ifndef SGMOE_SPILL_ROWS_HPP
#define SGMOE_SPILL_ROWS_HPP

#include "spill_file.hpp"

#include <memory>

namespace sgmoe {

/// Columns of a spill that make up a part of the rows, with its working basis.
struct SpillPart {
  std::vector<Index> columns;
  Vector centre, scale;
};

struct SpillParts {
  SpillPart gate, expert, response;
  std::vector<Index> weight; // one column, or none
  std::vector<Index> offset;
  bool same_design = true;
};

class SpillRows final : public RowSource {
public:
  SpillRows(const std::string &path, const SpillParts &parts)
      : reader_(path), parts_(parts) {
    for (const auto *columns :
         {&parts.gate.columns, &parts.expert.columns, &parts.response.columns,
          &parts.weight, &parts.offset})
      for (Index column : *columns) {
        if (column < 0 || column >= reader_.columns())
          throw SpillError(path + ": it has too few columns");
        wanted_.push_back(column);
      }
    values_ = Matrix::Zero(0, static_cast<Index>(wanted_.size()));
    look();
  }

  Index size() const override { return reader_.rows(); }
  const Rows &shape() const override { return *rows_; }

  Leaf leaf(Index number) override {
    if (number < reader_.leaves())
      reader_.read(number, wanted_, values_);
    look();
    return {rows_.get(), 0, values_.rows(), first_row(number)};
  }

private:
  /// Rows as views of the values that were read.
  void look() {
    Index at = 0;
    const auto next = [&](std::size_t count) {
      const Eigen::Map<const Matrix> result(
          values_.data() + at * values_.rows(), values_.rows(),
          static_cast<Index>(count));
      at += static_cast<Index>(count);
      return result;
    };
    const auto part = [&](const SpillPart &from) {
      return Columns{next(from.columns.size()), from.centre, from.scale};
    };
    const Columns gate = part(parts_.gate);
    const Columns expert = parts_.same_design ? gate : part(parts_.expert);
    const Columns response = part(parts_.response);
    const Eigen::Map<const Vector> weights(
        next(parts_.weight.size()).data(),
        parts_.weight.empty() ? 0 : values_.rows());
    rows_.reset(new Rows{gate, expert, response, weights,
                         next(parts_.offset.size()), parts_.same_design});
  }

  SpillReader reader_;
  SpillParts parts_;
  std::vector<Index> wanted_;
  Matrix values_;
  std::unique_ptr<Rows> rows_;
};

} // namespace sgmoe

#endif
