// What fitted parameters say of rows.
#include "convert.h"

#include <sgmoe/predict.hpp>

#include <string>

// `type` is "gate" (n x K), "expert" (n x q K) or "posterior" (n x K and a last
// column of log-densities), all on the working scale of the response.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_predict(const Rcpp::List &data,
                                 const Rcpp::List &model,
                                 const Rcpp::List &parameters,
                                 const std::string &type, int threads) {
  const sgmoe::Rows rows = convert::rows(data);
  const auto mixture = convert::mixture(model);
  const auto theta = convert::theta(parameters, mixture);
  const sgmoe::KeepGoing never_stop;
  if (type == "gate")
    return Rcpp::wrap(
        sgmoe::predict_gate(mixture, rows, theta, threads, never_stop));
  if (type == "expert")
    return Rcpp::wrap(
        sgmoe::predict_expert(mixture, rows, theta, threads, never_stop));
  if (type == "posterior")
    return Rcpp::wrap(
        sgmoe::predict_posterior(mixture, rows, theta, threads, never_stop));
  throw sgmoe::InputError("core_predict: unknown type \"" + type + "\"");
}

// With `information`, the gate's information matrix (the last expert is the
// reference) and the Gram matrix of its design are added.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_describe(const Rcpp::List &data, const Rcpp::List &model,
                         const Rcpp::List &parameters, bool information,
                         int threads) {
  const sgmoe::Rows rows = convert::rows(data);
  const auto mixture = convert::mixture(model);
  const sgmoe::Description total = sgmoe::describe_rows(
      mixture, rows, convert::theta(parameters, mixture),
      information ? sgmoe::Curvature::fisher : sgmoe::Curvature::bound, threads,
      sgmoe::KeepGoing());
  Rcpp::List result =
      Rcpp::List::create(Rcpp::Named("gate") = total.gate,
                         Rcpp::Named("posterior") = total.posterior,
                         Rcpp::Named("entropy") = total.entropy);
  if (information) {
    result["information"] = mixture.gate().information(total.sums);
    result["gram"] = total.sums.gram.matrix(0);
  }
  return result;
}
