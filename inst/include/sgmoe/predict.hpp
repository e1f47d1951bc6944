// What a mixture says of rows: gate probabilities, expert means, posteriors,
// log-densities, and their totals.
#ifndef SGMOE_PREDICT_HPP
#define SGMOE_PREDICT_HPP

#include "pass.hpp"

namespace sgmoe {

/// Totals over rows that describe a fit. One entry an expert.
struct Description {
  Vector gate;       // sum a pi
  Vector ambiguity;  // sum a pi (1 - pi)
  Vector posterior;  // sum a tau
  double entropy = 0.0; // -sum a tau log tau

  explicit Description(Index experts)
      : gate(Vector::Zero(experts)), ambiguity(Vector::Zero(experts)),
        posterior(Vector::Zero(experts)) {}

  void merge(const Description &other) {
    gate += other.gate;
    ambiguity += other.ambiguity;
    posterior += other.posterior;
    entropy += other.entropy;
  }
};

/// Calls visit(workspace, first, group) after the E-step of every block.
template <class Family, class Visit>
bool expectation_rows(const Mixture<Family> &mixture, const Rows &rows,
                      const Parameters<Family> &theta, const RowWalk &walk,
                      const KeepGoing &keep_going, const Visit &visit) {
  const typename Family::Density density =
      mixture.family().density(theta.expert);
  std::vector<Workspace<Family>> workspaces(
      static_cast<std::size_t>(walk.threads()));
  return walk.run(keep_going, [&](Index first, Index count, Index group,
                                  Index thread) {
    auto &workspace = workspaces[static_cast<std::size_t>(thread)];
    workspace.block.load(rows, first, count);
    mixture.expectation(theta.gate, density, workspace);
    visit(workspace, first, group);
  });
}

template <class Family>
Description describe_rows(const Mixture<Family> &mixture, const Rows &rows,
                          const Parameters<Family> &theta, Index threads,
                          const KeepGoing &keep_going) {
  const RowWalk walk(rows.size(), threads);
  std::vector<Description> totals(static_cast<std::size_t>(walk.groups()),
                                  Description(mixture.experts()));
  expectation_rows(
      mixture, rows, theta, walk, keep_going,
      [&](const Workspace<Family> &workspace, Index, Index group) {
        Description &total = totals[static_cast<std::size_t>(group)];
        const auto weights = workspace.block.weights().asDiagonal();
        const Matrix &probability = workspace.probability;
        const Matrix &posterior = workspace.posterior;
        total.gate += (weights * probability).colwise().sum().transpose();
        total.ambiguity +=
            (weights * (probability.array() * (1.0 - probability.array()))
                           .matrix())
                .colwise()
                .sum()
                .transpose();
        total.posterior += (weights * posterior).colwise().sum().transpose();
        total.entropy -=
            (weights * (posterior.array() * posterior.array().log()).matrix())
                .sum();
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
  const RowWalk walk(rows.size(), threads);
  Matrix result(rows.size(), mixture.experts());
  std::vector<Workspace<Family>> workspaces(
      static_cast<std::size_t>(walk.threads()));
  walk.run(keep_going, [&](Index first, Index count, Index, Index thread) {
    auto &workspace = workspaces[static_cast<std::size_t>(thread)];
    workspace.block.load(rows, first, count);
    mixture.gate_probability(theta.gate, workspace);
    result.middleRows(first, count) = workspace.probability;
  });
  return result;
}

/// The experts' means (n x q K), on the working scale of the response.
template <class Family>
Matrix predict_expert(const Mixture<Family> &mixture, const Rows &rows,
                      const Parameters<Family> &theta, Index threads,
                      const KeepGoing &keep_going) {
  const RowWalk walk(rows.size(), threads);
  Matrix result(rows.size(), theta.expert.mean.cols());
  std::vector<Workspace<Family>> workspaces(
      static_cast<std::size_t>(walk.threads()));
  walk.run(keep_going, [&](Index first, Index count, Index, Index thread) {
    auto &workspace = workspaces[static_cast<std::size_t>(thread)];
    workspace.block.load(rows, first, count);
    mixture.family().expert_mean(workspace.block, theta.expert,
                                 workspace.buffer);
    result.middleRows(first, count) = workspace.buffer;
  });
  return result;
}

/// Posterior probabilities (n x K) and, in the last column, log-densities.
template <class Family>
Matrix predict_posterior(const Mixture<Family> &mixture, const Rows &rows,
                         const Parameters<Family> &theta, Index threads,
                         const KeepGoing &keep_going) {
  const RowWalk walk(rows.size(), threads);
  Matrix result(rows.size(), mixture.experts() + 1);
  expectation_rows(mixture, rows, theta, walk, keep_going,
                   [&](const Workspace<Family> &workspace, Index first, Index) {
                     const Index count = workspace.block.size();
                     result.middleRows(first, count)
                         .leftCols(mixture.experts()) = workspace.posterior;
                     result.col(mixture.experts()).segment(first, count) =
                         workspace.log_density;
                   });
  return result;
}

} // namespace sgmoe

#endif
