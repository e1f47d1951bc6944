// All that R calls.
#include "convert.h"
#include "interrupt.h"
#include "size_signal.h"

#include <sgmoe/core/moments.hpp>

using Rcpp::Named;

namespace {

engine::Atoms atoms(const Rcpp::List &parameters,
                    const Rcpp::NumericVector &weights, bool expert_intercept) {
  return {convert::fields(parameters), convert::vector(weights),
          expert_intercept};
}

} // namespace

// The working basis of a design.

// [[Rcpp::export(rng = false)]]
Rcpp::List core_moments(const Rcpp::NumericMatrix &values,
                        const Rcpp::NumericVector &weights) {
  if (weights.size() > 0)
    sgmoe::require_size("core_moments", "weights", weights.size(),
                        values.nrow());
  sgmoe::Vector mean, deviation;
  sgmoe::column_moments(convert::map(values), convert::map(weights), mean,
                        deviation);
  return Rcpp::List::create(Named("mean") = convert::vector(mean),
                            Named("deviation") = convert::vector(deviation));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_gram(const Rcpp::List &columns,
                              const Rcpp::NumericVector &weights, int threads) {
  convert::choose_kernels();
  const sgmoe::Columns design = convert::columns(columns);
  design.check("core_gram", design.values.cols());
  if (weights.size() > 0)
    sgmoe::require_size("core_gram", "weights", weights.size(),
                        design.values.rows());
  return convert::matrix(
      sgmoe::gram_rows(design, convert::map(weights), threads));
}

// Fitting: one start to its end. `start` is either list(posterior = n x K, or
// one row for all) or parameters; `progress` is NULL or a function of (passes,
// objective). `log` is NULL or list(path, offset) of a checkpoint; its offset
// afterwards is in the result. Rows that are elsewhere are list(rows, ask):
// their number, and a function that answers a question (core_answer()) with a
// list, an answer of each partition, empty if the user interrupted.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_fit(const Rcpp::List &data, const Rcpp::List &model,
                    const Rcpp::List &start, const Rcpp::List &control,
                    const Rcpp::Nullable<Rcpp::Function> &progress,
                    const Rcpp::Nullable<Rcpp::List> &log = R_NilValue) {
  const NoSizeSignal guard;
  const auto engine = convert::make_engine(model);
  const sgmoe::BatchControl settings = convert::batch_control(control);
  sgmoe::Callbacks callbacks;
  callbacks.keep_going = keep_going;
  if (progress.isNotNull()) {
    const Rcpp::Function report(progress);
    callbacks.on_pass = [report](sgmoe::Index passes, double objective) {
      report(static_cast<double>(passes), objective);
    };
  }
  engine::Origin origin;
  std::unique_ptr<sgmoe::RowSource> rows;
  if (data.containsElementNamed("ask")) {
    origin.remote_rows =
        static_cast<sgmoe::Index>(Rcpp::as<double>(data["rows"]));
    const Rcpp::Function ask = data["ask"];
    origin.ask = [ask](const sgmoe::Numbers &question) {
      const Rcpp::List answers(ask(Rcpp::wrap(question)));
      std::vector<sgmoe::Numbers> result;
      for (R_xlen_t i = 0; i < answers.size(); ++i)
        result.push_back(Rcpp::as<sgmoe::Numbers>(answers[i]));
      return result;
    };
  } else {
    rows = convert::source(data);
    origin.rows = rows.get();
  }
  std::unique_ptr<sgmoe::CheckpointFile> file;
  if (log.isNotNull()) {
    const Rcpp::List place(log);
    file.reset(new sgmoe::CheckpointFile(
        Rcpp::as<std::string>(place["path"]),
        static_cast<std::uint64_t>(Rcpp::as<double>(place["offset"]))));
    origin.log = file.get();
  }
  engine::Fit fit;
  if (!start.containsElementNamed("posterior")) {
    fit = engine->fit(origin, convert::fields(start), settings, callbacks);
  } else {
    const Rcpp::NumericMatrix posterior = start["posterior"];
    fit = engine->fit_from_posterior(origin, convert::map(posterior), settings,
                                     callbacks);
  }
  Rcpp::List result = convert::list(fit);
  if (file)
    result.push_back(static_cast<double>(file->offset()), "offset");
  return result;
}

// The statistic that answers a question of the driver: plain numbers.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_answer(const Rcpp::List &data, const Rcpp::List &model,
                                const Rcpp::NumericVector &question,
                                int threads, double before) {
  return Rcpp::wrap(convert::make_engine(model)->answer(
      *convert::source(data), Rcpp::as<sgmoe::Numbers>(question), threads,
      static_cast<sgmoe::Index>(before)));
}

// One pass over the rows at given parameters, for tests and benches.

// [[Rcpp::export(rng = false)]]
Rcpp::List core_pass(const Rcpp::List &data, const Rcpp::List &model,
                     const Rcpp::NumericVector &packed,
                     const std::string &curvature, int threads) {
  const engine::Pass pass = convert::make_engine(model)->pass(
      convert::rows(data), convert::vector(packed),
      convert::curvature(curvature), threads);
  return Rcpp::List::create(Named("objective") = pass.objective,
                            Named("log_likelihood") = pass.log_likelihood,
                            Named("gain") = pass.gain,
                            Named("gradient") = convert::vector(pass.gradient),
                            Named("image") = convert::vector(pass.image));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_pack(const Rcpp::List &model,
                              const Rcpp::List &parameters) {
  return convert::vector(
      convert::make_engine(model)->pack(convert::fields(parameters)));
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_unpack(const Rcpp::List &model,
                       const Rcpp::NumericVector &packed) {
  return convert::list(
      convert::make_engine(model)->unpack(convert::vector(packed)));
}

// What fitted parameters say of rows, in one pass. `parts` are any of "gate"
// (n x K), "expert" (n x q K; for classes, n x M K) and "posterior" (n x K,
// with `log_density`), all on the working scale of the response; what was not
// asked for has no columns.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_predict(const Rcpp::List &data, const Rcpp::List &model,
                        const Rcpp::List &parameters,
                        const Rcpp::CharacterVector &parts, int threads) {
  const sgmoe::RowValues found = convert::make_engine(model)->predict(
      convert::rows(data), convert::fields(parameters),
      convert::row_parts(parts), threads);
  return Rcpp::List::create(
      Named("gate") = convert::matrix(found.gate),
      Named("expert") = convert::matrix(found.expert),
      Named("posterior") = convert::matrix(found.posterior),
      Named("log_density") = convert::vector(found.log_density));
}

// The objective around a point, in the free coordinates: the gate's logits
// relative to the last expert, then the experts' coefficients (classes relative
// to the last) and, of Gaussian ones, log-Cholesky factors. `information` is
// the negative Hessian of the log-likelihood, `penalty_hessian` that of ridge
// and priors, `prior_hessian` that of the priors; `penalty_curvature` is that
// of the ridge, without what involves covariances, and `ridge` is its value, by
// groups. Empty if the user interrupted.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_information(const Rcpp::List &data, const Rcpp::List &model,
                            const Rcpp::List &parameters, int threads) {
  const engine::Curved found = convert::make_engine(model)->information(
      *convert::source(data), convert::fields(parameters), threads, keep_going);
  if (!found.complete)
    return Rcpp::List();
  return Rcpp::List::create(
      Named("log_likelihood") = found.log_likelihood,
      Named("score") = convert::vector(found.score),
      Named("information") = convert::matrix(found.information),
      Named("penalty") = found.penalty,
      Named("ridge") =
          Rcpp::NumericVector::create(Named("gate") = found.gate_ridge,
                                      Named("expert") = found.expert_ridge),
      Named("penalty_gradient") = convert::vector(found.penalty_gradient),
      Named("penalty_hessian") = convert::matrix(found.penalty_hessian),
      Named("prior_hessian") = convert::matrix(found.prior_hessian),
      Named("penalty_curvature") = convert::matrix(found.penalty_curvature),
      Named("gate_size") = static_cast<double>(found.gate_size));
}

// The parameters a step away, in the free coordinates.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_move(const Rcpp::List &model, const Rcpp::List &parameters,
                     const Rcpp::NumericVector &step) {
  return convert::list(convert::make_engine(model)->moved(
      convert::fields(parameters), convert::vector(step)));
}

// The scores of single rows at a point, n x free coordinates, without their
// case weights. Empty if the user interrupted.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_row_scores(const Rcpp::List &data,
                                    const Rcpp::List &model,
                                    const Rcpp::List &parameters, int threads) {
  return convert::matrix(convert::make_engine(model)->row_scores(
      convert::rows(data), convert::fields(parameters), threads, keep_going));
}

// The sum of their outer products, a row of weight two counted twice. Empty if
// the user interrupted.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_score_products(const Rcpp::List &data,
                                        const Rcpp::List &model,
                                        const Rcpp::List &parameters,
                                        int threads) {
  return convert::matrix(convert::make_engine(model)->score_products(
      *convert::source(data), convert::fields(parameters), threads,
      keep_going));
}

// With `information`, the information matrix of the gate and of every expert
// that is a logit block (the last expert or class is the reference), each with
// the weighted Gram matrix of its design, are added.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_describe(const Rcpp::List &data, const Rcpp::List &model,
                         const Rcpp::List &parameters, bool information,
                         int threads) {
  const engine::Description description = convert::make_engine(model)->describe(
      *convert::source(data), convert::fields(parameters), information,
      threads);
  Rcpp::List result = Rcpp::List::create(
      Named("gate") = convert::vector(description.gate),
      Named("posterior") = convert::vector(description.posterior),
      Named("entropy") = description.entropy);
  if (information) {
    Rcpp::List blocks;
    for (const auto &block : description.expert_blocks)
      blocks.push_back(convert::list(block));
    result["gate_block"] = convert::list(description.gate_block);
    result["expert_blocks"] = blocks;
  }
  return result;
}

// The mixing measure of a fit. `model` is that of the fit; `weights` may be
// empty, then exp(intercept) are the atoms' weights. The parameters may be on
// the user's scale.

// The parameters after the merge of atoms `first` < `second` (from one).
// [[Rcpp::export(rng = false)]]
Rcpp::List core_merge(const Rcpp::List &model, const Rcpp::List &parameters,
                      const Rcpp::NumericVector &weights, int first, int second,
                      bool expert_intercept) {
  return convert::list(convert::make_engine(model)->merge(
      atoms(parameters, weights, expert_intercept), sgmoe::Index(first) - 1,
      sgmoe::Index(second) - 1));
}

// All merges down to one atom: a list of list(first, second, height,
// parameters), the parameters after the merge.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_merge_path(const Rcpp::List &model,
                           const Rcpp::List &parameters,
                           const Rcpp::NumericVector &weights,
                           bool expert_intercept) {
  Rcpp::List result;
  for (const auto &step : convert::make_engine(model)->merge_path(
           atoms(parameters, weights, expert_intercept)))
    result.push_back(Rcpp::List::create(
        Named("first") = static_cast<double>(step.first) + 1.0,
        Named("second") = static_cast<double>(step.second) + 1.0,
        Named("height") = step.height,
        Named("parameters") = convert::list(step.parameters)));
  return result;
}

// Streams: rows that are learnt as they come.

// The state of a stream that goes on from a pilot, fitted by `parameters`.
// `control` has a negative delay where it is to be chosen, and a constant of
// zero where steps decrease.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_stream_start(const Rcpp::List &data, const Rcpp::List &model,
                             const Rcpp::List &parameters,
                             const Rcpp::List &control) {
  return convert::list(convert::make_engine(model)->stream_start(
      convert::rows(data), convert::fields(parameters),
      convert::incremental_control(control)));
}

// The state after learning rows: list(state, taken), the latter less than the
// number of rows if the user interrupted.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_stream_learn(const Rcpp::List &data, const Rcpp::List &model,
                             const Rcpp::List &control,
                             const Rcpp::List &state) {
  engine::Stream stream = convert::stream(state);
  const sgmoe::Index taken = convert::make_engine(model)->stream_learn(
      convert::rows(data), stream, convert::incremental_control(control),
      keep_going);
  return Rcpp::List::create(Named("state") = convert::list(stream),
                            Named("taken") = static_cast<double>(taken));
}

// The parameters that a stream reports.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_stream_parameters(const Rcpp::List &model,
                                  const Rcpp::List &control,
                                  const Rcpp::List &state) {
  engine::Stream stream = convert::stream(state);
  return convert::list(convert::make_engine(model)->stream_parameters(
      stream, convert::incremental_control(control)));
}
