// The likelihood and its penalty around a point, to second order.
#include "convert.h"
#include "interrupt.h"

#include <sgmoe/model/information.hpp>

namespace {

template <class Family>
Rcpp::List information(const sgmoe::Mixture<Family> &mixture,
                       const sgmoe::Rows &rows, const Rcpp::List &parameters,
                       int threads) {
  mixture.check(rows);
  const auto theta = convert::theta(parameters, mixture);
  sgmoe::Information found;
  if (!sgmoe::observed_information(mixture, rows, theta, threads, keep_going,
                                   found))
    return Rcpp::List();
  return Rcpp::List::create(
      Rcpp::Named("log_likelihood") = found.log_likelihood,
      Rcpp::Named("score") = found.score,
      Rcpp::Named("information") = found.matrix,
      Rcpp::Named("penalty_gradient") = mixture.penalty_gradient(theta),
      Rcpp::Named("penalty_hessian") = mixture.penalty_hessian(theta),
      Rcpp::Named("prior_hessian") = mixture.prior_hessian(theta),
      Rcpp::Named("penalty_curvature") = mixture.penalty_curvature(theta),
      Rcpp::Named("penalty") = mixture.penalty_value(theta),
      Rcpp::Named("ridge") = Rcpp::NumericVector::create(
          Rcpp::Named("gate") = mixture.gate().ridge_value(theta.gate),
          Rcpp::Named("expert") = mixture.family().ridge_value(theta.expert)),
      Rcpp::Named("gate_size") =
          static_cast<double>(mixture.gate().free_size()));
}

} // namespace

// In the free coordinates: the gate's logits relative to the last expert, then
// the experts' coefficients (classes relative to the last) and, of Gaussian
// ones, log-Cholesky factors. `information` is the negative Hessian of the
// log-likelihood, `penalty_hessian` that of ridge and priors,
// `prior_hessian` that of the priors; `penalty_curvature`
// is that of the ridge, without what involves covariances, and `ridge` is its
// value, by groups. Empty if the user interrupted.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_information(const Rcpp::List &data, const Rcpp::List &model,
                            const Rcpp::List &parameters, int threads) {
  const sgmoe::Rows rows = convert::rows(data);
  return convert::with_mixture(model, [&](const auto &mixture) {
    return information(mixture, rows, parameters, threads);
  });
}
