// Which minibatches of a stream take a step and give outer products.
//
// A maximisation costs about (columns)^3, a row's sums (columns)^2: on designs
// of more than a few columns it would take most of the time. The iterate moves
// by a share gamma_n of what a minibatch says, so that where gamma_n is small a
// few minibatches in a row would be seen from nearly the same point: they then
// share a step, and their sums are discounted as before. After minibatch n
// there is a step if n is a multiple of
//   m_n = the largest power of two with m_n gamma_n <= 0.1
//         and m_n minibatch <= 24 columns,
// one at least, and one on up to 16 columns. This depends on nothing but the
// settings and n, and so not on chunks; m_n only grows, and as powers of two
// divide each other the steps go on where they were. There, too, outer products
// of the d scores of a row (row_scores.hpp) come from every e-th minibatch
// only, e = max(1, d / 64, d^2 / 6400) rounded down, O_n = phi_n O_{n-1} +
// O(minibatch) for those n and O_n = O_{n-1} else; the scores' sum of the
// others is the gradient that their sums have. On few columns e is
// max(1, d / 64).
#ifndef SGMOE_STREAM_RHYTHM_HPP
#define SGMOE_STREAM_RHYTHM_HPP

#include "control.hpp"

#include <algorithm>
#include <cmath>

namespace sgmoe {

class StreamRhythm {
public:
  /// Of the wider design, and with so many free parameters in all.
  StreamRhythm(Index columns, Index parameters,
               const IncrementalControl &control)
      : columns_(columns), minibatch_(control.minibatch),
        update_every_(control.update_every),
        outer_every_(std::max<Index>({1, parameters / kParametersPerSkip,
                                      columns > kFewColumns
                                          ? parameters * parameters / kMostOuter
                                          : 1})) {}

  /// Do factorisations and outer products cost more than the sums?
  bool wide() const { return columns_ > kFewColumns; }

  /// Minibatches that share a maximisation where the step size is `gamma`.
  Index step_every(double gamma) const {
    if (update_every_ > 0)
      return update_every_;
    Index every = 1;
    while (wide() && 2.0 * static_cast<double>(every) * gamma <= kMostStep &&
           2 * every * minibatch_ <= kRowsPerColumn * columns_)
      every *= 2;
    return every;
  }

  bool takes_step(double minibatch, double gamma) const {
    return is_multiple(minibatch, step_every(gamma));
  }

  bool takes_outer(double minibatch) const {
    return is_multiple(minibatch, outer_every_);
  }

private:
  static bool is_multiple(double minibatch, Index of) {
    return std::fmod(minibatch, static_cast<double>(of)) == 0.0;
  }

  static constexpr Index kFewColumns = 16;
  static constexpr double kMostStep = 0.1;
  static constexpr Index kRowsPerColumn = 24;
  static constexpr Index kParametersPerSkip = 64;
  static constexpr Index kMostOuter = 6400; // multiplications a row, on average

  Index columns_, minibatch_, update_every_, outer_every_;
};

} // namespace sgmoe

#endif
