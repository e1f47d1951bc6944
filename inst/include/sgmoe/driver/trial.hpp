// Is a Newton step better than the averages that it starts from?
//
// A candidate is frozen and meets rows that are not yet learnt, five for each
// parameter and at least a tenth of those learnt; so do the frozen average
// weighted towards later iterates and the running iterate. The candidate fails
// if its log-likelihood is lower than the better of these two by more than
// chance gives; then this one is reported. (Where distributions drift, that is
// the iterate.) It leads if it is higher by as much: see incremental.hpp.
//
// Under decreasing steps a minibatch counts for one nat in favour at most:
// where noise has heavy tails single rows speak loudly, and there the step is
// poor. Under a constant step distributions may change, and gains be large.
#ifndef SGMOE_TRIAL_HPP
#define SGMOE_TRIAL_HPP

#include "../core/common.hpp"

#include <algorithm>

namespace sgmoe {

struct Trial {
  double advantage = 0.0; // log-likelihood of the candidate less reference's
  double lead = 0.0;      // the same of the iterate
  double judged = 0.0;    // rows since they were frozen
  double trusted = 0.0;   // 1: the candidate is reported
  double ahead = 0.0;     // 1: else the iterate is, because it leads

  static constexpr double kRowsPerParameter = 5.0;
  static constexpr double kShareOfRows = 0.1;
  static constexpr double kNoise = 3.0;    // nats that chance gives
  static constexpr double kMostGain = 1.0; // of a minibatch, in nats
  static constexpr double kMemory = 0.5;

  /// What of three values is that of the estimate reported.
  double reported(double candidate, double iterate, double average) const {
    return trusted > 0.0 ? candidate : ahead > 0.0 ? iterate : average;
  }

  /// Takes a minibatch in: log-likelihoods of the candidate and the iterate
  /// less that of the reference, in rows. One that fails is not trusted at
  /// once, and not only when the rows are enough.
  void add(double candidate, double iterate, double rows, bool bounded) {
    const bool counts = !bounded || candidate < kMostGain;
    advantage += counts ? candidate : kMostGain;
    lead += iterate;
    judged += rows;
    if (fails())
      trusted = 0.0;
  }

  /// Are the rows enough for a verdict, after so many learnt?
  bool is_over(Index parameters, double learnt) const {
    return !(judged <
             std::max(kRowsPerParameter * static_cast<double>(parameters),
                      kShareOfRows * learnt));
  }

  /// The verdict. A Newton step knows nothing of an expert without rows, and
  /// may put it anywhere: where one is lost, the next candidate can be far
  /// worse than the one that was judged, and is not trusted.
  void conclude(bool lost) {
    trusted = fails() || lost ? 0.0 : 1.0;
    ahead = fails() && lead > kNoise ? 1.0 : 0.0;
  }

  /// Is the candidate clearly better than both others?
  bool leads() const {
    return trusted > 0.0 && advantage > std::max(0.0, lead) + kNoise;
  }

  /// Goes on with the next candidate: earlier rows tell of earlier ones, but
  /// of the same lag.
  void begin_next() {
    advantage = remembered(advantage);
    lead = remembered(lead);
    judged = 0.0;
  }

private:
  bool fails() const { return advantage < std::max(0.0, lead) - kNoise; }

  static double remembered(double value) {
    return kMemory * std::max(-2.0 * kNoise, std::min(2.0 * kNoise, value));
  }
};

} // namespace sgmoe

#endif
