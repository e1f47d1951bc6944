# Predictions.

#' Predictions of a mixture of experts
#'
#' @param object A fit from [sgmoe()].
#' @param newdata A data frame with the covariates; for `"posterior"` and
#'   `"logdensity"` with the response, too. Without it, the data of the fit are
#'   used, which needs `model = TRUE`.
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
#'     vector; for classes, the logarithm of the observed class's probability
#'     (for counts without the multinomial coefficient).
#' @param na.action What to do with missing values in `newdata`. The default,
#'   [na.pass()], predicts `NA`. Without `newdata`, rows that the fit left out
#'   are padded with `NA` if its `na.action` was [na.exclude()].
#' @param ... Anything else is an error.
#' @return As described under `type`: one element or row for each row of
#'   `newdata`, in order. Dimensions are never dropped. Offsets are included.
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
                            "posterior", "logdensity"
                          ), na.action = stats::na.pass, ...) {
  if (...length() > 0L) {
    names <- names(match.call(expand.dots = FALSE)$...)
    abort("argument", c(
      "{.fn predict} has no argument {.or {.arg {names}}} for this fit.",
      "i" = "Its arguments are {.arg newdata}, {.arg type} and
             {.arg na.action}."
    ), match.call())
  }
  type <- check_predict_type(type, object)
  needs_response <- type %in% c("posterior", "logdensity")
  design <- if (missing(newdata) || is.null(newdata)) {
    fitted_design(object)
  } else {
    replay_design(
      object$blueprint, newdata, na.action, needs_response,
      call = match.call()
    )
  }
  result <- predict_design(object, design, type)
  pad_rows(result, design$na_action)
}

#' @noRd
check_predict_type <- function(type, fit, call = parent.frame()) {
  types <- eval(formals(predict.sgmoe)$type)
  type <- check_choice(type, "type", types, call, "argument")
  if (type %in% c("class", "prob") && !has_classes(fit)) {
    abort("argument", c(
      "{.code type = \"{type}\"} is for classes; this fit has Gaussian
       experts.",
      "i" = "Use one of {.val {setdiff(types, c('class', 'prob'))}}."
    ), call)
  }
  type
}

#' The design of the data that the fit was made from
#' @noRd
fitted_design <- function(fit, call = parent.frame()) {
  frame <- require_model(fit, call)
  matrices <- part_matrices(fit$blueprint, frame)
  list(
    x = matrices$x, z = matrices$z,
    y = replay_response(frame[[1L]], fit$blueprint),
    offset = offset_matrix(frame, fit$blueprint),
    na_action = fit$na.action, frame = frame,
    row_names = attr(frame, "row.names"), blueprint = fit$blueprint
  )
}

#' Predictions for the rows of a design
#' @noRd
predict_design <- function(fit, design, type) {
  names <- as.character(design$row_names)
  experts <- expert_names(fit)
  if (type == "gate") {
    gate <- evaluate_core(fit, design, "gate")
    return(matrix(gate, ncol = fit$k, dimnames = list(names, experts)))
  }
  if (type %in% c("posterior", "logdensity")) {
    posterior <- evaluate_core(fit, design, "posterior")
    if (type == "posterior") {
      posterior <- posterior[, seq_len(fit$k), drop = FALSE]
      dimnames(posterior) <- list(names, experts)
      return(posterior)
    }
    constant <- sum(log(fit$basis$response$scale))
    return(stats::setNames(posterior[, fit$k + 1L] - constant, names))
  }
  means <- expert_means(fit, design)
  if (type %in% c("response", "prob", "class")) {
    gate <- evaluate_core(fit, design, "gate")
    means <- mixture_mean(means, gate)
    dimnames(means) <- list(names, fit$responses)
    if (type == "class") {
      return(stats::setNames(most_probable(means, fit$responses), names))
    }
    return(
      if (ncol(means) == 1L) stats::setNames(means[, 1L], names) else means
    )
  }
  dimnames(means) <- list(names, fit$responses, experts)
  if (dim(means)[[2L]] == 1L) {
    return(matrix(means, ncol = fit$k, dimnames = list(names, experts)))
  }
  means
}

#' What the core takes as data and model, from a fit and a design
#' @noRd
fit_data <- function(fit, design, response = NULL, weights = NULL) {
  used <- function(values, aliased) {
    list(values = if (any(aliased)) {
      values[, !aliased, drop = FALSE]
    } else {
      values
    })
  }
  core_data(
    used(design$x, fit$aliased$gate),
    if (!fit$blueprint$same) used(design$z, fit$aliased$expert),
    if (is.null(response)) matrix(0, nrow(design$x), 0L) else response,
    if (is.null(weights)) numeric() else as.double(weights),
    core_offset(design), fit$basis
  )
}

#' @noRd
fit_model <- function(fit) {
  model <- core_model(
    fit$family, fit$k, fit$basis, fit$covariance, fit$shared, fit$control
  )
  with_prior(model, fit$basis, fit$prior)
}

#' The response as the core sees it: offsets are subtracted from numbers
#' @noRd
core_response <- function(design) {
  if (is.null(design$offset) || has_classes(design$blueprint)) {
    return(design$y)
  }
  design$y - design$offset
}

#' The offset as the core sees it: added to the logits of classes
#' @noRd
core_offset <- function(design) {
  if (has_classes(design$blueprint)) design$offset
}

#' Call the core for the rows of a design; rows that are not finite give NA
#' @noRd
evaluate_core <- function(fit, design, type) {
  n <- nrow(design$x)
  if (n == 0L) {
    columns <- c(
      gate = fit$k, expert = fit$k * length(fit$responses),
      posterior = fit$k + 1
    )
    return(matrix(0, 0L, columns[[type]]))
  }
  response <- if (type == "posterior") core_response(design)
  if (!is.null(response)) {
    absent <- !is.finite(rowSums(response))
    response[absent, ] <- 0
  }
  data <- fit_data(fit, design, response)
  result <- in_core(core_predict(
    data, fit_model(fit), fit$parameters, type, fit$control$threads
  ))
  # A row with an infinite covariate has no prediction either.
  unknown <- !is.finite(rowSums(design$x)) | !is.finite(rowSums(design$z))
  if (!is.null(design$offset)) {
    unknown <- unknown | !is.finite(rowSums(design$offset))
  }
  if (type == "posterior") {
    unknown <- unknown | absent
  }
  result[unknown, ] <- NA
  result
}

#' The experts' means on the user's scale, or their class probabilities, rows x
#' responses x experts
#' @noRd
expert_means <- function(fit, design) {
  q <- length(fit$responses)
  means <- evaluate_core(fit, design, "expert")
  n <- nrow(means)
  response <- fit$basis$response
  means <- means * rep(rep(response$scale, fit$k), each = n) +
    rep(rep(response$centre, fit$k), each = n)
  if (!is.null(design$offset) && !has_classes(fit)) {
    means <- means + as.vector(design$offset)
  }
  array(means, c(n, q, fit$k))
}

#' The gate-weighted mean of the experts' means, rows x responses
#' @noRd
mixture_mean <- function(means, gate) {
  q <- dim(means)[[2L]]
  result <- 0
  for (i in seq_len(dim(means)[[3L]])) {
    result <- result + matrix(means[, , i], ncol = q) * gate[, i]
  }
  result
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
