// The working basis of a design.
#include "convert.h"

#include <sgmoe/core/moments.hpp>

// [[Rcpp::export(rng = false)]]
Rcpp::List core_moments(const Rcpp::NumericMatrix &values,
                        const Rcpp::NumericVector &weights) {
  sgmoe::Vector mean, deviation;
  sgmoe::column_moments(convert::map(values), convert::map(weights), mean,
                        deviation);
  return Rcpp::List::create(Rcpp::Named("mean") = mean,
                            Rcpp::Named("deviation") = deviation);
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_gram(const Rcpp::List &columns,
                              const Rcpp::NumericVector &weights, int threads) {
  return Rcpp::wrap(sgmoe::gram_rows(convert::columns(columns),
                                     convert::map(weights), threads));
}
