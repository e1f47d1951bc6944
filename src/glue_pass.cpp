// One pass over the rows at given parameters, for tests and benches.
#include "convert.h"

namespace {

template <class Family>
Rcpp::List pass(const sgmoe::Mixture<Family> &mixture, const sgmoe::Rows &rows,
                const Rcpp::NumericVector &packed, const std::string &curvature,
                int threads) {
  mixture.check(rows);
  sgmoe::require_size("core_pass", "packed", packed.size(),
                      mixture.packed_size());
  const auto theta = mixture.unpack(Rcpp::as<sgmoe::Vector>(packed));
  sgmoe::Request request;
  request.curvature = convert::curvature(curvature);
  sgmoe::Statistic<Family> sums;
  sgmoe::accumulate_rows(mixture, rows, theta, request, threads,
                         sgmoe::KeepGoing(), sums);
  const auto next = mixture.maximise(sums, theta, request.curvature);
  return Rcpp::List::create(
      Rcpp::Named("objective") =
          sums.log_likelihood - mixture.penalty_value(theta),
      Rcpp::Named("log_likelihood") = sums.log_likelihood,
      Rcpp::Named("gain") = next.gain,
      Rcpp::Named("gradient") = mixture.gradient(sums, theta),
      Rcpp::Named("image") = mixture.pack(next.parameters));
}

} // namespace

// [[Rcpp::export(rng = false)]]
Rcpp::List core_pass(const Rcpp::List &data, const Rcpp::List &model,
                     const Rcpp::NumericVector &packed,
                     const std::string &curvature, int threads) {
  const sgmoe::Rows rows = convert::rows(data);
  return convert::with_mixture(model, [&](const auto &mixture) {
    return pass(mixture, rows, packed, curvature, threads);
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_pack(const Rcpp::List &model,
                              const Rcpp::List &parameters) {
  return convert::with_mixture(model, [&](const auto &mixture) {
    return Rcpp::NumericVector(
        Rcpp::wrap(mixture.pack(convert::theta(parameters, mixture))));
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_unpack(const Rcpp::List &model,
                       const Rcpp::NumericVector &packed) {
  return convert::with_mixture(model, [&](const auto &mixture) {
    sgmoe::require_size("core_unpack", "packed", packed.size(),
                        mixture.packed_size());
    return convert::list(mixture.unpack(Rcpp::as<sgmoe::Vector>(packed)));
  });
}
