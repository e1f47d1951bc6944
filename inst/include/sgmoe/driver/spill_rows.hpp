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

class SpillRows final : public RowSource, private Strips {
public:
  SpillRows(const std::string &path, const SpillParts &parts)
      : reader_(path), parts_(parts) {
    for (const auto *columns :
         {&parts.gate.columns, &parts.expert.columns, &parts.response.columns,
          &parts.weight, &parts.offset})
      wanted_.insert(wanted_.end(), columns->begin(), columns->end());
    reader_.room(wanted_); // are they there?
    whole_.values = Matrix::Zero(0, static_cast<Index>(wanted_.size()));
    look(whole_);
  }

  Index size() const override { return reader_.rows(); }
  const Rows &shape() const override { return *whole_.rows; }

  Leaf leaf(Index number) override {
    if (number < reader_.leaves())
      reader_.read(number, wanted_, whole_.values);
    look(whole_);
    return {whole_.rows.get(), 0, whole_.values.rows(), first_row(number)};
  }

  /// Each thread reads the strips that it comes to.
  Leaf leaf_for(Index number, Index threads) override {
    if (number >= reader_.leaves())
      return leaf(number);
    reader_.open(number);
    windows_.resize(static_cast<std::size_t>(std::max<Index>(1, threads)));
    for (Window &window : windows_)
      window.strip = -1;
    return {whole_.rows.get(), 0, reader_.form().rows, first_row(number), this};
  }

private:
  /// Values that were read, and rows as views of them.
  struct Window {
    Matrix values;
    std::unique_ptr<Rows> rows;
    StripRoom room;
    Index strip = -1;
  };

  Leaf strip(Index row, Index thread) override {
    Window &window = windows_[static_cast<std::size_t>(thread)];
    const Index number = row / kStripRows;
    const Index count = reader_.form().strip_rows(number);
    if (window.strip != number) {
      if (!window.rows)
        window.room = reader_.room(wanted_);
      if (!window.rows || window.values.rows() != count) {
        window.values.resize(count, static_cast<Index>(wanted_.size()));
        look(window);
      }
      reader_.read_strip(number, window.room, window.values.data(), count);
      window.strip = number;
    }
    return {window.rows.get(), -number * kStripRows, count, 0};
  }

  void look(Window &window) const {
    const Matrix &values = window.values;
    Index at = 0;
    const auto next = [&](std::size_t count) {
      const Eigen::Map<const Matrix> result(values.data() + at * values.rows(),
                                            values.rows(),
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
        parts_.weight.empty() ? 0 : values.rows());
    window.rows.reset(new Rows{gate, expert, response, weights,
                               next(parts_.offset.size()), parts_.same_design});
  }

  SpillReader reader_;
  SpillParts parts_;
  std::vector<Index> wanted_;
  Window whole_; // a leaf
  std::vector<Window> windows_;
};

} // namespace sgmoe

#endif
