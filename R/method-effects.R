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
#' covariate the mean difference between each other value and the first, with
#' all rows given the one and then the other. A number of which the formula
#' makes a factor is treated as one.
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
#' offset that was given as values is held at its median. There are no intervals.
#'
#' Values of a covariate that are rare among rows with the others' values ask the
#' model for more than it has seen.
#'
#' @param object A fit from [sgmoe()], or a stream, with `data`.
#' @param of `"mean"` (the default), `"gate"` or `"expert"`.
#' @param covariates Names of covariates. `NULL`, the default, are all.
#' @param covariate The name of one.
#' @param data A data frame with the covariates to average over. `NULL`, the
#'   default, takes the data of the fit.
#' @param points Number of values of a numeric covariate, at least 2. Default 25.
#' @param x The result.
#' @param col Colours, one for each expert, as in [plot.sgmoe()].
#' @param ... For `plot()`, `main`, `xlab`, `ylab`, `xlim`, `ylim` and settings
#'   of [graphics::par()].
#' @return A data frame of class `sgmoe_effects`. Of average effects a row for
#'   each covariate (and contrast), expert and response: `covariate`, `contrast`
#'   ("slope", or "b - a"), `expert` (its number, `NA` for the mixture),
#'   `response` (or class, `NA` for the gate) and `estimate`. Of partial
#'   dependence `covariate`, `value` (as in the data), `expert`, `response` and
#'   `estimate`. `plot()` draws them and returns `x`, invisibly; rows that were
#'   taken out are not drawn.
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
#' gate_effects(fit)
#' plot(expert_effects(fit))
#' plot(partial_dependence(fit, "Girth", of = "gate"))
#' @export
average_effects <- function(object, of = c("mean", "gate", "expert"),
                            covariates = NULL, data = NULL) {
  call <- rlang::current_env()
  of <- check_choice(of, "of", c("mean", "gate", "expert"), call, "argument")
  averaged_effects(object, of, covariates, data, parent.frame(), call)
}

#' @rdname average_effects
#' @export
gate_effects <- function(object, covariates = NULL, data = NULL) {
  averaged_effects(
    object, "gate", covariates, data, parent.frame(), rlang::current_env()
  )
}

#' @rdname average_effects
#' @export
expert_effects <- function(object, covariates = NULL, data = NULL) {
  averaged_effects(
    object, "expert", covariates, data, parent.frame(), rlang::current_env()
  )
}

#' @rdname average_effects
#' @export
partial_dependence <- function(object, covariate, of = c("mean", "gate", "expert"),
                               data = NULL, points = 25) {
  call <- rlang::current_env()
  of <- check_choice(of, "of", c("mean", "gate", "expert"), call, "argument")
  points <- check_number(points, "points", 2, TRUE, call, "argument")
  at <- effect_rows(object, data, parent.frame(), call)
  covariate <- check_covariates(
    if (missing(covariate)) NULL else covariate, at$fit, call,
    one = TRUE
  )
  column <- at$raw[[covariate]]
  along <- function(values) {
    lapply(seq_along(values), function(i) {
      average_prediction(at, of, covariate, values[rep(i, length(column))])
    })
  }
  distinct <- separate_values(column)
  values <- distinct
  found <- if (is_labels(column)) {
    along(distinct)
  } else {
    ends <- range(column)
    line <- ends[[1L]] +
      (ends[[2L]] - ends[[1L]]) * seq(0, 1, length.out = points)
    line[[points]] <- ends[[2L]] # not a rounding error beyond
    tryCatch(
      {
        lines <- along(line)
        values <- line
        lines
      },
      sgmoe_error_unseen_level = function(error) along(distinct)
    )
  }
  owners <- effect_owners(at$fit, of)
  m <- nrow(owners)
  new_effects(data.frame(
    covariate = covariate, value = values[rep(seq_along(values), m)],
    owners[rep(seq_len(m), each = length(values)), , drop = FALSE],
    estimate = as.vector(do.call(rbind, found))
  ), "dependence", of, at$fit)
}

#' @param object,of,covariates As in average_effects().
#' @param caller Where the data of the fit may be found.
#' @noRd
averaged_effects <- function(object, of, covariates, data, caller,
                             call = rlang::caller_env()) {
  at <- effect_rows(object, data, caller, call)
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
    data.frame(
      covariate = name, contrast = rep(names(found), each = m),
      owners[rep(seq_len(m), length(found)), , drop = FALSE],
      estimate = unlist(found, use.names = FALSE)
    )
  })
  new_effects(do.call(rbind, parts), "average", of, at$fit)
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

#' The fit, the raw covariates of the rows and their weights
#'
#' @param object,caller As in averaged_effects().
#' @noRd
effect_rows <- function(object, data, caller, call = rlang::caller_env()) {
  if (inherits(object, "sgmoe_stream")) {
    require_pilot(object, call)
    if (is.null(data)) {
      require_newdata("data", "average_effects(stream, data = data)", call)
    }
    object <- as_sgmoe(object)
  }
  if (!inherits(object, "sgmoe")) {
    abort("argument", c(
      "Effects are of a fit or a stream.",
      "x" = "{.arg object} is of type {kind_of(object)}."
    ), call)
  }
  check_stored(object, call)
  if (is.null(data)) {
    frame <- require_model(object, call)
    weights <- stats::model.weights(frame)
    raw <- find_raw(object, caller, call)
  } else {
    design <- replay_design(
      object$blueprint, data, stats::na.omit,
      where = "data", call = call
    )
    if (nrow(design$x) == 0L) {
      abort("no_rows", c(
        "{.arg data} has no row whose covariates are all known."
      ), call)
    }
    kept <- setdiff(seq_len(nrow(data)), design$na_action)
    raw <- take_rows(data[raw_names(object)], kept)
    weights <- NULL
  }
  list(
    fit = object, raw = raw,
    weights = if (is.null(weights)) rep(1, nrow(raw)) else weights
  )
}

#' @param covariates As in average_effects().
#' @param one Must it be one?
#' @noRd
check_covariates <- function(covariates, fit, call = rlang::caller_env(),
                             one = FALSE) {
  known <- drawable_covariates(fit)
  if (is.null(covariates) && length(known) && !one) {
    return(known)
  }
  if (!is.character(covariates) || !length(covariates) ||
    !all(covariates %in% known) || one && length(covariates) != 1L) {
    abort("covariate", c(
      if (one) {
        "{.arg covariate} must be the name of one covariate."
      } else {
        "{.arg covariates} must be names of covariates."
      },
      "x" = if (is.character(covariates) && length(setdiff(covariates, known))) {
        "{.val {some_of(setdiff(covariates, known))}} is none."
      } else if (is.null(covariates)) {
        "None is given."
      } else {
        "It is {describe_value(covariates)}."
      },
      "i" = if (length(known)) {
        "The fit has {.val {some_of(known)}}."
      } else {
        "The fit has none; matrices and {.code data$column} cannot be varied."
      }
    ), call)
  }
  covariates
}

#' Whose effects there are: data.frame(expert, response)
#' @noRd
effect_owners <- function(fit, of) {
  experts <- if (of == "mean") NA_integer_ else seq_len(fit$k)
  responses <- if (of == "gate") NA_character_ else fit$responses
  data.frame(
    expert = rep(experts, each = length(responses)),
    response = rep(responses, length(experts))
  )
}

#' The mean prediction with other values of a covariate, one for each of the
#' owners
#'
#' @param at From effect_rows().
#' @param values For each row, the covariate's.
#' @noRd
average_prediction <- function(at, of, covariate, values) {
  fit <- at$fit
  raw <- at$raw
  raw[[covariate]] <- values
  rows <- evaluate_rows(
    fit, effect_design(fit, raw),
    c(if (of != "expert") "gate", if (of != "gate") "expert")
  )
  predicted <- switch(of,
    gate = rows$gate,
    expert = matrix(rows$means, nrow(raw)),
    mean = mixture_mean(rows$means, rows$gate)
  )
  colSums(predicted * at$weights) / sum(at$weights)
}

#' The values that a covariate takes, levels of factors without rows left out
#' @noRd
separate_values <- function(column) {
  values <- column[!duplicated(column)]
  values[order(values)]
}

#' @param at,of As in average_prediction().
#' @noRd
contrast_effects <- function(at, of, name) {
  column <- at$raw[[name]]
  values <- separate_values(column)
  means <- lapply(seq_along(values), function(i) {
    average_prediction(at, of, name, values[rep(i, length(column))])
  })
  others <- seq_along(values)[-1L]
  labels <- as.character(values)
  stats::setNames(
    lapply(others, function(i) means[[i]] - means[[1L]]),
    paste(labels[others], "-", labels[rep(1L, length(others))], recycle0 = TRUE)
  )
}

#' @param at,of As in average_prediction().
#' @noRd
slope_effect <- function(at, of, name) {
  column <- at$raw[[name]]
  spread <- stats::sd(as.numeric(column))
  step <- 1e-4 * if (is.finite(spread) && spread > 0) spread else 1
  high <- column + step
  low <- column - step
  change <- average_prediction(at, of, name, high) -
    average_prediction(at, of, name, low)
  # Numbers are no finer than they are.
  list(slope = change / mean(as.numeric(high) - as.numeric(low)))
}
