// What a mixture says of rows: gate probabilities, expert means, posteriors,
// log-densities, and their totals.
#ifndef SGMOE_PREDICT_HPP
#define SGMOE_PREDICT_HPP

#include "../driver/pass.hpp"
#include "row_values.hpp"

namespace sgmoe {

/// Totals over rows that describe a fit.
template <class Family> struct Description {
  Vector gate;            // sum a pi, one an expert
  double entropy = 0.0;   // -sum a tau log tau
  Statistic<Family> sums; // with the Fisher sums, if asked for

  void merge(const Description &other) {
    gate += other.gate;
    entropy += other.entropy;
    sums.merge(other.sums);
  }
};

/// The rows of a result that belong to the block in the workspace.
template <class Family>
Eigen::Block<Matrix> rows_of(const Workspace<Family> &workspace,
                             Matrix &result) {
  return result.block(workspace.block.first(), 0, workspace.block.size(),
                      result.cols());
}

template <class Family>
Description<Family>
describe_rows(const Mixture<Family> &mixture, RowSource &source,
              const Parameters<Family> &theta, Curvature curvature,
              Index threads, const KeepGoing &keep_going) {
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  Request request;
  request.curvature = curvature;
  Description<Family> empty;
  empty.gate = Vector::Zero(mixture.experts());
  empty.sums = mixture.statistic(request);
  Description<Family> result;
  sum_rows<Family, NothingOwn>(
      source, threads, keep_going, empty, numbers_in(empty.sums),
      [&](Workspace<Family> &workspace, NothingOwn &,
          Description<Family> &total) {
        mixture.accumulate(theta, density, request, workspace, total.sums);
        const auto weights = workspace.block.weights().array();
        const auto own = workspace.own.array();
        for (Index k = 0; k < mixture.experts(); ++k) {
          total.gate(k) +=
              (weights * workspace.probability.col(k).array()).sum();
          const auto weighted = workspace.posterior.col(k).array(); // a tau
          total.entropy -= (weighted > 0.0)
                               .select(weighted * (weighted / own).log(), 0.0)
                               .sum();
        }
      },
      result);
  return result;
}

/// The same of rows in memory.
template <class Family>
Description<Family>
describe_rows(const Mixture<Family> &mixture, const Rows &rows,
              const Parameters<Family> &theta, Curvature curvature,
              Index threads, const KeepGoing &keep_going) {
  MemoryRows source(rows);
  return describe_rows(mixture, source, theta, curvature, threads, keep_going);
}

/// All parts in one pass over the rows.
template <class Family>
RowValues predict_rows(const Mixture<Family> &mixture, const Rows &rows,
                       const Parameters<Family> &theta, unsigned parts,
                       Index threads, const KeepGoing &keep_going) {
  const bool gate = parts & row_part::gate, expert = parts & row_part::expert,
             posterior = parts & row_part::posterior;
  RowValues result;
  if (gate)
    result.gate.resize(rows.size(), mixture.experts());
  if (expert)
    result.expert.resize(rows.size(), mixture.family().mean_columns());
  if (posterior) {
    result.posterior.resize(rows.size(), mixture.experts());
    result.log_density.resize(rows.size());
  }
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  visit_blocks<Family>(
      RowWalk(rows.size(), threads), rows, keep_going,
      [&](Workspace<Family> &workspace, std::size_t) {
        if (posterior) {
          mixture.expectation(theta.gate, density, workspace);
          rows_of(workspace, result.posterior) = workspace.posterior;
          result.log_density.segment(workspace.block.first(),
                                     workspace.block.size()) =
              workspace.log_density;
        } else if (gate) {
          mixture.gate_probability(theta.gate, workspace);
        }
        if (gate)
          rows_of(workspace, result.gate) = workspace.probability;
        if (expert) {
          Matrix &mean = workspace.scratch.panel;
          mixture.family().expert_mean(workspace.block, theta.expert, mean);
          rows_of(workspace, result.expert) = mean;
        }
      });
  return result;
}

} // namespace sgmoe

#endif
