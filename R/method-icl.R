# The integrated classification likelihood.

#' Integrated classification likelihood
#'
#' BIC plus twice the entropy of the posteriors, \eqn{-\sum_i a_i \sum_k t_{ik}
#' \log t_{ik}}{-sum_i a_i sum_k t_ik log t_ik} with case weights
#' \eqn{a}: a criterion for the number of experts that also asks for experts that do
#' not overlap (Biernacki, Celeux and Govaert, 2000). Smaller is better.
#'
#' @param object A fit from [sgmoe()], or a selection.
#' @param ... More fits of the same rows, as in [BIC()].
#' @return A number; of several fits a data frame with a row for each and the columns
#'   `df` and `ICL`, as [BIC()] gives it. A stream keeps no rows, whose posteriors would be needed:
#'   `sgmoe_error_no_data`.
#' @references
#' Biernacki, C., Celeux, G. and Govaert, G. (2000) Assessing a mixture model for
#' clustering with the integrated completed likelihood. *IEEE Transactions on
#' Pattern Analysis and Machine Intelligence*, 22, 719–725.
#' @seealso [BIC()], [select_experts()]
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' icl(fit) - BIC(fit)
#' @export
icl <- function(object, ...) {
  UseMethod("icl")
}

#' @rdname icl
#' @export
icl.sgmoe <- function(object, ...) {
  check_stored(object)
  others <- list(...)
  if (is.na(object$entropy)) {
    refuse_stream_icl()
  }
  if (!length(others)) {
    return(integrated_likelihood(object))
  }
  call <- rlang::current_env()
  refuse_dots(others[nzchar(names(others))], "icl", call)
  fits <- list(object, ...)
  check_are_fits(fits, "icl", call)
  if (anyNA(vapply(fits, `[[`, 0, "entropy"))) {
    refuse_stream_icl()
  }
  data.frame(
    df = vapply(fits, function(fit) fit$df, 0),
    ICL = vapply(fits, integrated_likelihood, 0),
    row.names = make.unique(vapply(as.list(match.call())[-1L], deparse1, ""))
  )
}

#' @export
icl.default <- function(object, ...) {
  if (inherits(object, "sgmoe_stream")) {
    refuse_stream_icl()
  }
  abort("unsupported", c(
    "{.fn icl} is for fits.",
    "x" = "It got a value of type {kind_of(object)}."
  ))
}

#' Refuse a stream, or the fit of one
#' @noRd
refuse_stream_icl <- function(call = rlang::caller_env()) {
  abort("no_data", c(
    "{.fn icl} needs the posteriors of all rows, and a stream keeps no rows.",
    "i" = "Compare streams over the same rows by {.fn logLik}."
  ), call)
}
