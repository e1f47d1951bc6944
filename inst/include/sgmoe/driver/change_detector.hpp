// Has the stream's distribution changed abruptly? A one-sided CUSUM (Page 1954)
// of the scores that minibatches get before they are learnt: deviations below
// their mean, in standard deviations, less an allowance of one, are summed
// while the sum is positive. No deviation counts for more than four, so that an
// outlier alone raises no alarm: it takes four bad minibatches.
#ifndef SGMOE_CHANGE_DETECTOR_HPP
#define SGMOE_CHANGE_DETECTOR_HPP

#include "../core/common.hpp"

#include <algorithm>
#include <cmath>

namespace sgmoe {

struct ChangeDetector {
  double seen = 0.0; // minibatches since the beginning or the last alarm
  double mean = 0.0, variance = 0.0;
  double sum = 0.0;

  /// Takes the mean score of a minibatch; true if the distribution has changed.
  bool add(double score) {
    constexpr double kWarmUp = 20.0, kAlarm = 11.0, kMemory = 200.0,
                     kMost = 4.0;
    double deviation = score - mean;
    if (seen >= kWarmUp) {
      const double most = kMost * std::sqrt(variance);
      deviation = deviation > -most ? std::min(deviation, most) : -most;
      sum = std::max(0.0,
                     sum - (most > 0.0 ? kMost * deviation / most : 0.0) - 1.0);
      if (sum > kAlarm) {
        *this = ChangeDetector();
        return true;
      }
    }
    seen += 1.0;
    const double weight = 1.0 / std::min(seen, kMemory);
    mean += weight * deviation;
    variance += weight * ((1.0 - weight) * deviation * deviation - variance);
    return false;
  }
};

} // namespace sgmoe

#endif
