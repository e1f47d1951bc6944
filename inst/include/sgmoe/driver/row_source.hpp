// Where a pass takes its rows from: memory, or a file that is read a leaf at a
// time.
//
// Rows are summed in leaves of a fixed size, each in its groups, and leaves are
// merged as a binary counter carries. So sums depend on the rows and their
// order alone: not on where the rows lie, how they came there, or the threads.
#ifndef SGMOE_ROW_SOURCE_HPP
#define SGMOE_ROW_SOURCE_HPP

#include "../core/rows.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sgmoe {

/// Rows in a leaf, the last one excepted.
constexpr Index kLeafRows = 65536;

class Strips;

/// Consecutive rows: `count` of `rows` from `first` on, of which the first is
/// row `origin` of the data.
/// `strips`, if there are any, give its rows, and `rows` only their shape.
struct Leaf {
  const Rows *rows;
  Index first, count, origin;
  Strips *strips = nullptr;
};

/// Rows of a leaf that each thread asks for as it comes to them.
class Strips {
public:
  virtual ~Strips() = default;
  /// Those about row `row` of the leaf: row `first + row` of them is that row.
  /// Valid until the thread asks for the next.
  virtual Leaf strip(Index row, Index thread) = 0;
};

class RowSource {
public:
  virtual ~RowSource() = default;

  virtual Index size() const = 0;
  /// Sizes and working basis of the rows; its values need not be there.
  virtual const Rows &shape() const = 0;
  /// A leaf; valid until the next is asked for.
  virtual Leaf leaf(Index number) = 0;
  /// The same for up to `threads` threads, which may be asked to take its
  /// strips.
  virtual Leaf leaf_for(Index number, Index threads) {
    static_cast<void>(threads);
    return leaf(number);
  }

  /// At least one, which is empty where there are no rows.
  Index leaves() const {
    return std::max<Index>(1, (size() + kLeafRows - 1) / kLeafRows);
  }

protected:
  Index first_row(Index number) const { return number * kLeafRows; }
  Index rows_of(Index number) const {
    return std::min(kLeafRows, size() - first_row(number));
  }
};

/// Rows in memory.
class MemoryRows final : public RowSource {
public:
  explicit MemoryRows(const Rows &rows) : rows_(rows) {}

  Index size() const override { return rows_.size(); }
  const Rows &shape() const override { return rows_; }
  Leaf leaf(Index number) override {
    const Index first = first_row(number);
    return {&rows_, first, rows_of(number), first};
  }

private:
  const Rows &rows_;
};

/// Merges sums that come one after the other, by a tree that depends on their
/// number alone.
template <class Sums> class SumTree {
public:
  void add(Sums sums) {
    for (Index bit = count_; bit % 2 == 1; bit /= 2) {
      waiting_.back().merge(sums);
      sums = std::move(waiting_.back());
      waiting_.pop_back();
    }
    waiting_.push_back(std::move(sums));
    ++count_;
  }

  Index count() const { return count_; }

  /// The sum of all; at least one must have come.
  Sums total() {
    while (waiting_.size() > 1) {
      waiting_[waiting_.size() - 2].merge(waiting_.back());
      waiting_.pop_back();
    }
    return std::move(waiting_.front());
  }

private:
  std::vector<Sums> waiting_; // of ever fewer leaves
  Index count_ = 0;
};

} // namespace sgmoe

#endif
