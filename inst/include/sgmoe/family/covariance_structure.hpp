// What a covariance may look like, and its coordinates: the entries of its
// Cholesky factor L that are free, column by column, the diagonal in
// logarithms.
#ifndef SGMOE_COVARIANCE_STRUCTURE_HPP
#define SGMOE_COVARIANCE_STRUCTURE_HPP

#include "../core/common.hpp"

namespace sgmoe {

enum class Covariance { full, diagonal, spherical };

/// Calls visit(i, j) for every L_ij that is a coordinate, in their order.
template <class Visit>
void for_coordinates(Covariance structure, Index q, const Visit &visit) {
  for (Index j = 0; j < (structure == Covariance::spherical ? 1 : q); ++j)
    for (Index i = j; i < (structure == Covariance::full ? q : j + 1); ++i)
      visit(i, j);
}

/// Coordinates of a covariance of q responses.
inline Index scale_coordinates(Covariance structure, Index q) {
  return structure == Covariance::full       ? q * (q + 1) / 2
         : structure == Covariance::diagonal ? q
                                             : 1;
}

} // namespace sgmoe

#endif
