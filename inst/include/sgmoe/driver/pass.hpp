// One pass over the rows: blocked, threaded, and bit-identical for any number
// of threads.
#ifndef SGMOE_PASS_HPP
#define SGMOE_PASS_HPP

#include "../core/walk.hpp"
#include "../model/mixture.hpp"

#include <vector>

namespace sgmoe {

/// Loads every block of `rows` and calls visit(workspace, own, group) with it,
/// `own` room of each thread for what the visitor computes.
/// Returns false if the user interrupted.
template <class Family, class Own, class Visit>
bool visit_blocks_with(const RowWalk &walk, const Rows &rows,
                       const KeepGoing &keep_going, const Visit &visit) {
  std::vector<Workspace<Family>> workspaces(
      static_cast<std::size_t>(walk.threads()));
  std::vector<Own> own(workspaces.size());
  return walk.run(
      keep_going, [&](Index first, Index count, Index group, Index thread) {
        const auto at = static_cast<std::size_t>(thread);
        workspaces[at].block.load(rows, first, count);
        visit(workspaces[at], own[at], static_cast<std::size_t>(group));
      });
}

/// The same with visit(workspace, group).
template <class Family, class Visit>
bool visit_blocks(const RowWalk &walk, const Rows &rows,
                  const KeepGoing &keep_going, const Visit &visit) {
  struct Nothing {};
  return visit_blocks_with<Family, Nothing>(
      walk, rows, keep_going,
      [&](Workspace<Family> &workspace, Nothing &, std::size_t group) {
        visit(workspace, group);
      });
}

/// The statistic of all rows at `theta`. Groups are merged by a fixed tree.
/// Returns false if the user interrupted; the statistic is then useless.
template <class Family>
bool accumulate_rows(const Mixture<Family> &mixture, const Rows &rows,
                     const Parameters<Family> &theta, const Request &request,
                     Index threads, const KeepGoing &keep_going,
                     Statistic<Family> &result) {
  const RowWalk walk(rows.size(), threads);
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  std::vector<Statistic<Family>> sums(static_cast<std::size_t>(walk.groups()),
                                      mixture.statistic(request));
  const bool complete = visit_blocks<Family>(
      walk, rows, keep_going,
      [&](Workspace<Family> &workspace, std::size_t group) {
        mixture.accumulate(theta, density, request, workspace, sums[group]);
      });
  for (std::size_t stride = 1; stride < sums.size(); stride *= 2)
    for (std::size_t i = 0; i + stride < sums.size(); i += 2 * stride)
      sums[i].merge(sums[i + stride]);
  result = std::move(sums.front());
  return complete;
}

} // namespace sgmoe

#endif
