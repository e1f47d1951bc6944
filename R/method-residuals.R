# Fitted values and residuals.

#' Fitted values and residuals
#'
#' @param object A fit from [sgmoe()] with `model = TRUE`.
#' @param type `"response"`: observed less fitted; `"pearson"`: that divided by
#'   the mixture's standard deviation at the covariates; `"quantile"`: the
#'   normal quantile of the mixture's distribution function at the response,
#'   standard normal if the model holds (Dunn and Smyth, 1996), whatever the
#'   shape of the mixture; where it jumps, of a place within the jump;
#'   `"deviance"`: the signed root of what the row adds to the deviance of a
#'   model with one expert, case weights included. A mixture has none, since
#'   there is no saturated model to compare it with.
#'   `r describe_families("residuals")`
#' @param ... Anything else is an error.
#' @return A vector with one element for each row, or a matrix with a column for
#'   each response or class; padded with `NA` under [na.exclude()].
#' @section Errors: `sgmoe_error_unsupported` where the response or the mixture
#'   has no such residuals, `sgmoe_error_no_model` without data.
#' @references Dunn, P. K. and Smyth, G. K. (1996) Randomized quantile
#'   residuals. *Journal of Computational and Graphical Statistics*, 5, 236–244.
#' @family predictions
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' qqnorm(residuals(fit, type = "quantile"))
#' @importFrom stats fitted
#' @export
fitted.sgmoe <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "fitted")
  predict.sgmoe(object, type = "response")
}

#' @rdname fitted.sgmoe
#' @importFrom stats residuals
#' @export
residuals.sgmoe <- function(object, type = c(
                              "response", "pearson", "quantile", "deviance"
                            ), ...) {
  check_stored(object)
  call <- rlang::current_env()
  type <- check_choice(
    type, "type", eval(formals(residuals.sgmoe)$type), call, "argument"
  )
  refuse_dots(list(...), "residuals", call)
  if (type == "deviance" && object$k > 1) {
    abort("unsupported", c(
      "A mixture has no deviance residuals: there is no saturated model to
       compare it with.",
      "i" = "Use {.code type = \"quantile\"} or {.code type = \"pearson\"}."
    ), call)
  }
  design <- fitted_design(object, call)
  rows <- evaluate_rows(object, design, c("gate", "expert"))
  weights <- design$weights
  kind <- family_of(object)$residuals[[type]]
  result <- if (!is.null(kind)) {
    kind(list(
      y = design$y, observed = observed_response(design$y, object),
      means = rows$means, gate = rows$gate,
      centre = predicted_mean(object, rows),
      weights = weights %||% rep(1, nrow(design$y)),
      parameters = object$parameters, spec = object$spec,
      blueprint = object$blueprint
    ))
  }
  if (is.null(result)) {
    asked <- paste0("{.code residuals(type = '", type, "')}")
    refuse_part(family_of(object), type, asked, call)
  }
  dimnames(result) <- list(
    as.character(design$row_names),
    if (ncol(result) == length(object$responses)) object$responses
  )
  if (ncol(result) == 1L) {
    result <- stats::setNames(result[, 1L], rownames(result))
  }
  stats::naresid(object$na.action, result)
}

#' The response as numbers that means can be compared with, n x q
#' @noRd
observed_response <- function(y, fit) {
  family_of(fit)$observed(y, fit$responses)
}

#' How much each row of the response counts: its case weight, times its number
#' of counts
#' @noRd
response_weights <- function(y, weights, fit) {
  total <- family_of(fit)$row_counts(y)
  if (is.null(weights)) total else total * weights
}
