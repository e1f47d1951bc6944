# Methods for the package marginaleffects.

#' What the package marginaleffects asks of a fit
#'
#' Methods for generics of marginaleffects, registered when it is loaded, so that
#' `marginaleffects::avg_slopes(fit)`, `comparisons()`, `predictions()` and
#' `hypotheses()` work. It differentiates predictions numerically, in the
#' coefficients; [average_effects()] has the common ones with exact derivatives and
#' in less time. `type` is one of [predict.sgmoe()] that gives numbers:
#' `"response"` (the default), `"prob"`, `"gate"` or `"expert"`; several columns
#' are groups. As `vcov` it takes a type of [vcov.sgmoe()], a matrix, a
#' function, or `FALSE` for no standard errors.
#'
#' @param model A fit from [sgmoe()], or a selection.
#' @param coefs Coefficients to predict with, named.
#' @param vcov,newdata,type As marginaleffects has them.
#' @param ... Not used.
#' @return As the generics have it: coefficients (aliased columns left out), a fit
#'   with other ones, their covariance, and a data frame with `rowid`, `estimate`
#'   and, of several columns, `group`.
#' @name marginaleffects-methods
#' @keywords internal
#' @examplesIf requireNamespace("marginaleffects", quietly = TRUE)
#' set.seed(1)
#' fit <- sgmoe(Volume ~ Girth + Height, trees, k = 2, ridge = 0.1, starts = 2)
#' marginaleffects::avg_slopes(fit)
#' average_effects(fit)
NULL

#' @rdname marginaleffects-methods
#' @exportS3Method marginaleffects::get_coef sgmoe
get_coef.sgmoe <- function(model, ...) {
  check_stored(model)
  model$coefficients[!is.na(model$coefficients)]
}

#' @rdname marginaleffects-methods
#' @exportS3Method marginaleffects::set_coef sgmoe
set_coef.sgmoe <- function(model, coefs, ...) {
  check_stored(model)
  call <- rlang::current_env()
  spec <- model$spec
  values <- model$coefficients
  kept <- which(!is.na(values))
  # By position where they have no names.
  at <- if (is.null(names(coefs))) kept else match(names(coefs), names(values))
  if (!are_numbers(unname(coefs), length(at)) || anyNA(at)) {
    abort("argument", c(
      "{.arg coefs} must be finite numbers, as many as the fit has coefficients or
       with their names.",
      "x" = "They are {describe_value(coefs)}."
    ), call)
  }
  values[at] <- unname(coefs)
  model$coefficients <- values
  model$curvature <- NULL # it was that of other coefficients
  finding <- find_damage({
    model$parameters <- move_parameters(
      unflatten_parameters(values, spec), user_basis(spec$basis), spec$basis, spec
    )
    check_stored_parameters(model$parameters, spec)
    # A negative deviation would come back positive.
    back <- user_coefficients(model$parameters, spec)
    ensure(isTRUE(all.equal(back[kept], values[kept])), "coefficients")
  })
  if (!is.null(finding)) {
    abort("argument", c(
      "No fit can have these {.arg coefs}.",
      "i" = "Standard deviations must be positive, and covariance matrices
             positive definite."
    ), call)
  }
  model
}

#' @rdname marginaleffects-methods
#' @exportS3Method marginaleffects::get_vcov sgmoe
get_vcov.sgmoe <- function(model, vcov = NULL, ...) {
  if (isFALSE(vcov)) {
    return(NULL)
  }
  kept <- names(get_coef.sgmoe(model))
  chosen_covariance(model, vcov)[kept, kept, drop = FALSE]
}

#' @rdname marginaleffects-methods
#' @exportS3Method marginaleffects::get_predict sgmoe
get_predict.sgmoe <- function(model, newdata, type = "response", ...) {
  if (is.null(type) || is.atomic(type) && all(is.na(type))) {
    type <- "response"
  }
  check_choice(
    type, "type", names(delta_types), rlang::current_env(), "argument"
  )
  value <- stats::predict(model, newdata, type = type)
  n <- NROW(value)
  rowid <- newdata$rowid %||% seq_len(n)
  if (is.null(dim(value))) {
    return(data.frame(rowid = rowid, estimate = unname(value)))
  }
  groups <- dimnames(value)[-1L]
  groups <- if (length(groups) == 1L) {
    groups[[1L]]
  } else {
    as.vector(outer(groups[[1L]], groups[[2L]], function(response, expert) {
      paste0(expert, "[", response, "]")
    }))
  }
  data.frame(
    rowid = rep(rowid, length(groups)),
    group = factor(rep(groups, each = n), groups), estimate = as.vector(value)
  )
}

#' marginaleffects takes models of other packages whose class is in an option
#' @noRd
announce_marginaleffects <- function(...) {
  known <- getOption("marginaleffects_model_classes")
  options(marginaleffects_model_classes = union(
    known, c("sgmoe", "sgmoe_selection")
  ))
}
