# Methods for the package emmeans: marginal means of what a fit predicts.

#' Estimated marginal means by emmeans
#'
#' Methods for generics of the package emmeans, registered when it is loaded, so
#' that `emmeans::emmeans(fit, ~ f)`, `pairs()`, `contrast()` and `emtrends()` of a
#' fit work. The quantities are means on the scale of the response: the model's
#' mean at each point of the reference grid, averaged as emmeans does, with the
#' covariance that the delta method gives.
#'
#' @details
#' Predictions of a mixture are not linear in its coefficients. What emmeans takes
#' for coefficients are therefore the predictions at the points of the reference
#' grid, with their covariance; covariates are at their means there, factors at all
#' their levels. There is no link to go back from: `type` of emmeans has no effect,
#' and its `offset` is an error (`sgmoe_error_unsupported`): variables of an offset
#' are given by `at`, as other covariates.
#'
#' @param object A fit from [sgmoe()], or a selection.
#' @param trms,xlev,grid What emmeans gives.
#' @param mode What the means are of, an argument of `emmeans()`: `"mean"` of the
#'   mixture (the default), `"gate"` (its probabilities, a level of `expert` for
#'   each) or `"expert"` (the experts' means). Several responses are levels of
#'   `response`, classes of `class`.
#' @param vcov. A type of [vcov.sgmoe()], a matrix or a function, as `vcov` in
#'   [predict.sgmoe()]; default `"bayes"`.
#' @param data The data of the fit, if they cannot be found.
#' @param ... Not used.
#' @return As the generics have it.
#' @name emmeans-methods
#' @keywords internal
#' @examplesIf requireNamespace("emmeans", quietly = TRUE)
#' set.seed(1)
#' fit <- sgmoe(breaks ~ wool + tension, warpbreaks,
#'   k = 2, family = "poisson", ridge = 1, starts = 2
#' )
#' means <- emmeans::emmeans(fit, ~tension)
#' means
#' pairs(means)
#' emmeans::emmeans(fit, ~ expert | wool, mode = "gate")
NULL

#' @rdname emmeans-methods
#' @exportS3Method emmeans::recover_data sgmoe
recover_data.sgmoe <- function(object, data = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  if (!length(raw_names(object))) {
    # One point, as emmeans has it for a model of an intercept.
    return(structure(
      data.frame(`1` = c(1, 1), check.names = FALSE),
      call = object$call, terms = stats::terms(~1), predictors = "1",
      responses = character()
    ))
  }
  raw <- if (is.null(data)) {
    require_model(object, call)
    find_raw(object, call)
  } else {
    stats::na.omit(data[raw_names(object)])
  }
  names <- names(raw)
  # Numbers of which the formula makes a factor, so that emmeans takes all of them.
  made <- lapply(setdiff(names(object$blueprint$xlevels), names), str2lang)
  made <- names %in% unlist(lapply(made, all.vars)) & !vapply(raw, is.factor, NA)
  structure(
    raw,
    call = object$call, terms = stats::terms(stats::reformulate(
      if (length(names)) {
        sprintf(ifelse(made, "factor(`%s`)", "`%s`"), names)
      } else {
        "1"
      }
    )),
    predictors = names, responses = character()
  )
}

#' @rdname emmeans-methods
#' @exportS3Method emmeans::emm_basis sgmoe
emm_basis.sgmoe <- function(object, trms, xlev, grid, mode = "mean",
                            vcov. = "bayes", ...) {
  call <- rlang::current_env()
  refuse_grid_offset(quote(emmeans()))
  of <- check_choice(mode, "mode", c("mean", "gate", "expert"), call, "argument")
  spec <- object$spec
  covariance <- delta_covariance(object, vcov., call, "vcov.")
  grid <- as.data.frame(grid)[raw_names(object)]
  grid[] <- Map(as_in_fit, grid, object$blueprint$columns[names(grid)])
  design <- effect_design(object, grid)
  rows <- evaluate_rows(object, design, c("gate", "expert"))
  values <- predicted_columns(rows, of)
  gradient <- stacked_gradient(spec, design, rows, of)
  unknown <- is.na(delta_errors(gradient, covariance))
  errors <- gradient %*% covariance$matrix %*% t(gradient)
  errors[unknown, ] <- NA
  errors[, unknown] <- NA
  list(
    X = diag(length(values)), bhat = as.vector(values), nbasis = matrix(NA),
    V = errors, dffun = function(k, dfargs) Inf, dfargs = list(),
    misc = list(
      estName = "mean", ylevs = basis_levels(object, of),
      initMesg = if (any(unknown)) {
        "Some means depend on coefficients that have no standard error."
      }
    )
  )
}

#' Dates, times and time differences, of which emmeans makes plain numbers, as
#' they were in the fit
#'
#' @param column From the grid.
#' @param fitted What the blueprint knows of it.
#' @noRd
as_in_fit <- function(column, fitted) {
  class <- switch(fitted$kind,
    Date = "Date",
    POSIXct = c("POSIXct", "POSIXt"),
    difftime = "difftime",
    hms = c("hms", "difftime")
  )
  if (is.null(class) || !is.numeric(column) || is.object(column)) {
    column
  } else {
    structure(as.vector(column), class = class, units = fitted$units)
  }
}

#' Refuse `offset =` of emmeans, which would be added to the means
#'
#' It is not handed to methods, so it is looked for where `ref_grid()` and `emmeans()`
#' have it.
#' @noRd
refuse_grid_offset <- function(call = rlang::caller_env()) {
  given <- vapply(seq_len(sys.nframe()), function(i) {
    arguments <- names(formals(sys.function(i)))
    "offset" %in% arguments && any(c("cov.reduce", "fac.reduce") %in% arguments) &&
      !eval(quote(missing(offset)), sys.frame(i))
  }, NA)
  if (any(given)) {
    abort("unsupported", c(
      "{.arg offset} of {.fn emmeans} would be added to the means, which have no
       link.",
      "i" = "Give the variables of the offset by {.arg at}, for instance
             {.code at = list(exposure = 100)}."
    ), call)
  }
}

#' What of a row's predictions there are, as emmeans has levels of a response;
#' NULL of one
#'
#' @param of As in prediction_owners().
#' @noRd
basis_levels <- function(fit, of) {
  several <- length(fit$responses) > 1L
  word <- if (has_part(fit, "classify")) "class" else "response"
  levels <- c(
    if (of != "gate" && several) stats::setNames(list(fit$responses), word),
    if (of != "mean") list(expert = as.character(seq_len(fit$k)))
  )
  if (length(levels)) levels
}
