// Between R objects and the core's types: the only place where both meet.
#ifndef SGMOE_CONVERT_H
#define SGMOE_CONVERT_H

#include <RcppEigen.h>

#include <sgmoe/batch.hpp>
#include <sgmoe/gaussian.hpp>

#include <string>

namespace convert {

using GaussianMixture = sgmoe::Mixture<sgmoe::Gaussian>;
using GaussianTheta = sgmoe::Parameters<sgmoe::Gaussian>;

// Refuses what Rcpp would silently convert: a view of the converted copy would
// outlive it.
inline SEXP require_double(SEXP values) {
  if (TYPEOF(values) != REALSXP)
    throw sgmoe::InputError("data: expected values of type double");
  return values;
}

// A view of R memory, valid as long as the R object.
inline Eigen::Map<const sgmoe::Matrix> map(const Rcpp::NumericMatrix &values) {
  return {values.begin(), values.nrow(), values.ncol()};
}

inline Eigen::Map<const sgmoe::Vector> map(const Rcpp::NumericVector &values) {
  return {values.begin(), values.size()};
}

inline sgmoe::Columns columns(const Rcpp::List &part) {
  return {map(Rcpp::NumericMatrix(require_double(part["values"]))),
          Rcpp::as<sgmoe::Vector>(part["centre"]),
          Rcpp::as<sgmoe::Vector>(part["scale"])};
}

// `data` is list(gate, expert, response, weights); the first three are lists of
// values, centre and scale. Gate and experts share their design if `expert` is
// NULL.
inline sgmoe::Rows rows(const Rcpp::List &data) {
  const bool same = Rf_isNull(data["expert"]);
  const Rcpp::List gate = data["gate"];
  const Rcpp::List expert = same ? data["gate"] : data["expert"];
  const Rcpp::List response = data["response"];
  sgmoe::Rows result{columns(gate), columns(expert), columns(response),
                     map(Rcpp::NumericVector(require_double(data["weights"]))),
                     same};
  result.check();
  return result;
}

inline sgmoe::Covariance covariance(const std::string &name) {
  if (name == "full")
    return sgmoe::Covariance::full;
  if (name == "diagonal")
    return sgmoe::Covariance::diagonal;
  if (name == "spherical")
    return sgmoe::Covariance::spherical;
  throw sgmoe::InputError("covariance: got \"" + name +
                          "\", expected full, diagonal or spherical");
}

inline sgmoe::Curvature curvature(const std::string &name) {
  if (name == "bound")
    return sgmoe::Curvature::bound;
  if (name == "fisher")
    return sgmoe::Curvature::fisher;
  throw sgmoe::InputError("curvature: got \"" + name +
                          "\", expected bound or fisher");
}

inline sgmoe::Acceleration acceleration(const std::string &name) {
  if (name == "none")
    return sgmoe::Acceleration::none;
  if (name == "anderson")
    return sgmoe::Acceleration::anderson;
  if (name == "quasi-newton")
    return sgmoe::Acceleration::quasi_newton;
  throw sgmoe::InputError("acceleration: got \"" + name +
                          "\", expected quasi-newton, anderson or none");
}

inline GaussianMixture mixture(const Rcpp::List &model) {
  const auto penalty = Rcpp::as<sgmoe::Vector>(model["gate_penalty"]);
  return GaussianMixture(
      penalty,
      sgmoe::Gaussian(Rcpp::as<int>(model["experts"]),
                      Rcpp::as<int>(model["responses"]),
                      Rcpp::as<sgmoe::Vector>(model["expert_penalty"]),
                      covariance(Rcpp::as<std::string>(model["covariance"])),
                      Rcpp::as<bool>(model["shared"]),
                      Rcpp::as<double>(model["variance_floor"])));
}

// Parameters in R: gate p x K, mean r x (q K), covariance q x (q K).
inline GaussianTheta theta(const Rcpp::List &parameters,
                           const GaussianMixture &mixture) {
  const auto gate = Rcpp::as<sgmoe::Matrix>(parameters["gate"]);
  const auto mean = Rcpp::as<sgmoe::Matrix>(parameters["mean"]);
  const auto covariance = Rcpp::as<sgmoe::Matrix>(parameters["covariance"]);
  const sgmoe::Gaussian &family = mixture.family();
  const sgmoe::Index q = family.responses();
  sgmoe::require_size("parameters", "gate rows", gate.rows(),
                      mixture.gate().columns());
  sgmoe::require_size("parameters", "gate columns", gate.cols(),
                      mixture.experts());
  sgmoe::require_size("parameters", "mean rows", mean.rows(), family.columns());
  sgmoe::require_size("parameters", "mean columns", mean.cols(),
                      q * mixture.experts());
  sgmoe::require_size("parameters", "covariance rows", covariance.rows(), q);
  sgmoe::require_size("parameters", "covariance columns", covariance.cols(),
                      q * mixture.experts());
  GaussianTheta result = mixture.origin();
  result.gate = gate;
  result.expert.mean = mean;
  for (sgmoe::Index k = 0; k < mixture.experts(); ++k) {
    auto &own = result.expert.covariance[static_cast<std::size_t>(k)];
    own = covariance.middleCols(k * q, q);
    family.project(own);
  }
  return result;
}

inline Rcpp::List list(const GaussianTheta &theta) {
  const sgmoe::Index q = theta.expert.covariance.front().rows();
  sgmoe::Matrix covariance(q, theta.expert.mean.cols());
  for (std::size_t k = 0; k < theta.expert.covariance.size(); ++k)
    covariance.middleCols(static_cast<sgmoe::Index>(k) * q, q) =
        theta.expert.covariance[k];
  return Rcpp::List::create(Rcpp::Named("gate") = theta.gate,
                            Rcpp::Named("mean") = theta.expert.mean,
                            Rcpp::Named("covariance") = covariance);
}

} // namespace convert

#endif
