// What the drivers are told and what they report: plain numbers, for callers
// that know of no family.
#ifndef SGMOE_CONTROL_HPP
#define SGMOE_CONTROL_HPP

#include "../core/common.hpp"
#include "../core/walk.hpp"
#include "step_size.hpp"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace sgmoe {

/// Refuses a setting, unless `holds`.
inline void require_setting(bool holds, const char *what) {
  if (!holds)
    throw InputError(std::string("control: ") + what);
}

enum class Method { mm, em };

enum class Acceleration { none, anderson, quasi_newton };

struct BatchControl {
  Index max_passes = 1000;
  double tolerance = 1e-10;
  Method method = Method::mm;
  Curvature curvature = Curvature::fisher;
  Acceleration acceleration = Acceleration::quasi_newton;
  Index history = 10;
  Index threads = 1;

  void check() const {
    require_setting(!std::isnan(tolerance), "tolerance is not a number");
    require_setting(history >= 0, "history must not be negative");
    require_setting(threads >= 1, "threads must be at least one");
  }
};

/// Hooks of the caller; either may be empty.
struct Callbacks {
  KeepGoing keep_going;
  /// Called after every pass: passes so far, kept objective.
  std::function<void(Index, double)> on_pass;
};

/// How a batch run ended.
struct BatchOutcome {
  double objective = 0.0;
  double log_likelihood = 0.0;
  std::string reason;
  Index passes = 0;
  Index rejected = 0;        // accelerated points that were not kept
  std::vector<double> trace; // kept objective after every pass
  double gain = 0.0;         // promised by one more step, whole data
  Vector expert_weight;      // posterior weight of every expert
  ExpertReport report;
};

enum class Average { none, polyak, tail, newton };

struct IncrementalControl {
  StepSize step_size; // a negative delay is to be chosen from the pilot
  Index minibatch = 64;
  // Minibatches between maximisations; zero: as the driver thinks fit.
  Index update_every = 0;
  Curvature curvature = Curvature::fisher;
  Average average = Average::newton;
  bool revive = false; // restart experts that lose their weight
  bool cap = true;     // bound the influence of extreme rows
  // The weight of the rows that a ridge is meant for, where it is known; zero
  // stands for those learnt so far.
  double ridge_weight = 0.0;
  Index threads = 1;

  void check() const {
    require_setting(minibatch >= 1, "minibatch must be at least one");
    require_setting(update_every >= 0, "update_every must not be negative");
    require_setting(threads >= 1, "threads must be at least one");
    require_setting(std::isfinite(step_size.exponent) &&
                        std::isfinite(step_size.delay),
                    "exponent and delay must be finite");
    require_setting(step_size.constant >= 0.0 && step_size.constant <= 1.0,
                    "constant must lie between zero and one");
    require_setting(ridge_weight >= 0.0 && std::isfinite(ridge_weight),
                    "ridge_weight must be finite and not negative");
  }
};

} // namespace sgmoe

#endif
