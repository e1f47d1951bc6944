// A walk over rows: in blocks, by several threads, bit-identical for any number
// of them.
#ifndef SGMOE_WALK_HPP
#define SGMOE_WALK_HPP

#include "common.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <system_error>
#include <thread>
#include <vector>

namespace sgmoe {

/// Rows in a block: its buffers stay in cache from the E-step to the sums.
constexpr Index kBlockRows = 256;
/// Rows are cut into at most this many groups, whatever the threads.
constexpr Index kMostGroups = 64;

/// Every group has sums of its own. Where these are large, a few groups must
/// do: this many numbers may be in all of them, or as many as in the rows.
constexpr Index kMostNumbers = Index(1) << 22;
constexpr Index kFewGroups = 4;
inline Index most_groups(Index sums, Index data) {
  return std::min(kMostGroups,
                  std::max(kFewGroups, std::max(kMostNumbers, data) /
                                           std::max<Index>(1, sums)));
}

/// Answers false when the user wants to stop.
using KeepGoing = std::function<bool()>;

/// Runs work(group, thread) for every group. Threads take groups as they come;
/// only the calling thread asks `keep_going`. Returns false if interrupted.
template <class Work>
bool run_groups(Index groups, Index threads, const KeepGoing &keep_going,
                const Work &work) {
  std::atomic<Index> next(0);
  std::atomic<bool> stop(false);
  bool interrupted = false;
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(threads));
  const auto take = [&](Index thread) {
    try {
      for (Index group = next++; group < groups && !stop; group = next++) {
        work(group, thread);
        if (thread == 0 && keep_going && !keep_going())
          interrupted = stop = true;
      }
    } catch (...) {
      failures[static_cast<std::size_t>(thread)] = std::current_exception();
      stop = true;
    }
  };
  std::vector<std::thread> workers;
  try {
    for (Index thread = 1; thread < threads; ++thread)
      workers.emplace_back(take, thread);
  } catch (const std::system_error &) {
    // The system has no thread left: those that started do all the work, with
    // the same result.
  }
  take(0);
  for (std::thread &worker : workers)
    worker.join();
  for (const std::exception_ptr &failure : failures)
    if (failure)
      std::rethrow_exception(failure);
  return !interrupted;
}

/// Walks over all rows of a data set, block by block, in fixed groups.
class RowWalk {
public:
  RowWalk(Index rows, Index threads, Index most_groups = kMostGroups)
      : rows_(rows), blocks_((rows + kBlockRows - 1) / kBlockRows),
        groups_(std::max<Index>(1, std::min(most_groups, blocks_))),
        // A thread costs some 20 microseconds to start: not for a few rows.
        threads_(std::max<Index>(
            1, std::min({threads, groups_, rows / (4 * kBlockRows)}))) {}

  Index groups() const { return groups_; }
  Index threads() const { return threads_; }

  /// Calls visit(first, count, group, thread) for each block.
  template <class Visit>
  bool run(const KeepGoing &keep_going, const Visit &visit) const {
    return run_groups(
        groups_, threads_, keep_going, [&](Index group, Index thread) {
          // Whole blocks: buffers keep their size, and registers are full.
          const Index last = std::min(rows_, first_row(group + 1));
          for (Index i = first_row(group); i < last; i += kBlockRows)
            visit(i, std::min(kBlockRows, last - i), group, thread);
        });
  }

private:
  Index first_row(Index group) const {
    return group * blocks_ / groups_ * kBlockRows;
  }

  Index rows_, blocks_, groups_, threads_;
};

} // namespace sgmoe

#endif
