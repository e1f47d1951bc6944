# Effects of covariates, averaged over rows.

#' Effects of covariates on the mean, the gate and the experts
#'
#' How much the prediction changes with a covariate, the others being as they are
#' in the data: on average over rows ([average_effects()]), or along the values
#' of the covariate ([partial_dependence()]).
#'
#' @details
#' `average_effects()` of a numeric covariate is the mean over rows of the
#' derivative of the prediction (an average marginal effect, in units of the
#' prediction for a unit of the covariate), by central differences of a
#' ten-thousandth of its standard deviation; of a factor, character or logical
#' covariate the mean difference between each other value that the fit knows and
#' the first, with all rows given the one and then the other. A number of which
#' the formula makes a factor is treated as one.
#'
#' `partial_dependence()` is the mean prediction with all rows given a value, for
#' `points` values over the covariate's range, or all of its separate values
#' (Friedman, 2001).
#'
#' Predictions are the gate's probabilities (`of = "gate"`), the experts' means
#' (`"expert"`) or the mean of the mixture (`"mean"`); for classes their
#' probabilities. `gate_effects()` and `expert_effects()` are average effects of
#' these. Means are weighted by the case weights of the fit; with `data` all rows
#' count the same. The data of the fit are found as by [plot.sgmoe()], and an
#' offset that was given as values is held at its median.
#'
#' Standard errors are by the delta method, with exact derivatives in the
#' coefficients, those of the gate included; the rows are taken as given. Intervals
#' of average effects are symmetric; those of partial dependence are so on the scale
#' of the link (of the gate's probabilities, the logit), as those of
#' [predict.sgmoe()].
#'
#' Values of a covariate that are rare among rows with the others' values ask the
#' model for more than it has seen.
#'
#' @param covariates Names of covariates. `NULL`, the default, are all that the part
#'   asked for has.
#' @param of `"mean"` (the default), `"gate"` or `"expert"`.
#' @param covariate The name of one.
#' @param data A data frame with the covariates to average over. `NULL`, the
#'   default, takes the data of the fit. Rows with an infinite covariate are left
#'   out.
#' @param level That of the intervals, between 0 and 1. Default 0.95.
#' @param vcov Which covariance of the coefficients standard errors are made of: a
#'   `type` of [vcov.sgmoe()], a matrix or a function of the fit, as in
#'   [predict.sgmoe()]. `NULL`, the default, takes `"bayes"`, and of a fit without
#'   data, such as that of a stream, none: standard errors and limits are then
#'   `NA`. `FALSE` takes none, which is faster.
#' @param points Number of values of a numeric covariate, 2 to 100000. Default 25.
#'   Of others all values are taken, and it is an error.
#' @param x,object For the pictures, the result. Otherwise `object` is a fit from
#'   [sgmoe()], or a stream, with `data`.
#' @param col Colours, one for each expert, as in [plot.sgmoe()]. Effects on the
#'   mean have none.
#' @param ... For `plot()`, `main`, `xlab`, `ylab`, `xlim`, `ylim` and settings
#'   of [graphics::par()].
#' @return A data frame of class `sgmoe_effects`. Of average effects a row for
#'   each covariate (and contrast), expert and response: `covariate`, `contrast`
#'   ("slope", or "b - a"), `expert` (its number, `NA` for the mixture),
#'   `response` (or class, `NA` for the gate), `estimate`, `std.error`, `conf.low`
#'   and `conf.high`. Of partial dependence `covariate`, `value` (as in the data),
#'   `expert`, `response`, `estimate` and the same. `plot()` draws them with their
#'   intervals and returns `x`, invisibly; rows that were taken out are not drawn.
#'   `autoplot()` gives the same picture as a ggplot.
#' @section Warnings: `sgmoe_warning_standard_errors` where an effect depends on
#'   coefficients that have no standard error.
#' @section Errors: `sgmoe_error_covariate`, `sgmoe_error_no_model`,
#'   `sgmoe_error_no_data`, `sgmoe_error_argument`, and those of
#'   [predict.sgmoe()] for `data`.
#' @references Friedman, J. H. (2001) Greedy function approximation: a gradient
#'   boosting machine. *Annals of Statistics*, 29, 1189–1232.
#' @family effects
#' @examples
#' set.seed(1)
#' fit <- sgmoe(Volume ~ Girth + Height, trees, k = 2, ridge = 0.1)
#' average_effects(fit)
#' average_effects(fit, "Girth", of = "expert")
#' gate_effects(fit)
#' plot(expert_effects(fit))
#' plot(partial_dependence(fit, "Girth", of = "gate"))
#' @export
average_effects <- function(object, covariates = NULL,
                            of = c("mean", "gate", "expert"), data = NULL,
                            level = 0.95, vcov = NULL) {
  call <- rlang::current_env()
  of <- check_choice(of, "of", effects_of, call, "argument")
  averaged_effects(object, of, covariates, data, level, vcov, call)
}

#' @rdname average_effects
#' @export
gate_effects <- function(object, covariates = NULL, data = NULL, level = 0.95,
                         vcov = NULL) {
  averaged_effects(
    object, "gate", covariates, data, level, vcov,
    rlang::current_env()
  )
}

#' @rdname average_effects
#' @export
expert_effects <- function(object, covariates = NULL, data = NULL, level = 0.95,
                           vcov = NULL) {
  averaged_effects(
    object, "expert", covariates, data, level, vcov,
    rlang::current_env()
  )
}

#' @rdname average_effects
#' @export
partial_dependence <- function(object, covariate, of = c("mean", "gate", "expert"),
                               data = NULL, points = 25, level = 0.95,
                               vcov = NULL) {
  call <- rlang::current_env()
  of <- check_choice(of, "of", effects_of, call, "argument")
  given_points <- !missing(points)
  points <- check_number(
    points, "points", 2, TRUE, call, "argument",
    most = 100000L
  )
  level <- check_level(level, "level", call)
  at <- effect_rows(object, data, vcov, call)
  covariate <- check_covariates(
    if (missing(covariate)) NULL else covariate, at$fit, call,
    one = TRUE
  )
  column <- at$raw[[covariate]]
  refuse_idle(
    c(points = given_points && is_labels(column)),
    "It is for numeric covariates: of others all values are taken.", call
  )
  along <- over_covariate(column, points, function(values) {
    list(values = values, found = lapply(seq_along(values), function(i) {
      average_prediction(at, of, covariate, values[rep(i, length(column))])
    }))
  })
  values <- along$values
  owners <- effect_owners(at$fit, of)
  m <- nrow(owners)
  # Owner after owner, of each all values.
  order <- as.vector(t(matrix(seq_len(m * length(values)), m)))
  found <- do.call(rbind, along$found)[order, , drop = FALSE]
  new_effects(data.frame(
    covariate = covariate, value = values[rep(seq_along(values), m)],
    owners[rep(seq_len(m), each = length(values)), , drop = FALSE],
    estimated_columns(at, found, level, interval_scale(at$fit, of), call)
  ), "dependence", of, at$fit)
}

#' @param object,of,covariates,level,vcov As in average_effects().
#' @noRd
averaged_effects <- function(object, of, covariates, data, level, vcov,
                             call = rlang::caller_env()) {
  level <- check_level(level, "level", call)
  at <- effect_rows(object, data, vcov, call)
  if (is.null(covariates) && of != "mean") {
    own <- drawable_covariates(at$fit, of)
    covariates <- if (length(own)) own # all others have no effect
  }
  covariates <- check_covariates(covariates, at$fit, call)
  owners <- effect_owners(at$fit, of)
  parts <- lapply(covariates, function(name) {
    found <- if (is_labels(at$raw[[name]])) {
      contrast_effects(at, of, name)
    } else {
      tryCatch(
        slope_effect(at, of, name),
        sgmoe_error_unseen_level = function(error) {
          contrast_effects(at, of, name)
        }
      )
    }
    m <- nrow(owners)
    list(
      data.frame(
        covariate = rep(name, m * length(found)),
        contrast = rep(names(found), each = m),
        owners[rep(seq_len(m), length(found)), , drop = FALSE]
      ),
      do.call(rbind, unname(found))
    )
  })
  found <- do.call(rbind, lapply(parts, `[[`, 2L))
  new_effects(cbind(
    do.call(rbind, lapply(parts, `[[`, 1L)),
    estimated_columns(at, found, level, interval_scales$identity, call)
  ), "average", of, at$fit)
}

#' @param kind "average" or "dependence".
#' @param of What the effects are on, as in average_effects().
#' @noRd
new_effects <- function(table, kind, of, fit) {
  row.names(table) <- NULL
  titles <- family_of(fit)$drawing$title(fit$responses)
  structure(
    table,
    kind = kind, of = of, k = fit$k,
    titles = stats::setNames(titles, fit$responses), class = c("sgmoe_effects", "data.frame")
  )
}

#' @export
`[.sgmoe_effects` <- function(x, ...) {
  kept <- NextMethod()
  # Rows are effects still; other columns are not.
  if (!is.data.frame(kept) || !identical(names(kept), names(x))) {
    class(kept) <- setdiff(class(kept), "sgmoe_effects")
  }
  kept
}
