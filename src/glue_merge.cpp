// The mixing measure of a fit: dissimilarities of its atoms, and merges.
#include "convert.h"

#include <sgmoe/model/mixing_measure.hpp>

namespace {

// `model` is that of the fit; `weights` may be empty, then exp(intercept) are
// the atoms' weights. The parameters may be on the user's scale, which has no
// variance floor. Calls work(family, measure).
template <class Work>
auto with_measure(const Rcpp::List &model, const Rcpp::List &parameters,
                  const Rcpp::NumericVector &weights, bool expert_intercept,
                  const Work &work) {
  return convert::with_mixture(model, [&](const auto &mixture) {
    const auto theta = convert::theta(parameters, mixture, false);
    return work(mixture.family(),
                sgmoe::mixing_measure(mixture.family(), theta,
                                      Rcpp::as<sgmoe::Vector>(weights),
                                      expert_intercept));
  });
}

} // namespace

// The parameters after the merge of atoms `first` < `second` (from one).
// [[Rcpp::export(rng = false)]]
Rcpp::List core_merge(const Rcpp::List &model, const Rcpp::List &parameters,
                      const Rcpp::NumericVector &weights, int first, int second,
                      bool expert_intercept) {
  return with_measure(
      model, parameters, weights, expert_intercept,
      [&](const auto &family, sgmoe::MixingMeasure measure) {
        if (first < 1 || first >= second || second > measure.size())
          throw sgmoe::InputError("core_merge: no such atoms");
        sgmoe::merge_atoms(measure, first - 1, second - 1);
        return convert::list(
            sgmoe::parameters_of(family, measure, expert_intercept));
      });
}

// All merges down to one atom: a list of list(first, second, height,
// parameters), the parameters after the merge.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_merge_path(const Rcpp::List &model,
                           const Rcpp::List &parameters,
                           const Rcpp::NumericVector &weights,
                           bool expert_intercept) {
  return with_measure(
      model, parameters, weights, expert_intercept,
      [&](const auto &family, const sgmoe::MixingMeasure &measure) {
        Rcpp::List result;
        sgmoe::merge_path(measure, [&](const sgmoe::Merge &merge,
                                       const sgmoe::MixingMeasure &merged) {
          result.push_back(Rcpp::List::create(
              Rcpp::Named("first") = static_cast<double>(merge.first) + 1.0,
              Rcpp::Named("second") = static_cast<double>(merge.second) + 1.0,
              Rcpp::Named("height") = merge.height,
              Rcpp::Named("parameters") = convert::list(
                  sgmoe::parameters_of(family, merged, expert_intercept))));
        });
        return result;
      });
}
