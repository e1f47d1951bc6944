# The effect of one covariate, the others at typical values.

#' The design of raw columns; an offset that was given as values, which new data
#' cannot repeat, is held at its median
#' @noRd
effect_design <- function(fit, raw) {
  blueprint <- fit$blueprint
  fixed <- !is.null(blueprint$offset) && is.null(blueprint$offset$expression)
  if (fixed) {
    blueprint$offset <- NULL
  }
  design <- replay_design(blueprint, raw)
  if (fixed) {
    own <- fit$model["(offset)"]
    attr(own, "terms") <- stats::terms(~1)
    typical <- apply(
      offset_matrix(own, fit$blueprint), 2L, typical_value
    )
    constant <- matrix(typical, nrow(raw), length(typical), byrow = TRUE)
    design$offset <- constant +
      design$offset %||% 0
  }
  design
}

#' Median of numbers, dates and times, most frequent value of all else; always
#' a value that occurs
#' @noRd
typical_value <- function(column) {
  if (is.matrix(column)) {
    return(matrix(apply(column, 2L, typical_value), 1L))
  }
  if (is.data.frame(column)) {
    return(as.data.frame(lapply(column, typical_value)))
  }
  if (is_labels(column)) {
    codes <- match(column, column)
    return(column[which.max(tabulate(codes))])
  }
  sort(column)[(length(column) + 1L) %/% 2L]
}

#' The model over the values of one covariate, the others at typical values
#'
#' A data frame with a row for each value: `value`, `mean` (of the mixture), and
#' the matrices `gate` and `expert` with a column for each expert. `raw` are the
#' covariates of the data. A numeric covariate has `points` values over its
#' range, or its distinct values if the formula makes a factor of it. With a
#' `band` (R/plot-band.R) also `lower` and `upper`, and maybe those of the gate.
#' @noRd
effect_grid <- function(fit, raw, covariate, response = 1L, points = 401L,
                        band = NULL) {
  typical <- lapply(raw, typical_value)
  over_covariate(raw[[covariate]], points, function(values) {
    grid <- lapply(typical, function(value) {
      if (length(dim(value)) == 2L) {
        value[rep(1L, length(values)), , drop = FALSE]
      } else {
        rep(value, length(values))
      }
    })
    grid[[covariate]] <- values
    grid <- structure(
      grid,
      class = "data.frame", row.names = seq_along(values)
    )
    design <- effect_design(fit, grid)
    rows <- evaluate_rows(fit, design, c("gate", "expert"))
    means <- rows$means[, response, , drop = FALSE]
    names <- list(as.character(seq_along(values)), expert_names(fit))
    result <- data.frame(value = values)
    result$mean <- mixture_mean(means, rows$gate)[, 1L]
    result$gate <- matrix(rows$gate, ncol = fit$k, dimnames = names)
    result$expert <- matrix(means, ncol = fit$k, dimnames = names)
    bounds <- if (!is.null(band)) band(fit, design, rows, response)
    result[names(bounds)] <- bounds
    result
  })
}

#' Does a covariate have separate values, as those of a factor?
#'
#' @param grid A data frame of rows to predict.
#' @param column The name of one of its columns.
#' @param points The data to draw.
#' @noRd
is_discrete <- function(grid, column, points = 401L) {
  is_labels(column) || nrow(grid) != points
}

#' Everything that the panels "experts" and "gate" show
#'
#' @param band As in effect_grid().
#' @noRd
new_effect <- function(drawn, covariate, response, ylim = NULL,
                       call = rlang::caller_env(), band = NULL) {
  fit <- drawn$whole
  raw <- drawn$raw
  covariate <- choose_covariate(fit, raw, covariate, response, call)
  grid <- effect_grid(fit, raw, covariate, response, band = band)
  column <- raw[[covariate]]
  discrete <- is_discrete(grid, column)
  position <- function(values) {
    if (discrete) {
      match(as.character(values), as.character(grid$value))
    } else {
      as.numeric(values)
    }
  }
  drawing <- family_of(fit)$drawing
  design <- fitted_design(drawn$fit)
  y <- observed_response(design$y, fit)[, response]
  if (is.null(ylim)) {
    # An expert's line may leave the panel where the gate hardly uses it.
    ylim <- range(
      y, grid$mean, grid$expert[grid$gate > 0.2], grid$lower, grid$upper,
      finite = TRUE
    )
  }
  list(
    covariate = covariate, drawing = drawing,
    response = drawing$title(fit$responses[[response]]),
    drawn = which_response(fit, response),
    grid = grid, discrete = discrete, x = position(grid$value), ylim = ylim,
    held = lapply(raw[setdiff(names(raw), covariate)], typical_value),
    points = list(
      x = position(column[drawn$rows]), y = y,
      posterior = predict_design(drawn$fit, design, "posterior"),
      weights = stats::model.weights(drawn$fit$model)
    )
  )
}

#' "class 1 of 3" where there are others to draw that this one does not tell of
#'
#' @param response Its number.
#' @noRd
which_response <- function(fit, response) {
  all <- length(fit$responses)
  if (all > 1L + has_part(fit, "classify")) {
    paste(family_of(fit)$unit, response, "of", all)
  }
}

#' The covariates that experts or gate use, offsets aside
#'
#' @param parts Of the model.
#' @noRd
drawable_covariates <- function(fit, parts = c("expert", "gate")) {
  parts <- fit$blueprint[paste0(parts, "_terms")]
  used <- unlist(lapply(parts, function(part) {
    all.vars(covariate_formula(part))
  }))
  columns <- fit$blueprint$columns[unique(used)]
  columns <- Filter(Negate(is.null), columns)
  several <- vapply(columns, function(column) {
    column$kind != one_column && grepl("matrix|data frame", column$kind)
  }, NA)
  names(columns)[!several]
}

#' The covariate to draw against
#' @noRd
choose_covariate <- function(fit, raw, covariate, response,
                             call = rlang::caller_env()) {
  known <- drawable_covariates(fit)
  if (length(known) == 0L) {
    abort("covariate", c(
      "The model has no covariate to draw against.",
      "x" = "Matrices and {.code data$column} cannot be varied.",
      "i" = "Use {.code which = \"residuals\"} or {.code which = \"trace\"}."
    ), call)
  }
  if (is.null(covariate)) {
    if (length(known) == 1L) {
      return(known)
    }
    return(known[[which.max(effect_sizes(fit, raw, known, response))]])
  }
  if (!is.character(covariate) || length(covariate) != 1L ||
    !covariate %in% known) {
    abort("covariate", c(
      "{.arg covariate} must be the name of a covariate.",
      "x" = "It is {describe_value(covariate)}.",
      "i" = "The fit has {.val {some_of(known)}}."
    ), call)
  }
  covariate
}

#' How far each covariate moves the gate, plus how far it moves the mean in
#' ranges of the response
#'
#' @param covariates Their names.
#' @noRd
effect_sizes <- function(fit, raw, covariates, response) {
  spread <- function(values) diff(range(values))
  unit <- spread(
    observed_response(fitted_design(fit)$y, fit)[, response]
  )
  if (unit == 0) {
    unit <- 1
  }
  vapply(covariates, function(covariate) {
    grid <- effect_grid(fit, raw, covariate, response, points = 25L)
    max(apply(grid$gate, 2L, spread)) + spread(grid$mean) / unit
  }, 0)
}
