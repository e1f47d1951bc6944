# Predictions.

#' Predictions of a mixture of experts
#'
#' @param object A fit from [sgmoe()].
#' @param newdata A data frame with the covariates; for `"posterior"`,
#'   `"expert_posterior"` and `"logdensity"` with the response, too. Without it,
#'   the data of the fit are used, which needs `model = TRUE`.
#' @param type What to predict:
#'   - `"response"`: the mean of the mixture, \eqn{\sum_k \pi_k(x) \mu_k(x)}; a
#'     vector, or for several responses a matrix with a column for each; for
#'     classes, their probabilities;
#'   - `"prob"`: the probabilities of the classes, a matrix with a column for
#'     each class, two classes included;
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
#'     counts of classes without the multinomial coefficient);
#'   - `"expert_gate"`: the expert that the gate finds most probable, a factor
#'     with the levels `expert1`, `expert2`, ...;
#'   - `"expert_posterior"`: the expert that is most probable once the response
#'     is known, likewise. (There is no type `"cluster"`, which could mean
#'     either.)
#' @param na.action What to do with missing values in `newdata`. The default,
#'   [na.pass()], predicts `NA`. Without `newdata`, rows that the fit left out
#'   are padded with `NA` if its `na.action` was [na.exclude()].
#' @param ... Anything else is an error.
#' @return As described under `type`: one element or row for each row of
#'   `newdata`, in order. Dimensions are never dropped. Offsets are included.
#' @section Formulas:
#' Terms keep what they took from the data of the fit: the constants of
#' [scale()], [poly()] and splines, contrasts, levels, units of time
#' differences. Other terms that look at several rows, such as `x - mean(x)`,
#' are computed from the rows of `newdata`, as by [lm()]; a stream refuses them.
#' @section Errors: `sgmoe_error_missing_column`, `sgmoe_error_wrong_type`,
#'   `sgmoe_error_unseen_level`, `sgmoe_error_newdata` and
#'   `sgmoe_error_no_model`, each naming the culprit.
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' new <- data.frame(speed = c(5, 15, 25))
#' predict(fit, new)
#' predict(fit, new, type = "gate")
#' predict(fit, type = "posterior")[1:3, ]
#' @importFrom stats predict
#' @export
predict.sgmoe <- function(object, newdata, type = c(
                            "response", "prob", "class", "gate", "expert",
                            "posterior", "logdensity", "expert_gate",
                            "expert_posterior"
                          ), na.action = stats::na.pass, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "predict", call)
  type <- check_predict_type(type, object, call)
  in_memory({
    design <- if (missing(newdata) || is.null(newdata)) {
      fitted_design(object, call)
    } else {
      replay_design(
        object$blueprint, newdata, na.action,
        "posterior" %in% evaluated_for(type),
        call = call
      )
    }
    pad_rows(predict_design(object, design, type), design$na_action)
  }, call)
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
    require_part(fit, "classify", "{.code type = \"class\"} or {.code \"prob\"}", call)
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
#' @noRd
predict_design <- function(fit, design, type) {
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
      mixture_mean(rows$means, rows$gate), fit$blueprint
    ), names),
    {
      mean <- mixture_mean(rows$means, rows$gate)
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
  if (length(dim(result)) < 3L) {
    return(stats::naresid(na_action, result))
  }
  kept <- dim(result)[[1L]]
  rows <- rep(NA_integer_, kept + length(na_action))
  rows[-na_action] <- seq_len(kept)
  names <- character(length(rows))
  names[-na_action] <- dimnames(result)[[1L]]
  names[na_action] <- names(na_action)
  result <- result[rows, , , drop = FALSE]
  dimnames(result)[[1L]] <- names
  result
}
