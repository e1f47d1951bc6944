# Predictions.

#' Predictions and intervals of a mixture of experts
#'
#' Means, classes, probabilities, quantiles and intervals for new rows, or for
#' those of the fit. `interval = "prediction"` is where a new response will be,
#' `interval = "confidence"` where the true mean is.
#'
#' @param object A fit from [sgmoe()].
#' @param newdata A data frame with the covariates; for `"posterior"`,
#'   `"expert_posterior"`, `"logdensity"`, `"cdf"` and `"density"` with the
#'   response, too. Without it, the data of the fit are used, which needs
#'   `model = TRUE`. Or a source of chunks ([as_chunk_source()]), for rows that need
#'   not fit in memory.
#' @param type What to predict:
#'   - `"response"`: the mean of the mixture, \eqn{\sum_k \pi_k(x) \mu_k(x)}; a
#'     vector, or for several responses a matrix with a column for each; for
#'     classes, their probabilities;
#'   - `"prob"`: the probabilities of the classes, a matrix with a column for
#'     each class, two classes included (recalibrated after [recalibrate()]);
#'   - `"class"`: the most probable class (the first of equals), a factor with
#'     the levels of the data of the fit;
#'   - `"gate"`: the gate's probabilities \eqn{\pi_k(x)}, a matrix with a column
#'     for each expert;
#'   - `"expert"`: every expert's mean \eqn{\mu_k(x)}, a matrix with a column
#'     for each expert; for several responses an array, rows × responses × experts;
#'     for classes their probabilities, rows × classes × experts;
#'   - `"posterior"`: the probability of each expert given covariates and
#'     response, a matrix with a column for each expert;
#'   - `"logdensity"`: the log-density of the response under the mixture, a
#'     vector; of a discrete response the logarithm of its probability (for
#'     counts of classes without the multinomial coefficient); of several
#'     responses their joint density;
#'   - `"quantile"`: quantiles of the mixture, a matrix with a column for each
#'     of `p`, named as by [quantile()]; for several responses an array, rows ×
#'     responses × `p`;
#'   - `"cdf"`: the distribution function at the response, a vector, or a matrix
#'     with a column for each response;
#'   - `"density"`: the density at the response, likewise, each response by
#'     itself; for counts and classes the probability of what was observed;
#'   - `"variance"`: the variance of the mixture, likewise;
#'   - `"expert_gate"`: the expert that the gate finds most probable, a factor
#'     with the levels `expert1`, `expert2`, ...;
#'   - `"expert_posterior"`: the expert that is most probable once the response
#'     is known, likewise. (There is no type `"cluster"`, which could mean
#'     either.)
#' @param na.action What to do with missing values in `newdata`. The default,
#'   [na.pass()], predicts `NA`. Without `newdata` it is an error, and rows that
#'   the fit left out are padded with `NA` if its `na.action` was [na.exclude()].
#' @param p Probabilities of quantiles, numbers from 0 to 1. Default 0.05, 0.5
#'   and 0.95.
#' @param interval `"prediction"` for the bounds of prediction intervals beside
#'   the mean, in which a new response is to lie, `"confidence"` for those of
#'   confidence intervals of what is predicted, as [predict.lm()] gives them;
#'   `"none"`, the default, for none.
#' @param level How probably a new response, or the true mean, is to lie in its
#'   interval, a number between 0 and 1. Default 0.95. Without an interval it is
#'   an error.
#' @param method How an interval is found: `"plug-in"`, the default, takes the
#'   fitted distribution as it is, `"conformal"` widens or narrows it by
#'   `calibration`, see Distribution.
#' @param calibration For `"conformal"`, a data frame with covariates and
#'   response that the fit has not seen (rows with missing values are left out),
#'   or the result of [conformal_scores()], which takes the data of the fit in
#'   folds. `NULL`, the default, otherwise.
#' @param se.fit Also standard errors? `FALSE` by default.
#' @param vcov For standard errors and confidence intervals: which covariance of
#'   the coefficients they are made of, a `type` of [vcov.sgmoe()] (default
#'   `"bayes"`, also for `NULL`); or the matrix itself, such as
#'   `vcov(fit, "sandwich", cluster = ~ id)` or `vcov(bootstrap(fit))`; or a
#'   function of the fit that gives either.
#' @param ... Anything else is an error.
#' @return As described under `type`: one element or row for each row of
#'   `newdata`, in order. Dimensions are never dropped. Offsets are included.
#'   Rows with an infinite covariate or offset have `NA`, and a warning
#'   (`sgmoe_warning_non_finite`) counts them; for counts without exposure, an
#'   offset of `-Inf`, every mean and quantile is zero.
#'   With an interval a matrix with columns `fit`, `lwr` and `upr`; for several
#'   responses, classes or experts an array, rows × these × limits.
#'   With `se.fit = TRUE` a list of `fit`, which is that, `se.fit`, of the shape
#'   of the predictions, and `df`, which is `Inf`: limits are those of the normal
#'   distribution.
#'
#'   Of a source the result is a source again, see [next_chunk()]: reading it reads
#'   the rows, from their beginning, and gives data frames of their predictions, a
#'   vector as the column `prediction`, a matrix or an array as several columns
#'   (`response:expert`), standard errors beside them. Terms that depend on other
#'   rows than their own raise `sgmoe_error_source`.
#' @section Distribution:
#' A row's response has the distribution function
#' \eqn{F(y \mid x) = \sum_k \pi_k(x) F_k(y \mid x)}{F(y | x) = sum_k pi_k(x) F_k(y | x)},
#' the variance
#' \eqn{\sum_k \pi_k (\sigma_k^2 + (\mu_k - \mu)^2)}, and a \eqn{p}-quantile
#' \eqn{\min\{y: F(y \mid x) \ge p\}}{min(y: F(y | x) >= p)}, found by
#' safeguarded Newton steps between the experts' quantiles (for counts by bisection).
#' Both tails keep their digits: \eqn{p} and \eqn{1 - p} are treated alike, down to
#' 1e-300 below and to the last digit of \eqn{1 - p} above. Of several responses each has its
#' marginal distribution.
#'
#' A plug-in interval leaves `(1 - level) / 2` on each side. It takes the
#' estimates for true, and covers a little less than it says where there are many
#' parameters for few rows. A conformal interval (Vovk et al., 2005) covers at
#' least `level` of new rows on average, whatever the model, if they and the rows
#' of `calibration` are exchangeable: the score of a calibration row is the
#' smaller of \eqn{P(Y \le y \mid x)}{P(Y <= y | x)} and
#' \eqn{P(Y \ge y \mid x)}{P(Y >= y | x)}, and the interval holds all responses
#' whose score is at least the \eqn{m}-th smallest, \eqn{m} being
#' `(n + 1) * (1 - level)` rounded down (Chernozhukov et al., 2021). So its width follows that of
#' the fitted distribution. It says nothing of single covariate values, nor of
#' each side for itself. With fewer than `1 / (1 - level) - 1` rows the bounds are
#' infinite, and a warning (`sgmoe_warning_infinite_interval`) says so.
#' @section Standard errors:
#' There are standard errors and confidence intervals for the types `"response"`,
#' `"prob"`, `"gate"` and `"expert"`, by the delta method: the variance of a
#' prediction \eqn{m} is \eqn{g'Vg} with its exact derivatives \eqn{g} in the
#' coefficients, those of the gate included, and their covariance \eqn{V}. They
#' are about the mean, not about responses, and take the number of experts as
#' known. Intervals are symmetric on the scale of the link: of counts they are
#' positive, those of probabilities lie between 0 and 1.
#'
#' With one expert and `ridge = 0` they are those of [glm()] for counts and for
#' two classes. For one Gaussian expert the standard errors are those of [lm()]
#' times \eqn{\sqrt{(n - p) / n}}{sqrt((n - p) / n)}, since the variance is the maximum-likelihood
#' estimate, and limits have normal in place of t quantiles.
#'
#' Where a prediction depends on coefficients without a standard error (see
#' [vcov.sgmoe()]), its own is `NA`, with a warning of class
#' `sgmoe_warning_standard_errors`; elsewhere it is known. A fit without data
#' needs a matrix as `vcov`. Recalibrated probabilities have none.
#' @section Formulas:
#' Terms keep what they took from the data of the fit: the constants of
#' [scale()], [poly()] and splines, contrasts, levels, units of time
#' differences. Other terms that look at several rows, such as `x - mean(x)`,
#' are computed from the rows of `newdata`, as by [lm()]; a stream refuses them.
#' @section Errors: `sgmoe_error_missing_column`, `sgmoe_error_wrong_type`,
#'   `sgmoe_error_unseen_level`, `sgmoe_error_newdata`,
#'   `sgmoe_error_calibration` and `sgmoe_error_no_model`, each naming the
#'   culprit; `sgmoe_error_unsupported` for what the experts do not have, such as
#'   quantiles of classes.
#' @references
#' Chernozhukov, V., Wüthrich, K. and Zhu, Y. (2021) Distributional conformal
#' prediction. *Proceedings of the National Academy of Sciences*, 118,
#' e2107794118.
#'
#' Vovk, V., Gammerman, A. and Shafer, G. (2005) *Algorithmic Learning in a
#' Random World*. Springer.
#' @seealso [score()] for how good predicted distributions are,
#'   [residuals.sgmoe()] for quantile residuals, [simulate.sgmoe()] for draws.
#' @family predictions
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' new <- data.frame(speed = c(5, 15, 25))
#' predict(fit, new)
#' predict(fit, new, type = "gate")
#' predict(fit, type = "posterior")[1:3, ]
#'
#' # The distribution: quantiles, and how probable less than was observed is
#' predict(fit, new, type = "quantile", p = c(0.1, 0.5, 0.9))
#' predict(fit, cars[1:3, ], type = "cdf")
#' predict(fit, new, interval = "prediction", level = 0.9)
#'
#' # How well the mean is known, and the gate
#' predict(fit, new, interval = "confidence")
#' predict(fit, new, type = "gate", se.fit = TRUE)$se.fit
#'
#' # Of a source, a chunk at a time
#' predictions <- predict(fit, frame_source(cars, chunk = 20))
#' while (!is.null(chunk <- next_chunk(predictions))) {
#'   print(colMeans(chunk))
#' }
#'
#' # An interval that holds its level even if the model is wrong
#' half <- sgmoe(dist ~ speed, cars, k = 2, starts = 2, subset = 1:50 %% 2 == 0)
#' predict(half, new,
#'   interval = "prediction", level = 0.9, method = "conformal",
#'   calibration = cars[1:50 %% 2 == 1, ]
#' )
#' @importFrom stats predict
#' @export
predict.sgmoe <- function(object, newdata, type = c(
                            "response", "prob", "class", "gate", "expert",
                            "posterior", "logdensity", "quantile", "cdf",
                            "density", "variance", "expert_gate",
                            "expert_posterior"
                          ), na.action = stats::na.pass,
                          p = c(0.05, 0.5, 0.95),
                          interval = c("none", "prediction", "confidence"),
                          level = 0.95, method = c("plug-in", "conformal"),
                          calibration = NULL, se.fit = FALSE, vcov = "bayes",
                          ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "predict", call)
  if (!missing(newdata) && is_chunk_source(newdata)) {
    return(apply_to_chunks(
      stats::predict, match.call(), parent.frame(), object, newdata,
      "predictions"
    ))
  }
  type <- check_predict_type(type, object, call)
  p <- if (!missing(p)) p
  stored <- missing(newdata) || is.null(newdata)
  refuse_idle(
    c(na.action = !missing(na.action) && stored),
    "It is for {.arg newdata}: the fit has an {.arg na.action} of its own.", call
  )
  refuse_idle_level(c(level = !missing(level)), interval, call)
  refuse_idle_vcov(!missing(vcov), se.fit, interval, call)
  in_memory(
    {
      asked <- check_distribution(
        object, type, p, interval, level, method, calibration, call
      )
      errors <- check_errors(object, type, asked, level, se.fit, vcov, call)
      design <- if (stored) {
        fitted_design(object, call)
      } else {
        replay_design(
          object$blueprint, newdata, na.action, needs_response(type),
          call = call
        )
      }
      found <- predict_design(object, design, type, asked)
      if (!is.null(errors)) {
        values <- predict_design(object, design, type)
        found <- predict_errors(object, design, type, values, found, errors, call)
      }
      if (is.list(found)) {
        padded <- lapply(found, pad_rows, na_action = design$na_action)
        c(padded, list(df = Inf))
      } else {
        pad_rows(found, design$na_action)
      }
    },
    call
  )
}

#' Is a type of prediction about the response that was observed?
#' @noRd
needs_response <- function(type) {
  type %in% c("cdf", "density") || "posterior" %in% evaluated_for(type)
}

#' @noRd
check_predict_type <- function(type, fit, call = rlang::caller_env()) {
  types <- eval(formals(predict.sgmoe)$type)
  if (identical(type, "cluster")) {
    abort("argument", c(
      "{.code type = \"cluster\"} could mean two things.",
      "i" = "{.code type = \"expert_gate\"} is the most probable expert by the
             gate alone, from the covariates.",
      "i" = "{.code type = \"expert_posterior\"} is the most probable expert by
             the posterior, from covariates and response."
    ), call)
  }
  type <- check_choice(type, "type", types, call, "argument")
  if (type %in% c("class", "prob")) {
    require_part(
      fit, "classify", "{.code type = \"class\"} or {.code \"prob\"}", call,
      "predict"
    )
  }
  type
}

#' What of the rows a type of prediction is made of
#' @noRd
evaluated_for <- function(type) {
  switch(type,
    gate = ,
    expert_gate = "gate",
    expert = "expert",
    posterior = ,
    expert_posterior = ,
    logdensity = "posterior",
    c("gate", "expert")
  )
}

#' Predictions for the rows of a design
#'
#' @param asked What is asked of the distribution, from check_distribution().
#' @noRd
predict_design <- function(fit, design, type, asked = list(type = type)) {
  if (asked$type %in% c(distribution_types, "interval")) {
    if (has_part(fit, "distribution")) {
      return(predict_distribution(fit, design, asked))
    }
    return(exp(predict_design(fit, design, "logdensity")))
  }
  rows <- evaluate_rows(fit, design, evaluated_for(type))
  shape_prediction(fit, rows, type, as.character(design$row_names))
}

#' A prediction with its names, from what evaluate_rows() says of the rows
#' @noRd
shape_prediction <- function(fit, rows, type, names) {
  experts <- expert_names(fit)
  by_expert <- function(values) {
    matrix(values, ncol = fit$k, dimnames = list(names, experts))
  }
  most <- function(values) {
    best <- factor(experts[largest_column(values)], experts)
    stats::setNames(best, names)
  }
  switch(type,
    expert_gate = most(rows$gate),
    expert_posterior = most(rows$posterior),
    gate = by_expert(rows$gate),
    posterior = by_expert(rows$posterior),
    logdensity = stats::setNames(rows$log_density, names),
    expert = if (dim(rows$means)[[2L]] == 1L) {
      by_expert(rows$means)
    } else {
      array(rows$means, dim(rows$means), list(names, fit$responses, experts))
    },
    class = stats::setNames(family_of(fit)$classify(
      predicted_mean(fit, rows), fit$blueprint
    ), names),
    {
      mean <- predicted_mean(fit, rows)
      dimnames(mean) <- list(names, fit$responses)
      if (ncol(mean) == 1L) stats::setNames(mean[, 1L], names) else mean
    }
  )
}

#' Put back rows that na.exclude() took out
#' @noRd
pad_rows <- function(result, na_action) {
  if (!inherits(na_action, "exclude")) {
    return(result)
  }
  size <- dim(result)
  if (length(size) < 3L) {
    return(stats::naresid(na_action, result))
  }
  kept <- size[[1L]]
  rows <- rep(NA_integer_, kept + length(na_action))
  rows[-na_action] <- seq_len(kept)
  names <- character(length(rows))
  names[-na_action] <- dimnames(result)[[1L]]
  names[na_action] <- names(na_action)
  array(
    matrix(result, kept)[rows, ], c(length(rows), size[-1L]),
    c(list(names), dimnames(result)[-1L])
  )
}
