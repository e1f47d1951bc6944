# The experts of a fit in another order.

#' Put the experts in another order
#'
#' Experts have no order of their own; fits show them by average gate
#' probability. `relabel()` gives another order, for instance to compare two
#' fits or to choose the gate's reference, which is always the first expert.
#' Nothing but the labels changes.
#'
#' @param object A fit from [sgmoe()].
#' @param order A permutation of the numbers 1 to k: the expert `order[1]`
#'   becomes the first, and so on.
#' @param to In place of `order`, another fit of the same formula and number of
#'   experts. The order is then the one in which the experts of both agree most
#'   about the rows of `object`, which must have its data (`model = TRUE`): the sum
#'   over rows of the products of their posteriors is largest. Of more than six
#'   experts the pairs that agree most are taken one after the other.
#' @param ... Anything else is an error.
#' @return The fit with its experts in the new order. An order that is not a
#'   permutation raises `sgmoe_error_order`, a fit of another kind
#'   `sgmoe_error_argument`.
#' @section Multiple imputation:
#' Fits to several imputed data sets have to be put in the same order before
#' `mice::pool()` averages them, see the example.
#' @family fits
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' coef(relabel(fit, 2:1), part = "gate") # minus coef(fit, part = "gate")
#'
#' # Fits to other rows, in the order of the first
#' fits <- lapply(1:3, function(i) {
#'   rows <- sample(50, replace = TRUE)
#'   relabel(sgmoe(dist ~ speed, cars[rows, ], k = 2, starts = 2), to = fit)
#' })
#' sapply(fits, coef)
#'
#' # Of imputed data:
#' # fits <- with(mice::mice(data), sgmoe(y ~ x, k = 2))
#' # fits$analyses <- lapply(fits$analyses, relabel, to = fits$analyses[[1]])
#' # summary(mice::pool(fits))
#' @export
relabel <- function(object, order, ...) {
  UseMethod("relabel")
}

#' @export
relabel.default <- function(object, order, ...) {
  abort("unsupported", c(
    "{.fn relabel} is for fits.",
    "x" = "It got a value of type {kind_of(object)}.",
    "i" = if (inherits(object, "sgmoe_stream")) {
      "The experts of a stream keep their order; {.code as_sgmoe(stream)} makes
       a fit of it."
    }
  ))
}

#' @rdname relabel
#' @export
relabel.sgmoe <- function(object, order, to = NULL, ...) {
  check_stored(object)
  refuse_dots(list(...), "relabel")
  if (!is.null(to)) {
    if (!missing(order)) {
      abort("order", "Give {.arg order} or {.arg to}, not both.")
    }
    order <- order_of(object, to)
  }
  if (missing(order) || !is.numeric(order) || !identical(
    sort(as.integer(order)), seq_len(object$k)
  ) || any(order != round(order))) {
    abort("order", c(
      "{.arg order} must be a permutation of the numbers 1 to {object$k}.",
      "x" = if (missing(order)) {
        "It is missing."
      } else if (is.numeric(order)) {
        "It is {.val {order}}."
      } else {
        "It is of type {kind_of(order)}."
      }
    ))
  }
  permute_experts(object, as.integer(order))
}

#' The order of a fit's experts in which they are most like those of another fit
#'
#' @param to The other fit.
#' @noRd
order_of <- function(object, to, call = rlang::caller_env()) {
  if (!inherits(to, "sgmoe")) {
    abort("argument", c(
      "{.arg to} must be a fit.",
      "x" = "It is of type {kind_of(to)}."
    ), call)
  }
  check_stored(to, call)
  alike <- c("family", "k", "responses", "columns")
  other <- !vapply(alike, function(part) {
    identical(object$spec[[part]], to$spec[[part]])
  }, NA)
  if (any(other)) {
    abort("argument", c(
      "{.arg to} must be a fit of the same formula and number of experts.",
      "x" = "It has {cli::qty(sum(other))}{?another/other} {alike[other]}."
    ), call)
  }
  design <- fitted_design(object, call)
  posterior <- lapply(list(to, object), function(fit) {
    evaluate_rows(fit, design, "posterior")$posterior
  })
  weights <- design$weights %||% 1
  matching_order(posterior[[1L]], posterior[[2L]], weights)
}
