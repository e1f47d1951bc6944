// What fitted parameters say of rows.
#include "convert.h"

#include <sgmoe/model/predict.hpp>

#include <string>

namespace {

template <class Family>
sgmoe::Matrix predict(const sgmoe::Mixture<Family> &mixture,
                      const sgmoe::Rows &rows, const Rcpp::List &parameters,
                      const std::string &type, int threads) {
  mixture.check(rows);
  const auto theta = convert::theta(parameters, mixture);
  const sgmoe::KeepGoing never_stop;
  if (type == "gate")
    return sgmoe::predict_gate(mixture, rows, theta, threads, never_stop);
  if (type == "expert")
    return sgmoe::predict_expert(mixture, rows, theta, threads, never_stop);
  if (type == "posterior")
    return sgmoe::predict_posterior(mixture, rows, theta, threads, never_stop);
  throw sgmoe::InputError("core_predict: unknown type \"" + type + "\"");
}

template <class Family>
Rcpp::List describe(const sgmoe::Mixture<Family> &mixture,
                    const sgmoe::Rows &rows, const Rcpp::List &parameters,
                    bool information, int threads) {
  mixture.check(rows);
  const auto total = sgmoe::describe_rows(
      mixture, rows, convert::theta(parameters, mixture),
      information ? sgmoe::Curvature::fisher : sgmoe::Curvature::bound, threads,
      sgmoe::KeepGoing());
  const auto &sums = total.sums;
  Rcpp::List result =
      Rcpp::List::create(Rcpp::Named("gate") = total.gate,
                         Rcpp::Named("posterior") = sums.expert.weight,
                         Rcpp::Named("entropy") = total.entropy);
  if (information) {
    result["gate_block"] = Rcpp::List::create(
        Rcpp::Named("information") = mixture.gate().information(sums.gate),
        Rcpp::Named("gram") = sums.gate.gram.matrix(0));
    result["expert_blocks"] =
        convert::information(mixture.family(), sums.expert);
  }
  return result;
}

} // namespace

// `type` is "gate" (n x K), "expert" (n x q K; for classes, n x M K) or
// "posterior" (n x K and a last column of log-densities), all on the working
// scale of the response.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_predict(const Rcpp::List &data,
                                 const Rcpp::List &model,
                                 const Rcpp::List &parameters,
                                 const std::string &type, int threads) {
  const sgmoe::Rows rows = convert::rows(data);
  return convert::with_mixture(model, [&](const auto &mixture) {
    return Rcpp::NumericMatrix(
        Rcpp::wrap(predict(mixture, rows, parameters, type, threads)));
  });
}

// With `information`, the information matrix of the gate and of every expert
// that is a logit block (the last expert or class is the reference), each with
// the weighted Gram matrix of its design, are added.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_describe(const Rcpp::List &data, const Rcpp::List &model,
                         const Rcpp::List &parameters, bool information,
                         int threads) {
  const sgmoe::Rows rows = convert::rows(data);
  return convert::with_mixture(model, [&](const auto &mixture) {
    return describe(mixture, rows, parameters, information, threads);
  });
}
