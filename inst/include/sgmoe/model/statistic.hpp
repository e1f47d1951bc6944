// Parameters and additive sufficient statistic of gate and experts together.
#ifndef SGMOE_STATISTIC_HPP
#define SGMOE_STATISTIC_HPP

#include "../block/logit.hpp"

#include <string>

namespace sgmoe {

inline Index size_of(double) { return 1; }
inline Index size_of(const Vector &value) { return value.size(); }
inline Index size_of(const Matrix &value) { return value.size(); }

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

  /// Takes the sums for curvature that were left out from a statistic of the
  /// same rows at other parameters.
  void adopt_curvature(const Statistic &other) {
    gate.adopt_curvature(other.gate, Vector::Ones(1));
    expert.adopt_curvature(other.expert);
  }
};

/// How many numbers are in a statistic.
template <class Family> Index numbers_in(Statistic<Family> &sums) {
  Index result = 0;
  sums.fields([&](const auto &, auto &value) { result += size_of(value); });
  return result;
}

} // namespace sgmoe

#endif
