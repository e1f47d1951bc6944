// What a mixture says of rows: gate probabilities, expert means, posteriors,
// log-densities, and their totals.
#ifndef SGMOE_PREDICT_HPP
#define SGMOE_PREDICT_HPP

#include "pass.hpp"

namespace sgmoe {

/// Totals over rows that describe a fit. One entry an expert.
struct Description {
  Vector gate;          // sum a pi
  Vector posterior;     // sum a tau
  double entropy = 0.0; // -sum a tau log tau
  LogitStatistic sums;  // of the gate, with its Fisher curvature

  Description(Index experts, const LogitStatistic &empty)
      : gate(Vector::Zero(experts)), posterior(Vector::Zero(experts)),
        sums(empty) {}

  void merge(const Description &other) {
    gate += other.gate;
    posterior += other.posterior;
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
Description describe_rows(const Mixture<Family> &mixture, const Rows &rows,
                          const Parameters<Family> &theta, Curvature curvature,
                          Index threads, const KeepGoing &keep_going) {
  const RowWalk walk(rows.size(), threads);
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  std::vector<Description> totals(
      static_cast<std::size_t>(walk.groups()),
      Description(mixture.experts(),
                  mixture.gate().statistic(true, curvature)));
  visit_blocks<Family>(
      walk, rows, keep_going,
      [&](Workspace<Family> &workspace, std::size_t group) {
        mixture.expectation(theta.gate, density, workspace);
        const Block &block = workspace.block;
        const auto weights = block.weights().array();
        Description &total = totals[group];
        for (Index k = 0; k < mixture.experts(); ++k) {
          const auto posterior = workspace.posterior.col(k).array();
          total.gate(k) +=
              (weights * workspace.probability.col(k).array()).sum();
          total.posterior(k) += (weights * posterior).sum();
          total.entropy -= (weights * posterior * posterior.log()).sum();
        }
        workspace.residual = block.weights().asDiagonal() *
                             (workspace.posterior - workspace.probability);
        mixture.gate().accumulate(block.gate(), block.weights(),
                                  workspace.probability, workspace.residual,
                                  workspace.buffer, total.sums);
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

/// The experts' means (n x q K), on the working scale of the response.
template <class Family>
Matrix predict_expert(const Mixture<Family> &mixture, const Rows &rows,
                      const Parameters<Family> &theta, Index threads,
                      const KeepGoing &keep_going) {
  Matrix result(rows.size(), theta.expert.mean.cols());
  visit_blocks<Family>(RowWalk(rows.size(), threads), rows, keep_going,
                       [&](Workspace<Family> &workspace, std::size_t) {
                         mixture.family().expert_mean(
                             workspace.block, theta.expert, workspace.buffer);
                         rows_of(workspace, result) = workspace.buffer;
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
