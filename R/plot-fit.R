# Pictures of a fit: what is drawn, and how the device is divided.

#' Plot a mixture of experts
#'
#' Draws the experts and the gate over one covariate, and how well the fit
#' converged and agrees with the data.
#'
#' @details
#' The panels are
#' - `"experts"`: the data, coloured by the most probable expert given
#'   covariates and response (greyer where that is uncertain); the experts'
#'   means, which fade where the gate does not use them; and the mean of the
#'   mixture, a dark line. Points with larger case weights are larger.
#' - `"gate"`: the gate's probabilities over the same covariate.
#' - `"trace"`: how far the objective was from its best value, per observation,
#'   after each pass that the field `trace` of the fit holds. It needs no data.
#' - `"residuals"`: quantile residuals (see [residuals.sgmoe()]) against fitted
#'   values, with a smooth, and their normal quantile plot, with a band in which
#'   each of them lies with probability 0.95 if the model holds. For classes, the
#'   reliability diagram of [calibration()].
#'
#' For classes, the panel `"experts"` shows the probability of one class; the
#' data are at zero and one.
#'
#' With several covariates, `covariate` varies over the range of the data while
#' the others, offsets included, are held at typical values: the median of
#' numbers (of two middle values the lower, so that it is one that occurs) and
#' the most frequent level of factors. They are written above the panel. The
#' data are then context: their other covariates have values of their own. An
#' offset that was given as values, too, is held at its median.
#'
#' At most 5000 evenly spaced rows are drawn, and no random number is used. If
#' several panels are asked for, the device is divided, unless that was already
#' done by `par(mfrow = )` or `layout()`.
#'
#' @param x A fit from [sgmoe()].
#' @param which Any of `"experts"`, `"gate"`, `"trace"` and `"residuals"`. The
#'   default is the first two, without the gate if there is one expert, and
#'   `"residuals"` for a model without covariates.
#' @param covariate Name of the covariate to draw against. `NULL`, the default,
#'   takes the one with the largest effect on gate and mean.
#' @param response Name or number of the response (or class) to draw. The
#'   default is the first; of two classes, the second.
#' @param data A data frame to draw instead of the data of the fit, with all
#'   variables. It is needed with `model = FALSE`.
#' @param col Colours, one for each expert. By default those of Okabe and Ito,
#'   which colour-blind readers can tell apart.
#' @param interval `"prediction"` draws a grey band behind the data in the panel
#'   `"experts"`: the prediction interval of the response (see
#'   [predict.sgmoe()]) at each value of the covariate, the others at their
#'   typical values. `"confidence"` draws the confidence intervals of the mean
#'   there, and those of the gate's probabilities in the panel `"gate"`, where they
#'   are known. `"none"`, the default, draws none.
#' @param level The level of that interval, between 0 and 1. Default 0.9.
#' @param ... Graphical parameters: `main`, `xlab`, `ylab`, `xlim` and `ylim`
#'   for the panel `"experts"` (`xlab` and `xlim` for the gate, too), all others
#'   as in [graphics::par()]. What no panel asked for looks at is an error, as it
#'   is of the other arguments.
#' @return `x`, invisibly.
#' @section Errors: `sgmoe_error_no_model`, `sgmoe_error_no_data`,
#'   `sgmoe_error_covariate`, `sgmoe_error_argument`, `sgmoe_error_graphics` for what
#'   base graphics refuse (a setting, a device that is too small), and those of
#'   [predict.sgmoe()] for `data`.
#' @seealso [predict.sgmoe()] for the numbers that are drawn.
#' @family pictures
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' plot(fit)
#' plot(fit, which = "experts", interval = "prediction")
#' plot(fit, interval = "confidence")
#' plot(fit, which = "residuals")
#'
#' # One covariate of several, the others at typical values
#' trees2 <- sgmoe(Volume ~ Girth + Height, trees, k = 2, ridge = 0.1)
#' plot(trees2, covariate = "Height")
#' @order 1
#' @importFrom graphics plot
#' @export
plot.sgmoe <- function(x, which = NULL, covariate = NULL, response = NULL,
                       data = NULL, col = NULL, ...,
                       interval = c("none", "prediction", "confidence"),
                       level = 0.9) {
  check_stored(x)
  call <- rlang::current_env()
  panels <- check_panels(which, x, call)
  given <- c(
    covariate = !is.null(covariate), response = !is.null(response),
    data = !is.null(data), col = !is.null(col),
    interval = !has_no_interval(interval)
  )
  response <- check_drawn_response(response, x, call)
  colours <- expert_colours(x$k, col, call)
  settings <- graphical_settings(list(...), call)
  shows_effect <- any(c("experts", "gate") %in% panels)
  refuse_idle_drawing(
    panels, x, given, names(settings$labels), identical(interval, "confidence"),
    call
  )
  refuse_idle_level(c(level = !missing(level)), interval, call)
  band <- check_band(x, interval, level, call)
  shows_data <- shows_effect || "residuals" %in% panels

  drawn <- if (shows_data) data_to_draw(x, data, shows_effect, call)
  effect <- if (shows_effect) {
    new_effect(
      drawn, covariate, response, settings$labels$ylim, call, band
    )
  }

  kind <- residual_kind(x)
  reliability <- if ("residuals" %in% panels && is.null(kind)) {
    calibration_of(drawn$whole, call = call)
  }
  on_device(settings$par, function(divided) {
    stacked <- divided && all(c("experts", "gate") %in% panels)
    if ("experts" %in% panels) {
      draw_experts(effect, colours, settings$labels, axis = !stacked)
    }
    if ("gate" %in% panels) {
      draw_gate(effect, colours, settings$labels, !"experts" %in% panels)
    }
    if ("trace" %in% panels) {
      draw_trace(x)
    }
    if (!is.null(reliability)) {
      draw_calibration(reliability)
    } else if ("residuals" %in% panels) {
      draw_residuals(drawn$fit, response, kind)
    }
  }, call, function() divide_device(panels, if (is.null(kind)) 0L else 1L))
  invisible(x)
}

#' The residuals that tell most, or NULL where the response is a distribution
#' over labels, which calibration tells more of
#' @noRd
residual_kind <- function(fit) {
  kinds <- names(family_of(fit)$residuals)
  if (!has_part(fit, "classify")) {
    intersect(c("quantile", "pearson", "response"), kinds)[[1L]]
  }
}

#' Refuse arguments that no panel looks at
#'
#' @param panels Those that are drawn.
#' @param given Arguments, logical: were they given?
#' @param labels Names of those of `...`.
#' @param confidence Is the interval a confidence interval, which the gate has, too?
#' @noRd
refuse_idle_drawing <- function(panels, fit, given, labels, confidence,
                                call = rlang::caller_env()) {
  uses <- list(
    experts = c(
      "covariate", "response", "data", "col", "interval", "main", "xlab",
      "ylab", "xlim", "ylim"
    ),
    # (The range of the response decides on the covariate and the margin.)
    gate = c(
      "covariate", "response", "data", "col", "xlab", "xlim",
      if (confidence) "interval"
    ),
    residuals = c("data", if (!is.null(residual_kind(fit))) "response")
  )
  given <- c(given, stats::setNames(rep(TRUE, length(labels)), labels))
  refuse_idle(
    given & !names(given) %in% unlist(uses[panels]),
    "No panel that is drawn looks at it, see {.code ?plot.sgmoe}.", call
  )
}

#' @noRd
check_panels <- function(which, fit, call = rlang::caller_env()) {
  choices <- c("experts", "gate", "trace", "residuals")
  if (is.null(which)) {
    return(if (length(drawable_covariates(fit)) == 0L) {
      "residuals"
    } else if (fit$k == 1) {
      "experts"
    } else {
      c("experts", "gate")
    })
  }
  if (!is.character(which) || !length(which) || !all(which %in% choices)) {
    unknown <- if (is.character(which)) setdiff(which, choices)
    abort("argument", c(
      "{.arg which} must be one or several of {.val {choices}}.",
      "x" = if (length(unknown)) {
        "It has {.val {some_of(unknown)}}."
      } else {
        "It is {describe_value(which)}."
      }
    ), call)
  }
  intersect(choices, which)
}

#' The number of the response to draw
#' @noRd
check_drawn_response <- function(response, fit, call = rlang::caller_env()) {
  if (is.null(response)) {
    return(family_of(fit)$drawing$first(fit$spec))
  }
  index <- if (is.character(response)) {
    match(response, fit$responses)
  } else if (is.numeric(response)) {
    match(response, seq_along(fit$responses))
  }
  if (length(index) != 1L || is.na(index)) {
    abort("argument", c(
      "{.arg response} must be the name or number of one response.",
      "x" = "It is {describe_value(response)}.",
      "i" = "The fit has {.val {some_of(fit$responses)}}."
    ), call)
  }
  index
}

#' Divide the device for several panels, unless the user did; was it divided?
#'
#' The gate goes below the experts on the same horizontal axis;
#' `beside_residuals` is the number of other figures in that panel.
#' @noRd
divide_device <- function(panels, beside_residuals) {
  stacked <- all(c("experts", "gate") %in% panels)
  # A cell of the device is a column of eight figures' numbers.
  cells <- if (stacked) list(rep(1:2, c(5L, 3L)))
  figures <- length(panels) - 2L * stacked +
    beside_residuals * ("residuals" %in% panels)
  cells <- c(cells, lapply(2L * stacked + seq_len(figures), rep, 8L))
  whole <- identical(graphics::par("mfrow"), c(1L, 1L)) &&
    identical(graphics::par("fig"), c(0, 1, 0, 1))
  if (!whole || 2L * stacked + figures == 1L) {
    return(FALSE)
  }
  graphics::layout(switch(length(cells),
    matrix(cells[[1L]]),
    do.call(cbind, cells),
    cbind(rep(cells[[1L]], each = 2L), unlist(cells[2:3])),
    rbind(do.call(cbind, cells[1:2]), do.call(cbind, cells[3:4]))
  ))
  # layout() shrinks the text by the number of rows.
  graphics::par(cex = if (length(cells) > 2L) 0.83 else 1)
  TRUE
}
