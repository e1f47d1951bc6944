// Which instructions the core's loops run on.
#include "convert.h"

#include <sgmoe/core/kernels.hpp>

// The instruction set of the last computation, and the best that there is.
// [[Rcpp::export(rng = false)]]
Rcpp::CharacterVector core_simd() {
  return Rcpp::CharacterVector::create(
      Rcpp::Named("used") = sgmoe::kernels::use().name,
      Rcpp::Named("best") = sgmoe::kernels::best().name);
}
