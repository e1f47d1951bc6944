# Fitted values and residuals.

#' Fitted values and residuals
#'
#' @param object A fit from [sgmoe()] with `model = TRUE`.
#' @param type `"response"`: observed less fitted; `"pearson"`: that divided by
#'   the mixture's standard deviation at the covariates; `"quantile"`: the
#'   normal quantile of the mixture's distribution function at the response,
#'   standard normal if the model holds (Dunn and Smyth, 1996), whatever the
#'   shape of the mixture.
#'   `r describe_families("residuals")`
#' @param ... Anything else is an error.
#' @return A vector with one element for each row, or a matrix with a column for
#'   each response or class; padded with `NA` under [na.exclude()].
#' @references Dunn, P. K. and Smyth, G. K. (1996) Randomized quantile
#'   residuals. *Journal of Computational and Graphical Statistics*, 5, 236–244.
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
                              "response", "pearson", "quantile"
                            ), ...) {
  check_stored(object)
  call <- rlang::current_env()
  type <- check_choice(
    type, "type", c("response", "pearson", "quantile"), call, "argument"
  )
  refuse_dots(list(...), "residuals", call)
  kinds <- family_of(object)$residuals
  if (is.null(kinds[[type]])) {
    asked <- paste0("{.code residuals(type = '", type, "')}")
    refuse_part(family_of(object), type, asked, call)
  }
  design <- fitted_design(object, call)
  rows <- evaluate_rows(object, design, c("gate", "expert"))
  result <- kinds[[type]](list(
    y = design$y, observed = observed_response(design$y, object),
    means = rows$means, gate = rows$gate,
    centre = mixture_mean(rows$means, rows$gate),
    parameters = object$parameters, spec = object$spec
  ))
  dimnames(result) <- list(
    as.character(design$row_names), object$responses
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
