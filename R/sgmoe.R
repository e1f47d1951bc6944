# The front door.

#' Fit a softmax-gated mixture of experts
#'
#' Fits a mixture of `k` experts, simple models of the response, and a softmax
#' gate that says for each observation how much each expert counts:
#' \deqn{f(y \mid x) = \sum_k \pi_k(x) f_k(y \mid x), \qquad
#'   \pi_k(x) = \frac{\exp(w_k'x)}{\sum_l \exp(w_l'x)}.}{f(y | x) = sum_k
#'   pi_k(x) f_k(y | x), pi_k(x) = exp(w_k'x) / sum_l exp(w_l'x).}
#' The experts are of one family:
#' `r describe_families("model")`
#'
#' If you know [lm()] and [glm()]: formula, data, weights, offset, subset and
#' `na.action` are the same, and so are [summary()][summary.sgmoe],
#' [predict()][predict.sgmoe], [confint()][confint.sgmoe] and the others.
#' `help("sgmoe-package")` leads from questions to functions.
#'
#' @details
#' The posterior probability \eqn{\tau_{ik}} that row \eqn{i} came from expert
#' \eqn{k} makes of the log-likelihood a lower bound that touches it at the
#' present parameters, as in EM. In the bound each expert is a weighted
#' regression, solved in closed form, and the gate a weighted multinomial
#' regression, which is bounded once more by a quadratic. The maximum of the
#' quadratic is a step that cannot lower the log-likelihood:
#' minorization–maximization (MM). Steps are accelerated by a quasi-Newton
#' method, and a proposed point is kept only if the objective is no lower there,
#' so that `trace`, the objective after each pass over the data, never falls. It
#' ends when the next step promises less than `tolerance` per observation.
#' `vignette("how-it-works")` has the pictures.
#'
#' The objective is the log-likelihood minus a ridge penalty, with the weak priors of
#' variances and intercepts, see below.
#'
#' @section Coefficients:
#' An expert's coefficients are those of a regression of its own, on the scale of
#' the data. The gate's are log-odds against the first expert, as in a
#' multinomial logit: `gate2:x = 0.5` says that when `x` rises by one, the odds of
#' expert 2 against expert 1 are multiplied by `exp(0.5)`, the covariates alike
#' for both. A gate coefficient of a single expert so depends on which is the
#' first; [gate_effects()] has effects on the probabilities, which do not.
#' [relabel()] changes the order.
#'
#' @section Data:
#' Covariates may be factors, interactions, splines: whatever a formula can
#' say. Observations with missing values (`NaN` among them) are handled by
#' `na.action`, over response, covariates, weights and offset together; infinite
#' values are an error. Columns that are linear
#' combinations of others get `NA` coefficients and a message, as in [lm()],
#' if there is no ridge (`ridge = 0`, or one expert). Computation is on standardised columns;
#' the result does not depend on the units.
#'
#' @section Starts:
#' The likelihood has several local maxima. Without `start`, the fit runs from
#' `control$starts` starts, each the best of several candidates, and keeps the
#' best; the field `starts` shows them all. `set.seed()` makes a fit
#' reproducible, whatever the number of threads.
#'
#' @section Responses:
#' The response says which family it is, unless `family` asks for another.
#' `r describe_families("response")`
#'
#' @section Ridge:
#' Where a gate can tell the experts apart or an expert the classes, or an expert
#' can fit a few rows exactly, the likelihood has no maximum. This is the rule
#' rather than the exception with several experts. By default the fit therefore
#' has a ridge, chosen by its marginal likelihood, and two weak priors: see
#' [sgmoe_control()]. With `ridge = 0` it is a maximum-likelihood fit; where there
#' is no maximum it then has `reason` "separated" and a warning.
#'
#' @section Sources:
#' Rows that do not fit in memory come from a source, in chunks. The source is
#' read once: the rows that the fit uses go to a temporary folder (the setting
#' `spill` of [sgmoe_control()] names another), and every pass reads them from
#' there, about as fast as memory. They take some eight bytes a number of the
#' design, one byte for dummies and codes. A fit from a source is the fit of the
#' same rows in memory, to the last bit, whatever the chunks and threads; memory
#' holds a chunk, and some thousand rows on which starts and ridge are sought.
#'
#' `weights`, `offset` and `subset` are expressions in columns of the source,
#' evaluated in every chunk, `subset` a condition; rows that `na.action` leaves out
#' are counted. Levels of factors and classes are those of all rows, wherever they
#' appear. A term that depends on all rows, such as `poly(x, 2)` or a spline
#' without knots, is an error of class `sgmoe_error_row_dependent`. So are
#' `method` other than `"mm"`, `ridge = "cv"`, and labels of rows as `start`
#' (`sgmoe_error_unsupported`, `sgmoe_error_start`).
#'
#' With `checkpoint = "file"` every pass over all rows is logged. The same call
#' goes on where an interrupted one stopped, to the same bits: it reads the
#' source again and takes passes from the log, up to the first record that is
#' damaged or was not written to its end: passes from there on are computed anew. A
#' log of another fit, on other instructions of the processor (see Reproducibility),
#' or with a damaged beginning is an error of class `sgmoe_error_checkpoint`.
#'
#' With `spill = FALSE` nothing but a part of the rows (262,144 of them) is on the
#' disk at a time. The source must then give the same rows in the same order each time
#' it is read: one that changes is an error of class `sgmoe_error_source`.
#'
#' The fit does not keep its rows: what needs them takes `newdata`. Standard errors
#' it has, since the last pass sums what they are made of. A source
#' that fails is an error of class `sgmoe_error_source` with the number of the
#' chunk; a full disk or a damaged spill one of class `sgmoe_error_spill`.
#'
#' @param formula A formula `y ~ x1 + x2` for the experts; several numeric
#'   responses are given as `cbind(y1, y2) ~ x`. It may hold `offset()` terms.
#' @param data A data frame (or list or environment) with the variables. If it
#'   is missing, they are taken from the environment of `formula`. Or a source of
#'   rows that need not fit in memory: from [as_chunk_source()],
#'   [dbi_source()] and others, or a function as `biglm::bigglm()` takes it; see
#'   the section on sources.
#' @param k Number of experts, a positive whole number. No default.
#' @param family The kind of experts, by name or as for [glm()]; `NULL` (the
#'   default) chooses from the response.
#'   `r describe_families("family")`
#' @param gate A one-sided formula for the gate, `~ z`. `NULL`, the default,
#'   gives the gate the covariates of the experts. `~ 1` makes the mixing
#'   weights constant.
#' @param covariance Structure of the experts' covariance for several responses:
#'   `"full"` (the default), `"diagonal"` or `"spherical"`. For one response
#'   they are the same.
#' @param shared Do all experts share one covariance? `FALSE` by default.
#' @param weights Case weights: non-negative numbers, one per row, evaluated in
#'   `data`. A weight of two is the same as the row twice: the number of
#'   observations is the sum of the weights.
#' @param offset What is added to the experts' means or linear predictors,
#'   evaluated in `data`. An offset in the gate is an error.
#'   `r describe_families("offset")`
#' @param subset Rows to use, evaluated in `data`.
#' @param na.action What to do with missing values: [na.omit()] (the usual
#'   default), [na.exclude()], or [na.fail()].
#' @param contrasts Contrasts of factors, a named list as in [lm()], for
#'   instance `list(x = "contr.sum")`; they hold for experts and gate.
#' @param method `"mm"`, minorization–maximization (the default); `"em"`, the
#'   classical EM algorithm, which solves the logistic regression of the gate
#'   and those of the experts to their end in every step, given for
#'   comparison; or `"incremental"`, the algorithm of [sgmoe_stream()]: a pilot
#'   of some thousand random rows is fitted, and all rows are then learnt in
#'   random order, `epochs` times. It does not converge to the last digit as the
#'   others do, but ends within a fraction of the statistical error after one
#'   epoch. Ridge and priors are those of the pilot. (Data no larger than a pilot,
#'   2000 rows or more, are the pilot: they are fitted in batch.) Settings are those of
#'   [stream_control()], and for the pilot those of [sgmoe_control()].
#' @param start Where to start, instead of `control$starts` starts: a posterior
#'   matrix (a row for each row used, a column for each expert); labels, a
#'   factor or a character, logical or numeric vector with `k` different values, that say
#'   to which expert each row of the data belongs (all rows: `subset` and `na.action` are
#'   applied to them), such as the result of a clustering; an earlier fit with
#'   the same terms and `k`; or a coefficient vector as [coef()] gives it, by
#'   whose names it is recognised.
#' @param model Keep the model frame in the fit? `TRUE` by default; without it,
#'   the fit has a small constant size, and what needs data takes `newdata`.
#' @param control Settings of the algorithm, from [sgmoe_control()]; for
#'   `method = "incremental"` from [stream_control()], which has those of both,
#'   `epochs` among them.
#' @param ... Settings of the algorithm by name, such as `ridge = 1`; they
#'   override those in `control`.
#'
#' @return An object of class `sgmoe`, a list with, among others:
#' \describe{
#'   \item{`k`, `family`, `covariance`, `shared`, `method`}{as asked for.}
#'   \item{`coefficients`}{all parameters on the user's scale, a flat named
#'     vector; see [coef.sgmoe()].}
#'   \item{`log_likelihood`, `objective`}{the log-likelihood at the fit, and with it what
#'     is climbed: the ridge penalty subtracted and the other priors added, which have no
#'     constants, so that it may be the greater. On the scale of the response.}
#'   \item{`df`, `nobs`}{number of free parameters, with a ridge their effective
#'     number \eqn{\mathrm{tr}(H^{-1} H_0)}{tr(H^(-1) H_0)}, \eqn{H_0} the information of the
#'     likelihood and \eqn{H} with the ridge added (all, where there are over 3000:
#'     finding it would take minutes); sum of the weights.}
#'   \item{`ridge`}{the ridge of the fit; with `ridge = "auto"`, what was chosen
#'     for gate and experts.}
#'   \item{`evidence`}{with `ridge = "auto"`, a list of `ridge`; `updates`, the
#'     ridges on the way there; `settled`: did they come to rest within their range,
#'     1e-4 to 1e4?; and `log_evidence`, by which fits of the same rows and number of
#'     experts under several seeds can be compared (without the constants of that
#'     number; `NA` of large data and of few rows, where optima are not compared by it).}
#'   \item{`tuning`}{with `ridge = "cv"`, a list of `table`, `best`, `score` and
#'     `folds`, as [tune_experts()] describes them.}
#'   \item{`converged`, `reason`}{whether it did, and why the algorithm stopped:
#'     "converged", "pass_limit", "interrupted", "non_finite" or "separated";
#'     "epochs" for the incremental method, and "streamed" for [as_sgmoe()].}
#'   \item{`passes`, `trace`}{passes over the data of the best start, and the
#'     objective after each of them. Where ridge or priors are settled by the fit
#'     they are those of the last refit, which starts where the one before ended:
#'     `max_passes` holds for each. Passes over a subsample are not among them, nor
#'     is the step that turns a starting posterior into parameters: the
#'     experts' M-step where it has a closed form, else, as for the gate, one
#'     step.}
#'   \item{`gain`}{log-likelihood per observation that the next step promises.}
#'   \item{`starts`}{a data frame, one row per start: `start`, `type`, `logLik`,
#'     `objective` (with ridge and priors, by which starts are ranked),
#'     `passes` (with those over a subsample, of candidates and of moves),
#'     `reason`, and `chosen`: did the fit go on from it? A start that was dropped
#'     before its end, or is clearly behind the best one on a subsample of large
#'     data, has the reason "not_continued" and no objective; so has one
#'     that ended in the optimum of a better one on the subsample, with the
#'     reason "same_optimum". Those of types "annealed" and "weak" are what the
#'     search for the ridge found from a strong and from a weak one. With
#'     `ridge = "auto"` data that are not large are searched at both ridges, with
#'     fewer starts each (and, where data are small, some that are no best of several
#'     candidates), and the best few optima get ridges of their own, of which that
#'     with the greatest evidence is chosen: it need not have the largest objective,
#'     and objectives are shown for the search that it came from alone.
#'     Ridge and priors are those of that search: with its own ridge the fit may
#'     have a likelihood that differs by some units. Spikes of the likelihood
#'     (an expert on a few rows, its variance at the floor) and runs with a
#'     frozen expert are chosen only if there is nothing else, so the best start
#'     need not have the largest `logLik`.}
#'   \item{`gate_share`, `posterior_weight`}{average gate probability and total
#'     posterior weight of every expert.}
#'   \item{`starved`, `floored`}{for each expert: has it too little weight to be
#'     updated, is its variance at the floor?}
#'   \item{`point_mass`}{for each expert: do 95 % of its rows or more have one and
#'     the same value of the response, which many rows share? (Gaussian experts
#'     only.) Its density there means nothing.}
#'   \item{`diverging`}{what grows without limit, or `NULL`: the names of the
#'     covariates along which the coefficients do, each named "gate" or, for
#'     multinomial experts, with expert and class, as `"expert2[virginica]"`;
#'     `reason` is then "separated".}
#'   \item{`responses`}{names of the responses, or the classes.}
#'   \item{`parameters`, `basis`}{parameters on standardised columns, the gate's
#'     summing to zero over experts, and the means and scales of the columns.}
#'   \item{`model`}{the model frame, or `NULL`.}
#'   \item{`curvature`}{of fits without a model frame: what [vcov()][vcov.sgmoe] is
#'     made of (`information`, `penalty_hessian` and `outer`), else `NULL`.}
#'   \item{`call`, `control`, `version`, `simd`}{the call, the settings, the version
#'     of the package, and the instructions that the core ran on, see below.}
#' }
#' Experts are in the order of their average gate probability, largest first;
#' [relabel()] changes it.
#'
#' @section Methods:
#' A fit answers [summary()][summary.sgmoe], [coef()][coef.sgmoe],
#' [vcov()][vcov.sgmoe], [confint()][confint.sgmoe], [anova()][anova.sgmoe],
#' [predict()][predict.sgmoe], [fitted()][fitted.sgmoe],
#' [residuals()][residuals.sgmoe], [simulate()][simulate.sgmoe],
#' [plot()][plot.sgmoe], [update()][update.sgmoe], [logLik()], [AIC()],
#' [BIC()], [icl()], [nobs()], [deviance()], [df.residual()], [sigma()],
#' [formula()], [terms()], [model.frame()], [model.matrix()], [weights()] and
#' [family()] (see [sgmoe-methods]), and [tidy()], [glance()] and [augment()]. What
#' has no meaning for a mixture is an error that says what to use instead.
#'
#' @section Reproducibility:
#' On one machine the same call with the same seed gives the same result to the last
#' bit, for any number of `threads`. Machines differ: where the processor has them
#' (x86-64 since about 2013), the core takes wider registers and fused
#' multiplications (AVX2 and FMA), which are up to three times as fast and round
#' differently. `options(sgmoe.simd = "baseline")` does without: the core's loops over
#' rows then compute the same bits on every processor of one kind and with one build
#' of the package, also on workers. What is left are the C library, whose single
#' logarithms and exponentials (of a variance, say) may differ in the last digit from
#' one version or processor to another, and R's own linear algebra. `"best"` is the
#' default; a fit says in `simd` what it ran on, and a `checkpoint` is gone on with on
#' the instructions that it was begun with.
#'
#' @section Errors:
#' Bad input raises an error of class `sgmoe_error_<what>` that names the
#' culprit, for example `sgmoe_error_non_finite`, `sgmoe_error_weights`,
#' `sgmoe_error_no_rows`, `sgmoe_error_k`, `sgmoe_error_constant_response`,
#' `sgmoe_error_one_class`, `sgmoe_error_counts`,
#' `sgmoe_error_missing_column`, `sgmoe_error_start`. What the family of the
#' experts cannot do is `sgmoe_error_unsupported`. Warnings have classes
#' `sgmoe_warning_pass_limit`, `sgmoe_warning_interrupted`,
#' `sgmoe_warning_separated`, `sgmoe_warning_empty_class`,
#' `sgmoe_warning_floored`, `sgmoe_warning_starved`, `sgmoe_warning_overfitted` and
#' `sgmoe_warning_row_dependent` (a term such as `x - mean(x)`, which for new rows is
#' something else). A message of class `sgmoe_message_few_rows` says that
#' there are fewer than three rows for each parameter of several experts,
#' `sgmoe_message_many_levels` that a text has so many values as dates or labels of rows.
#'
#' @references
#' Tran, T. et al. (2026) Fast model selection and stable optimization for
#' softmax-gated multinomial-logistic mixture of experts models.
#' \doi{10.48550/arXiv.2602.07997}
#'
#' Jordan, M. I. and Jacobs, R. A. (1994) Hierarchical mixtures of experts and
#' the EM algorithm. *Neural Computation*, 6, 181–214.
#' @seealso
#' How many experts? [select_experts()]; with the ridge, by cross-validation:
#' [tune_experts()]. Settings: [sgmoe_control()].
#'
#' Standard errors and tests: [summary.sgmoe()], [vcov.sgmoe()],
#' [confint.sgmoe()], [anova.sgmoe()], [bootstrap()].
#'
#' Predictions and intervals: [predict.sgmoe()]; pictures: [plot.sgmoe()];
#' effects of covariates: [average_effects()].
#'
#' More rows than fit into memory, or that keep coming: [sgmoe_stream()].
#' @family fits
#' @examples
#' # Two regimes of braking distances
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2)
#' summary(fit) # coefficients with standard errors, then the experts' shares
#' predict(fit, data.frame(speed = c(5, 10, 20)), interval = "prediction")
#'
#' # Rows from a source, 20 at a time
#' sgmoe(dist ~ speed, as_chunk_source(cars, chunk = 20), k = 2, ridge = 0.1)
#'
#' # The gate may look at other covariates than the experts
#' sgmoe(mpg ~ wt, mtcars, k = 2, gate = ~hp, ridge = 0.1, starts = 2)
#'
#' # A factor as response: experts for classes. `predict()` has probabilities,
#' # a column for each class
#' flowers <- sgmoe(Species ~ Sepal.Length + Sepal.Width, iris, k = 2, starts = 2)
#' predict(flowers, iris[c(1, 60, 120), ], type = "prob")
#'
#' # Weights count rows: the number of observations is their sum
#' nobs(sgmoe(dist ~ speed, cars, k = 2, weights = rep(1:2, 25), starts = 2))
#'
#' # Several responses: every expert has a covariance matrix, `sigma()` its
#' # standard deviations
#' both <- sgmoe(cbind(Sepal.Length, Petal.Length) ~ Sepal.Width, iris,
#'   k = 2, starts = 2
#' )
#' sigma(both)
#'
#' # Counts with an exposure: coefficients are of the rate, claims per holder
#' if (requireNamespace("MASS", quietly = TRUE)) {
#'   claims <- sgmoe(Claims ~ Age + offset(log(Holders)), MASS::Insurance,
#'     k = 2, family = "poisson", gate = ~Group, starts = 2
#'   )
#'   coef(claims, "expert")
#' }
#' @export
sgmoe <- function(formula, data, k, family = NULL, gate = NULL,
                  covariance = c("full", "diagonal", "spherical"),
                  shared = FALSE, weights, offset, subset, na.action,
                  contrasts = NULL,
                  method = c("mm", "em", "incremental"), start = NULL,
                  model = TRUE, control = sgmoe_control(), ...) {
  call <- rlang::current_env()
  given <- match.call()
  caller <- parent.frame()
  method <- check_choice(
    method, "method", c("mm", "em", "incremental"), call, "argument"
  )
  check_dots(
    match.call(expand.dots = FALSE)$..., sgmoe, "sgmoe",
    method == "incremental", call
  )
  check_given(missing(formula), missing(k), "sgmoe(y ~ x, data, k = 2)", call)
  request <- fit_request(
    formula, if (!missing(data)) data, k,
    family = family, gate = gate,
    covariance = if (!missing(covariance)) covariance, shared = shared,
    na.action = if (missing(na.action)) getOption("na.action") else na.action,
    contrasts = contrasts, method = method, start = start, model = model,
    control = if (!missing(control)) control, settings = list(...),
    quoted = row_arguments(given, caller), env = caller, call = call
  )
  own_call <- kept_call(given, "sgmoe", caller)
  in_memory(if (comes_in_chunks(request$data)) {
    fit_source(request, own_call, fit_requested, call)
  } else {
    fit_requested(request, own_call, call)
  }, call)
}

#' Fit what was asked for
#'
#' @param own_call What the fit keeps as its call.
#' @noRd
fit_requested <- function(request, own_call, call,
                          design = request_design(request, call)) {
  tuned <- NULL
  if (is_cross_validated(request$control)) {
    wanted <- settle_model(request$model, design$blueprint, call)
    tuned <- tune_ridge(design, wanted, request$control, request$method, call)
    request$control$ridge <- tuned$ridge
  }
  request$control <- settle_ridge(request$control, request$model$k)
  prepared <- prepare_fit(request, call, design)
  problem <- prepared$problem
  problem$log <- begin_log(request, problem, call)
  control <- request$control
  runs <- with_progress(control$progress, function(report) {
    if (problem$method == "incremental") {
      fit_incremental(
        problem, prepared$given,
        settle_stream_ridge(request$settings, request$model$k), report, call
      )
    } else if (is_auto(control)) {
      fit_evidence(problem, prepared$given, control, report, call)
    } else {
      fit_fixed(problem, prepared$given, control, report, call)
    }
  })
  fit <- to_the_end(
    batch_fit(problem, runs, control, own_call, request$keep, call), call
  )
  report_outcome(fit, call)
  if (!is.null(tuned)) {
    fit$tuning <- tuned[c("table", "best", "score", "folds")]
  }
  fit
}
