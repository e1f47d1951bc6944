// Streams: rows that are learnt as they come.
#include "convert_stream.h"
#include "interrupt.h"

namespace {

sgmoe::Average average(const std::string &name) {
  if (name == "none")
    return sgmoe::Average::none;
  if (name == "polyak")
    return sgmoe::Average::polyak;
  if (name == "tail")
    return sgmoe::Average::tail;
  if (name == "newton")
    return sgmoe::Average::newton;
  throw sgmoe::InputError("average: got \"" + name +
                          "\", expected newton, tail, polyak or none");
}

sgmoe::IncrementalControl incremental_control(const Rcpp::List &control) {
  sgmoe::IncrementalControl result;
  result.step_size.exponent = Rcpp::as<double>(control["exponent"]);
  result.step_size.delay = Rcpp::as<double>(control["delay"]);
  result.step_size.constant = Rcpp::as<double>(control["constant"]);
  result.minibatch = Rcpp::as<int>(control["minibatch"]);
  result.update_every = Rcpp::as<int>(control["update_every"]);
  result.curvature =
      convert::curvature(Rcpp::as<std::string>(control["curvature"]));
  result.revive = Rcpp::as<bool>(control["revive"]);
  if (control.containsElementNamed("ridge_weight"))
    result.ridge_weight = Rcpp::as<double>(control["ridge_weight"]);
  result.average = average(Rcpp::as<std::string>(control["average"]));
  result.threads = Rcpp::as<int>(control["threads"]);
  return result;
}

// Calls work(driver, state) with what R keeps between calls.
template <class Work>
auto with_stream(const Rcpp::List &model, const Rcpp::List &control,
                 const Rcpp::List &stored, const Work &work) {
  return convert::with_mixture(model, [&](const auto &mixture) {
    using Family = typename std::decay<decltype(mixture.family())>::type;
    sgmoe::Incremental<Family> driver(mixture, incremental_control(control));
    auto state = driver.blank();
    convert::read(stored, mixture, state);
    return work(mixture, driver, state);
  });
}

} // namespace

// The state of a stream that goes on from a pilot, fitted by `parameters`.
// `control` has a negative delay where it is to be chosen, and a constant of
// zero where steps decrease.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_stream_start(const Rcpp::List &data, const Rcpp::List &model,
                             const Rcpp::List &parameters,
                             const Rcpp::List &control) {
  const sgmoe::Rows rows = convert::rows(data);
  return convert::with_mixture(model, [&](const auto &mixture) {
    using Family = typename std::decay<decltype(mixture.family())>::type;
    mixture.check(rows);
    sgmoe::Incremental<Family> driver(mixture, incremental_control(control));
    return convert::list(
        driver.start(rows, convert::theta(parameters, mixture)));
  });
}

// The state after learning rows: list(state, taken), the latter less than the
// number of rows if the user interrupted.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_stream_learn(const Rcpp::List &data, const Rcpp::List &model,
                             const Rcpp::List &control,
                             const Rcpp::List &state) {
  const sgmoe::Rows rows = convert::rows(data);
  return with_stream(model, control, state,
                     [&](const auto &mixture, auto &driver, auto &current) {
                       mixture.check(rows);
                       const auto taken =
                           driver.learn(rows, current, keep_going);
                       return Rcpp::List::create(
                           Rcpp::Named("state") = convert::list(current),
                           Rcpp::Named("taken") = static_cast<double>(taken));
                     });
}

// The parameters that a stream reports.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_stream_parameters(const Rcpp::List &model,
                                  const Rcpp::List &control,
                                  const Rcpp::List &state) {
  return with_stream(model, control, state,
                     [](const auto &, auto &driver, auto &current) {
                       return convert::list(driver.reported(current));
                     });
}
