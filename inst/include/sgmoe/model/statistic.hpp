// Parameters and additive sufficient statistic of gate and experts together.
#ifndef SGMOE_STATISTIC_HPP
#define SGMOE_STATISTIC_HPP

#include "../block/logit.hpp"

#include <string>

namespace sgmoe {

/// Gate coefficients (p x K, rows sum to zero) and the experts' parameters, in
/// the working basis.
template <class Family> struct Parameters {
  Matrix gate;
  typename Family::Parameters expert;

  /// Calls visit(name, numbers) for all that parameters are made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("gate", gate);
    expert.fields(visit);
  }
};

/// Sums over a set of rows at given parameters.
template <class Family> struct Statistic {
  double rows = 0.0; // with a positive weight
  double weight = 0.0;
  double log_likelihood = 0.0;
  LogitStatistic gate;
  typename Family::Statistic expert;

  /// Calls visit(name, numbers) for all that a statistic is made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("sums_rows", rows);
    visit("sums_weight", weight);
    visit("sums_log_likelihood", log_likelihood);
    gate.fields([&](const char *name, auto &value) {
      visit(std::string("gate_") + name, value);
    });
    expert.fields([&](const char *name, auto &value) {
      visit(std::string("expert_") + name, value);
    });
  }

  void merge(const Statistic &other) {
    rows += other.rows;
    weight += other.weight;
    log_likelihood += other.log_likelihood;
    gate.merge(other.gate);
    expert.merge(other.expert);
  }

  void scale(double factor) {
    rows *= factor;
    weight *= factor;
    log_likelihood *= factor;
    gate.scale(factor);
    expert.scale(factor);
  }

  /// Takes the Fisher sums of a statistic of the same rows at other parameters.
  void adopt_curvature(const Statistic &other) {
    gate.adopt_curvature(other.gate);
    expert.adopt_curvature(other.expert);
  }
};

} // namespace sgmoe

#endif
