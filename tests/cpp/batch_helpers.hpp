// What the tests of batch runs share.
#ifndef SGMOE_TESTS_BATCH_HELPERS_HPP
#define SGMOE_TESTS_BATCH_HELPERS_HPP

#include "helpers.hpp"

#include <sgmoe/driver/batch.hpp>

#include <algorithm>
#include <vector>

namespace test {

/// By how much a trace falls at the most from one pass to the next.
inline double largest_fall(const std::vector<double> &trace) {
  double worst = 0.0;
  for (std::size_t i = 1; i < trace.size(); ++i)
    worst = std::max(worst, trace[i - 1] - trace[i]);
  return worst;
}

/// Each method with each curvature and acceleration.
inline std::vector<sgmoe::BatchControl> batch_controls() {
  using sgmoe::Acceleration;
  using sgmoe::Curvature;
  using sgmoe::Method;
  std::vector<sgmoe::BatchControl> result;
  for (Method method : {Method::mm, Method::em})
    for (Curvature curvature : {Curvature::bound, Curvature::fisher})
      for (Acceleration acceleration :
           {Acceleration::none, Acceleration::anderson,
            Acceleration::quasi_newton}) {
        sgmoe::BatchControl control;
        control.method = method;
        control.curvature = curvature;
        control.acceleration = acceleration;
        result.push_back(control);
      }
  return result;
}

} // namespace test

#endif
