// Giving an expert that has lost its weight another chance, on the recent rows
// that the mixture predicts worst.
#ifndef SGMOE_REVIVE_HPP
#define SGMOE_REVIVE_HPP

#include "../model/mixture.hpp"
#include "row_buffer.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace sgmoe {

/// Adds to `sums` the hardest quarter of the rows in `recent`, as if it were
/// known that they came from the experts in `lost` (in turn). The next
/// maximisation then fits these experts to them, and the gate learns where they
/// are. Rows below the log-density `least` are none to learn from. `like` gives
/// the rows' shapes and basis. Needs rows that are not many: they are one
/// block.
template <class Family>
void assign_hardest(const Mixture<Family> &mixture,
                    const Parameters<Family> &theta, const Request &request,
                    const RowBuffer &recent, double least, const Rows &like,
                    const std::vector<Index> &lost,
                    Workspace<Family> &workspace, Statistic<Family> &sums) {
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  workspace.block.load(recent.view(like), 0, recent.size());
  mixture.expectation(theta.gate, density, workspace);
  std::vector<Index> order(static_cast<std::size_t>(recent.size()));
  std::iota(order.begin(), order.end(), Index(0));
  const Vector log_density = workspace.log_density;
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return log_density(a) < log_density(b);
  });
  order.erase(std::remove_if(order.begin(), order.end(),
                             [&](Index i) { return log_density(i) < least; }),
              order.end());
  RowBuffer hardest;
  const Index count = static_cast<Index>(order.size()) / 4;
  hardest.values.resize(count, recent.values.cols());
  Matrix posterior = Matrix::Zero(count, mixture.experts());
  for (Index i = 0; i < count; ++i) {
    hardest.values.row(i) =
        recent.values.row(order[static_cast<std::size_t>(i)]);
    posterior(i, lost[static_cast<std::size_t>(i) % lost.size()]) = 1.0;
  }
  const Eigen::Map<const Matrix> given(posterior.data(), posterior.rows(),
                                       posterior.cols());
  Request known = request;
  known.posterior = &given;
  workspace.block.load(hardest.view(like), 0, count);
  mixture.accumulate(theta, density, known, workspace, sums);
}

} // namespace sgmoe

#endif
