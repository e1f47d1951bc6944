// The cap on what one row may do to a stream.
//
// A row is extreme if its density under the present mixture is so low that, as
// the tail of the densities of recent rows goes, one row in 100000 would be
// as low. It then belongs to a constant background density g beside the mixture
// f (an improper component, Hennig and Coretti 2016) and enters all sums with
// weight f / (f + g): its influence vanishes the faster the more absurd it is,
// and rows that are not extreme have weight one to the last bit.
//
// The tail is that of the shortfall d of log-densities below a running centre.
// Its survival beyond the level s1 that one row in a hundred exceeds is taken
// for a power x^-a (Weissman 1978), the exponent read off between the levels
// s10 and s1 of one row in ten and in a hundred: a = log 10 / log(s1 / s10).
// So heavy tails are cut much later than light ones (normal noise at about 15
// standard deviations, t with three degrees of freedom at about 60). One is
// the least exponent (the variance would be infinite), and that of normal noise
// the largest.
//
// Levels are those of the last rows, extreme ones included. So a distribution
// that changes lifts the cap as soon as one in a hundred of these rows is under
// the new one: 32 rows, half of a minibatch.
#ifndef SGMOE_ROW_CAP_HPP
#define SGMOE_ROW_CAP_HPP

#include "../core/common.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sgmoe {

/// What some rows say of the distribution of log-densities.
struct RowLevels {
  static constexpr Index kBins = 64;

  Vector counts = Vector::Zero(kBins); // of shortfalls, bins a factor sqrt(2)
  double rows = 0.0;
  double pull = 0.0;    // sum of deviations from the centre, one at most each
  double extreme = 0.0; // rows more the background's than the mixture's

  void add(double shortfall) {
    counts(bin(shortfall)) += 1.0;
    rows += 1.0;
    pull -= std::max(-1.0, std::min(1.0, shortfall));
  }

  void merge(const RowLevels &other) {
    counts += other.counts;
    rows += other.rows;
    pull += other.pull;
    extreme += other.extreme;
  }

  /// Shortfalls in bin i > 0 lie between edge(i - 1) and edge(i).
  static double edge(Index i) {
    return kLeast * std::pow(2.0, 0.5 * static_cast<double>(i));
  }

private:
  static constexpr double kLeast = 1.0 / 16.0;

  static Index bin(double shortfall) {
    if (!(shortfall > kLeast))
      return 0;
    const double at = std::ceil(2.0 * std::log2(shortfall / kLeast));
    return static_cast<Index>(std::min(at, static_cast<double>(kBins - 1)));
  }
};

struct RowCap {
  double centre = 0.0; // of the log-densities: between their mean and median
  Vector counts = Vector::Zero(RowLevels::kBins); // of the last kMemory rows
  double extreme = 0.0;                           // rows found so far

  /// Begins with the log-densities of the pilot's rows.
  void begin(Vector log_density) {
    const Index size = log_density.size();
    if (size == 0)
      return;
    std::nth_element(log_density.data(), log_density.data() + size / 2,
                     log_density.data() + size);
    centre = log_density(size / 2);
    RowLevels levels;
    for (Index i = 0; i < size; ++i)
      levels.add(centre - log_density(i));
    add(levels);
  }

  void add(const RowLevels &levels) {
    const double before = counts.sum();
    const double most = std::max(0.0, kMemory - levels.rows);
    if (before > most)
      counts *= most / before;
    counts += levels.counts;
    extreme += levels.extreme;
    centre += levels.pull / std::max(double(kMemory), levels.rows);
  }

  /// The shortfall beyond which a row is extreme.
  double most() const {
    const double high = level(kHigh);
    const double ratio = high / level(kLow);
    const double decades = std::log10(kLow / kHigh);
    double exponent = ratio > 1.0 ? decades / std::log10(ratio) : kLightest;
    exponent =
        std::max(double(kHeaviest), std::min(double(kLightest), exponent));
    return std::max(double(kLeast),
                    high * std::pow(kHigh / kRare, 1.0 / exponent));
  }

  /// Log of the background density.
  double background() const { return centre - most(); }

  /// By how much an extreme row counts as better where minibatches are asked
  /// for a change of distribution: no worse than one in a hundred, so that a
  /// few of them raise no alarm. Where they are many, so is the rest.
  double allowance() const { return most() - level(kHigh); }

private:
  /// The shortfall that a share of the rows exceeds.
  double level(double share) const {
    const double wanted = share * counts.sum();
    double above = 0.0;
    for (Index i = RowLevels::kBins - 1; i > 0; --i) {
      const double next = above + counts(i);
      if (next > wanted) {
        // Straight between the edges: in logarithms of both, where it can be.
        const double low = RowLevels::edge(i - 1), high = RowLevels::edge(i);
        const double part =
            above > 0.0 ? std::log(next / wanted) / std::log(next / above)
                        : (next - wanted) / next;
        return low * std::pow(high / low, part);
      }
      above = next;
    }
    return RowLevels::edge(0);
  }

  static constexpr double kMemory = 3200.0; // rows
  static constexpr double kHigh = 0.01, kLow = 0.1, kRare = 1e-5;
  static constexpr double kHeaviest = 1.0, kLightest = 2.3;
  static constexpr double kLeast = 50.0; // nats: ten standard deviations
};

} // namespace sgmoe

#endif
