// What a mixture says of rows: gate probabilities, expert means, posteriors,
// log-densities, and their totals.
#ifndef SGMOE_PREDICT_HPP
#define SGMOE_PREDICT_HPP

#include "../driver/pass.hpp"

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
describe_rows(const Mixture<Family> &mixture, const Rows &rows,
              const Parameters<Family> &theta, Curvature curvature,
              Index threads, const KeepGoing &keep_going) {
  const RowWalk walk(rows.size(), threads);
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  Request request;
  request.curvature = curvature;
  Description<Family> empty;
  empty.gate = Vector::Zero(mixture.experts());
  empty.sums = mixture.statistic(request);
  std::vector<Description<Family>> totals(
      static_cast<std::size_t>(walk.groups()), empty);
  visit_blocks<Family>(
      walk, rows, keep_going,
      [&](Workspace<Family> &workspace, std::size_t group) {
        Description<Family> &total = totals[group];
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
      });
  for (std::size_t group = 1; group < totals.size(); ++group)
    totals[0].merge(totals[group]);
  return totals[0];
}

/// Gate probabilities (n x K).
template <class Family>
Matrix predict_gate(const Mixture<Family> &mixture, const Rows &rows,
                    const Parameters<Family> &theta, Index threads,
                    const KeepGoing &keep_going) {
  Matrix result(rows.size(), mixture.experts());
  visit_blocks<Family>(RowWalk(rows.size(), threads), rows, keep_going,
                       [&](Workspace<Family> &workspace, std::size_t) {
                         mixture.gate_probability(theta.gate, workspace);
                         rows_of(workspace, result) = workspace.probability;
                       });
  return result;
}

/// The experts' means (n x q K), on the working scale of the response; for
/// classes, their probabilities (n x M K).
template <class Family>
Matrix predict_expert(const Mixture<Family> &mixture, const Rows &rows,
                      const Parameters<Family> &theta, Index threads,
                      const KeepGoing &keep_going) {
  Matrix result(rows.size(), mixture.family().mean_columns());
  visit_blocks<Family>(RowWalk(rows.size(), threads), rows, keep_going,
                       [&](Workspace<Family> &workspace, std::size_t) {
                         Matrix &mean = workspace.scratch.panel;
                         mixture.family().expert_mean(workspace.block,
                                                      theta.expert, mean);
                         rows_of(workspace, result) = mean;
                       });
  return result;
}

/// Posterior probabilities (n x K) and, in the last column, log-densities.
template <class Family>
Matrix predict_posterior(const Mixture<Family> &mixture, const Rows &rows,
                         const Parameters<Family> &theta, Index threads,
                         const KeepGoing &keep_going) {
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  Matrix result(rows.size(), mixture.experts() + 1);
  visit_blocks<Family>(RowWalk(rows.size(), threads), rows, keep_going,
                       [&](Workspace<Family> &workspace, std::size_t) {
                         mixture.expectation(theta.gate, density, workspace);
                         rows_of(workspace, result) << workspace.posterior,
                             workspace.log_density;
                       });
  return result;
}

} // namespace sgmoe

#endif
