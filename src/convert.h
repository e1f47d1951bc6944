// Between R objects and the core's types: the only place where both meet.
#ifndef SGMOE_CONVERT_H
#define SGMOE_CONVERT_H

#include <RcppEigen.h>

#include <sgmoe/driver/batch.hpp>
#include <sgmoe/family/gaussian.hpp>
#include <sgmoe/family/multinomial.hpp>

#include <string>

namespace convert {

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

// `data` is list(gate, expert, response, weights, offset, background); the
// first three are lists of values, centre and scale. Gate and experts share
// their design if `expert` is NULL; `offset` is NULL or n x M logits,
// `background` absent or n log-odds.
inline sgmoe::Rows rows(const Rcpp::List &data) {
  const bool same = Rf_isNull(data["expert"]);
  const Rcpp::List gate = data["gate"];
  const Rcpp::List expert = same ? data["gate"] : data["expert"];
  const Rcpp::List response = data["response"];
  const Eigen::Map<const sgmoe::Matrix> offset =
      Rf_isNull(data["offset"])
          ? Eigen::Map<const sgmoe::Matrix>(nullptr, 0, 0)
          : map(Rcpp::NumericMatrix(require_double(data["offset"])));
  sgmoe::Rows result{columns(gate),
                     columns(expert),
                     columns(response),
                     map(Rcpp::NumericVector(require_double(data["weights"]))),
                     offset,
                     same};
  if (data.containsElementNamed("background") && !Rf_isNull(data["background"]))
    new (&result.background) Eigen::Map<const sgmoe::Vector>(
        map(Rcpp::NumericVector(require_double(data["background"]))));
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

inline void require_shape(const char *name, const sgmoe::Matrix &values,
                          sgmoe::Index rows, sgmoe::Index columns) {
  sgmoe::require_size(name, "rows", values.rows(), rows);
  sgmoe::require_size(name, "columns", values.cols(), columns);
}

// Parameters in R: gate p x K, expert r x (q K) and, of Gaussian experts,
// covariance q x (q K). Covariances are brought onto the variance floor where
// `project` says so: the floor is one of the working scale.

inline void read(const Rcpp::List &parameters, const sgmoe::Gaussian &family,
                 bool project, sgmoe::GaussianParameters &result) {
  const sgmoe::Index q = family.responses(), experts = family.experts();
  result.mean = Rcpp::as<sgmoe::Matrix>(parameters["expert"]);
  require_shape("expert", result.mean, family.columns(), q * experts);
  const auto covariance = Rcpp::as<sgmoe::Matrix>(parameters["covariance"]);
  require_shape("covariance", covariance, q, q * experts);
  for (sgmoe::Index k = 0; k < experts; ++k) {
    auto &own = result.covariance[static_cast<std::size_t>(k)];
    own = covariance.middleCols(k * q, q);
    if (project)
      family.project(own);
  }
}

inline void read(const Rcpp::List &parameters, const sgmoe::Multinomial &family,
                 bool, sgmoe::MultinomialParameters &result) {
  result.logit = Rcpp::as<sgmoe::Matrix>(parameters["expert"]);
  require_shape("expert", result.logit, family.columns(),
                family.mean_columns());
}

template <class Family>
sgmoe::Parameters<Family> theta(const Rcpp::List &parameters,
                                const sgmoe::Mixture<Family> &mixture,
                                bool project = true) {
  sgmoe::Parameters<Family> result = mixture.origin();
  result.gate = Rcpp::as<sgmoe::Matrix>(parameters["gate"]);
  require_shape("gate", result.gate, mixture.gate().columns(),
                mixture.experts());
  read(parameters, mixture.family(), project, result.expert);
  return result;
}

inline Rcpp::List list(const sgmoe::Parameters<sgmoe::Gaussian> &theta) {
  const sgmoe::Index q = theta.expert.covariance.front().rows();
  sgmoe::Matrix covariance(q, theta.expert.mean.cols());
  for (std::size_t k = 0; k < theta.expert.covariance.size(); ++k)
    covariance.middleCols(static_cast<sgmoe::Index>(k) * q, q) =
        theta.expert.covariance[k];
  return Rcpp::List::create(Rcpp::Named("gate") = theta.gate,
                            Rcpp::Named("expert") = theta.expert.mean,
                            Rcpp::Named("covariance") = covariance);
}

inline Rcpp::List list(const sgmoe::Parameters<sgmoe::Multinomial> &theta) {
  return Rcpp::List::create(Rcpp::Named("gate") = theta.gate,
                            Rcpp::Named("expert") = theta.expert.logit);
}

// The information matrices of the experts' logit blocks, one a list element.

inline Rcpp::List information(const sgmoe::Gaussian &,
                              const sgmoe::LinearStatistic &) {
  return Rcpp::List();
}

inline Rcpp::List information(const sgmoe::Multinomial &family,
                              const sgmoe::MultinomialStatistic &statistic) {
  Rcpp::List result;
  for (sgmoe::Index k = 0; k < family.experts(); ++k)
    result.push_back(Rcpp::List::create(
        Rcpp::Named("information") =
            family.block().information(statistic.logit, k),
        Rcpp::Named("gram") = statistic.logit.gram.matrix(k)));
  return result;
}

// Priors beside the ridge, off where `model` has none: `gate_prior` and
// `expert_prior` are rows, `prior_target` the class probabilities of the
// latter, `prior_covariance` (q x q) that of Gaussian experts.

inline double prior_rows(const Rcpp::List &model, const char *name) {
  return model.containsElementNamed(name) ? Rcpp::as<double>(model[name]) : 0.0;
}

inline void set_prior(const Rcpp::List &model, sgmoe::Gaussian &family) {
  const double rows = prior_rows(model, "expert_prior");
  if (rows > 0.0)
    family.set_prior(rows, Rcpp::as<sgmoe::Matrix>(model["prior_covariance"]));
}

inline void set_prior(const Rcpp::List &model, sgmoe::Multinomial &family) {
  const double rows = prior_rows(model, "expert_prior");
  if (rows > 0.0)
    family.set_prior(rows, Rcpp::as<sgmoe::Vector>(model["prior_target"]));
}

template <class Family>
sgmoe::Mixture<Family> mixture(const Rcpp::List &model, Family family) {
  set_prior(model, family);
  sgmoe::Mixture<Family> result(Rcpp::as<sgmoe::Vector>(model["gate_penalty"]),
                                family);
  const double rows = prior_rows(model, "gate_prior");
  if (rows > 0.0)
    result.set_gate_prior(rows);
  return result;
}

// The factory: where a family's name becomes a type. Calls work(mixture).
template <class Work>
auto with_mixture(const Rcpp::List &model, const Work &work) {
  const auto family = Rcpp::as<std::string>(model["family"]);
  const auto penalty = Rcpp::as<sgmoe::Vector>(model["expert_penalty"]);
  const int experts = Rcpp::as<int>(model["experts"]);
  const int responses = Rcpp::as<int>(model["responses"]);
  if (family == "multinomial")
    return work(
        mixture(model, sgmoe::Multinomial(experts, responses, penalty)));
  if (family == "gaussian")
    return work(mixture(
        model,
        sgmoe::Gaussian(experts, responses, penalty,
                        covariance(Rcpp::as<std::string>(model["covariance"])),
                        Rcpp::as<bool>(model["shared"]),
                        Rcpp::as<double>(model["variance_floor"]))));
  throw sgmoe::InputError("family: got \"" + family +
                          "\", expected gaussian or multinomial");
}

} // namespace convert

#endif
