// What gives the batch driver its passes: rows that this process has, or
// whoever else answers parameters with a statistic.
#ifndef SGMOE_PASS_SOURCE_HPP
#define SGMOE_PASS_SOURCE_HPP

#include "pass.hpp"

namespace sgmoe {

template <class Family> class PassSource {
public:
  virtual ~PassSource() = default;

  /// Number of rows.
  virtual Index size() const = 0;
  /// The statistic of all rows at `theta`. Returns false if the user
  /// interrupted.
  virtual bool pass(const Mixture<Family> &mixture,
                    const Parameters<Family> &theta, const Request &request,
                    Index threads, const KeepGoing &keep_going,
                    Statistic<Family> &result) = 0;
};

/// Passes over rows in memory or in a file.
template <class Family> class RowPasses final : public PassSource<Family> {
public:
  explicit RowPasses(RowSource &rows) : rows_(rows) {}

  Index size() const override { return rows_.size(); }

  bool pass(const Mixture<Family> &mixture, const Parameters<Family> &theta,
            const Request &request, Index threads, const KeepGoing &keep_going,
            Statistic<Family> &result) override {
    return accumulate_rows(mixture, rows_, theta, request, threads, keep_going,
                           workspaces_, result);
  }

private:
  RowSource &rows_;
  std::vector<Workspace<Family>> workspaces_;
};

/// Passes over rows in memory.
template <class Family> class MemoryPasses final : public PassSource<Family> {
public:
  explicit MemoryPasses(const Rows &rows) : rows_(rows), passes_(rows_) {}

  Index size() const override { return rows_.size(); }

  bool pass(const Mixture<Family> &mixture, const Parameters<Family> &theta,
            const Request &request, Index threads, const KeepGoing &keep_going,
            Statistic<Family> &result) override {
    return passes_.pass(mixture, theta, request, threads, keep_going, result);
  }

private:
  MemoryRows rows_;
  RowPasses<Family> passes_;
};

} // namespace sgmoe

#endif
