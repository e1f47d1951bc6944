// Fitting: one start to its end.
#include "convert.h"
#include "interrupt.h"

namespace {

sgmoe::BatchControl batch_control(const Rcpp::List &control) {
  sgmoe::BatchControl result;
  result.max_passes = Rcpp::as<int>(control["max_passes"]);
  result.tolerance = Rcpp::as<double>(control["tolerance"]);
  result.method = Rcpp::as<std::string>(control["method"]) == "em"
                      ? sgmoe::Method::em
                      : sgmoe::Method::mm;
  result.curvature =
      convert::curvature(Rcpp::as<std::string>(control["curvature"]));
  result.acceleration =
      convert::acceleration(Rcpp::as<std::string>(control["acceleration"]));
  result.memory = Rcpp::as<int>(control["memory"]);
  result.threads = Rcpp::as<int>(control["threads"]);
  return result;
}

template <class Family>
Rcpp::List fit(const sgmoe::Mixture<Family> &mixture, const sgmoe::Rows &rows,
               const Rcpp::List &start, const sgmoe::BatchControl &control,
               const sgmoe::Callbacks &callbacks) {
  mixture.check(rows);
  sgmoe::Batch<Family> batch(mixture, rows, control, callbacks);
  auto theta = mixture.origin();
  bool interrupted = false;
  if (start.containsElementNamed("posterior")) {
    const Rcpp::NumericMatrix posterior = start["posterior"];
    interrupted = !batch.start_from(convert::map(posterior), theta);
  } else {
    theta = convert::theta(start, mixture);
  }
  const auto result = interrupted ? batch.interrupted(theta) : batch.run(theta);
  return Rcpp::List::create(
      Rcpp::Named("parameters") = convert::list(result.parameters),
      Rcpp::Named("objective") = result.objective,
      Rcpp::Named("log_likelihood") = result.log_likelihood,
      Rcpp::Named("reason") = result.reason,
      Rcpp::Named("passes") = static_cast<double>(result.passes),
      Rcpp::Named("rejected") = static_cast<double>(result.rejected),
      Rcpp::Named("trace") = result.trace, Rcpp::Named("gain") = result.gain,
      Rcpp::Named("expert_weight") = result.expert_weight,
      Rcpp::Named("starved") = result.report.starved,
      Rcpp::Named("floored") = result.report.floored);
}

} // namespace

// `start` is either list(posterior = n x K) or parameters; `progress` is NULL
// or a function of (passes, objective).
// [[Rcpp::export(rng = false)]]
Rcpp::List core_fit(const Rcpp::List &data, const Rcpp::List &model,
                    const Rcpp::List &start, const Rcpp::List &control,
                    const Rcpp::Nullable<Rcpp::Function> &progress) {
  const sgmoe::Rows rows = convert::rows(data);
  sgmoe::Callbacks callbacks;
  callbacks.keep_going = keep_going;
  if (progress.isNotNull()) {
    const Rcpp::Function report(progress);
    callbacks.on_pass = [report](sgmoe::Index passes, double objective) {
      report(static_cast<double>(passes), objective);
    };
  }
  return convert::with_mixture(model, [&](const auto &mixture) {
    return fit(mixture, rows, start, batch_control(control), callbacks);
  });
}
