// One pass over the rows: blocked, threaded, and bit-identical for any number
// of threads.
#ifndef SGMOE_PASS_HPP
#define SGMOE_PASS_HPP

#include "../core/walk.hpp"
#include "../model/mixture.hpp"
#include "row_source.hpp"

#include <vector>

namespace sgmoe {

/// Loads every block of `leaf` and calls visit(workspace, own, group) with it,
/// `own` room of each thread for what the visitor computes.
/// Returns false if the user interrupted.
template <class Family, class Own, class Visit>
bool visit_leaf(const RowWalk &walk, const Leaf &leaf,
                std::vector<Workspace<Family>> &workspaces,
                std::vector<Own> &own, const KeepGoing &keep_going,
                const Visit &visit) {
  return walk.run(keep_going, [&](Index first, Index count, Index group,
                                  Index thread) {
    const auto at = static_cast<std::size_t>(thread);
    Block &block = workspaces[at].block;
    const Leaf here = leaf.strips ? leaf.strips->strip(first, thread) : leaf;
    block.load(*here.rows, here.first + first, count);
    block.set_first(leaf.origin + first);
    visit(workspaces[at], own[at], static_cast<std::size_t>(group));
  });
}

/// Loads every block of `rows` and calls visit(workspace, own, group) with it.
/// Returns false if the user interrupted.
template <class Family, class Own, class Visit>
bool visit_blocks_with(const RowWalk &walk, const Rows &rows,
                       const KeepGoing &keep_going, const Visit &visit) {
  std::vector<Workspace<Family>> workspaces(
      static_cast<std::size_t>(walk.threads()));
  std::vector<Own> own(workspaces.size());
  return visit_leaf<Family>(walk, Leaf{&rows, 0, rows.size(), 0}, workspaces,
                            own, keep_going, visit);
}

struct NothingOwn {};

/// The same with visit(workspace, group).
template <class Family, class Visit>
bool visit_blocks(const RowWalk &walk, const Rows &rows,
                  const KeepGoing &keep_going, const Visit &visit) {
  return visit_blocks_with<Family, NothingOwn>(
      walk, rows, keep_going,
      [&](Workspace<Family> &workspace, NothingOwn &, std::size_t group) {
        visit(workspace, group);
      });
}

/// Sums over all rows: add(workspace, own, sums) adds a block to sums, which
/// begin as `zero`. Groups are merged by a fixed tree, and so are leaves.
/// `size` is how many numbers are in sums; `workspaces` may be those of an
/// earlier pass: on few rows most of the time would go into their memory.
/// Returns false if the user interrupted; the result is then useless.
template <class Family, class Own, class Sums, class Add>
bool sum_rows(RowSource &source, Index threads, const KeepGoing &keep_going,
              const Sums &zero, Index size, const Add &add,
              std::vector<Workspace<Family>> &workspaces, Sums &result) {
  std::vector<Own> own;
  SumTree<Sums> tree;
  for (Index number = 0; number < source.leaves(); ++number) {
    const Leaf leaf = source.leaf_for(number, threads);
    const RowWalk walk(
        leaf.count, threads,
        most_groups(size, leaf.count * leaf.rows->gate.values.cols()));
    workspaces.resize(
        std::max(workspaces.size(), static_cast<std::size_t>(walk.threads())));
    own.resize(workspaces.size());
    std::vector<Sums> sums(static_cast<std::size_t>(walk.groups()), zero);
    if (!visit_leaf<Family>(
            walk, leaf, workspaces, own, keep_going,
            [&](Workspace<Family> &workspace, Own &mine, std::size_t group) {
              add(workspace, mine, sums[group]);
            })) {
      result = zero;
      return false;
    }
    for (std::size_t stride = 1; stride < sums.size(); stride *= 2)
      for (std::size_t i = 0; i + stride < sums.size(); i += 2 * stride)
        sums[i].merge(sums[i + stride]);
    tree.add(std::move(sums.front()));
  }
  result = tree.total();
  return true;
}

template <class Family, class Own, class Sums, class Add>
bool sum_rows(RowSource &source, Index threads, const KeepGoing &keep_going,
              const Sums &zero, Index size, const Add &add, Sums &result) {
  std::vector<Workspace<Family>> workspaces;
  return sum_rows<Family, Own>(source, threads, keep_going, zero, size, add,
                               workspaces, result);
}

/// The statistic of all rows at `theta`.
/// Returns false if the user interrupted; the statistic is then useless.
template <class Family>
bool accumulate_rows(const Mixture<Family> &mixture, RowSource &source,
                     const Parameters<Family> &theta, const Request &request,
                     Index threads, const KeepGoing &keep_going,
                     std::vector<Workspace<Family>> &workspaces,
                     Statistic<Family> &result) {
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  Statistic<Family> zero = mixture.statistic(request);
  return sum_rows<Family, NothingOwn>(
      source, threads, keep_going, zero, numbers_in(zero),
      [&](Workspace<Family> &workspace, NothingOwn &, Statistic<Family> &sums) {
        mixture.accumulate(theta, density, request, workspace, sums);
      },
      workspaces, result);
}

template <class Family>
bool accumulate_rows(const Mixture<Family> &mixture, RowSource &source,
                     const Parameters<Family> &theta, const Request &request,
                     Index threads, const KeepGoing &keep_going,
                     Statistic<Family> &result) {
  std::vector<Workspace<Family>> workspaces;
  return accumulate_rows(mixture, source, theta, request, threads, keep_going,
                         workspaces, result);
}

/// The same of rows in memory.
template <class Family>
bool accumulate_rows(const Mixture<Family> &mixture, const Rows &rows,
                     const Parameters<Family> &theta, const Request &request,
                     Index threads, const KeepGoing &keep_going,
                     Statistic<Family> &result) {
  MemoryRows source(rows);
  return accumulate_rows(mixture, source, theta, request, threads, keep_going,
                         result);
}

} // namespace sgmoe

#endif
