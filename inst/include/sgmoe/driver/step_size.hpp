// The step size of stochastic approximation: minibatch number -> gamma.
#ifndef SGMOE_STEP_SIZE_HPP
#define SGMOE_STEP_SIZE_HPP

#include <algorithm>
#include <cmath>

namespace sgmoe {

/// gamma_n = min(1, (n + delay)^-exponent), or a constant.
struct StepSize {
  double exponent = 0.65;
  double delay = -1.0;   // negative: to be chosen by delay_after()
  double constant = 0.0; // not used if zero

  double operator()(double minibatch) const {
    return constant > 0.0
               ? constant
               : std::min(1.0, std::pow(minibatch + delay, -exponent));
  }

  /// The delay at which the first window (one over gamma, in minibatches) is
  /// as long as what went before.
  static double delay_after(double minibatches, double exponent) {
    return std::pow(std::max(1.0, minibatches), 1.0 / exponent);
  }
};

} // namespace sgmoe

#endif
