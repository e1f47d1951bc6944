# Pictures of averaged effects.

#' @rdname average_effects
#' @export
plot.sgmoe_effects <- function(x, col = NULL, ...) {
  check_stored(x)
  call <- rlang::current_env()
  average <- attr(x, "kind") == "average"
  settings <- graphical_settings(list(...), call, c(
    "main", "xlab", "ylab", "xlim", if (!average) "ylim"
  ))
  colours <- effect_colours(x, col, call)
  if (nrow(x) == 0L) {
    abort("argument", "There is no effect to draw.", call)
  }
  responses <- unique(x$response)
  on_device(settings$par, function(divided) {
    for (response in responses) {
      own <- x[x$response %in% response, ]
      if (average) {
        draw_averages(own, colours, settings$labels, response)
      } else {
        draw_dependence(own, colours, settings$labels, response)
      }
    }
  }, call, function() divide_evenly(length(responses)))
  invisible(x)
}

#' A colour for each expert, or the one of effects on the mean
#'
#' @param x The effects.
#' @noRd
effect_colours <- function(x, col, call = rlang::caller_env()) {
  mean <- attr(x, "of") == "mean"
  refuse_idle(
    c(col = !is.null(col) && mean), "Effects on the mean are of no expert.", call
  )
  if (mean) "grey10" else expert_colours(attr(x, "k"), col, call)
}

#' What the vertical axis of effects shows
#'
#' @param x The effects.
#' @param response The name of the response, NA for the gate.
#' @noRd
effect_label <- function(x, response) {
  if (attr(x, "of") == "gate") {
    return("Gate probability")
  }
  title <- attr(x, "titles")[[response]]
  if (title != response) {
    title # "Probability of ..."
  } else {
    paste(if (attr(x, "of") == "mean") "Mean of" else "Experts' means of", title)
  }
}

#' Divide a whole device among some panels
#' @noRd
divide_evenly <- function(panels) {
  divided <- panels > 1L && identical(graphics::par("mfrow"), c(1L, 1L))
  if (divided) {
    figures <- grDevices::n2mfrow(panels)
    # Text is shrunk by the number of rows, too much for three and more.
    graphics::par(mfrow = figures, cex = if (max(figures) > 2L) 0.8 else 0.9)
  }
  divided
}

#' A point for each effect, covariates below each other
#'
#' @param x,response As in effect_label().
#' @noRd
draw_averages <- function(x, colours, labels, response) {
  items <- effect_items(x)
  shown <- rev(unique(items))
  several <- length(colours) > 1L
  experts <- if (several) x$expert else rep(1L, nrow(x))
  y <- match(items, shown) +
    if (several) (mean(seq_along(colours)) - experts) * 0.5 / length(colours) else 0
  limits <- labels$xlim %||%
    range(x$estimate, x$conf.low, x$conf.high, 0, finite = TRUE)
  label <- paste0("Average effect on ", tolower(substr(
    effect_label(x, response), 1L, 1L
  )), substring(effect_label(x, response), 2L))
  room <- max(graphics::strwidth(shown, "inches")) / graphics::par("csi")
  graphics::par(mar = c(
    3.2, room + 1, 0.5 + 1.2 * several + 1.6 * !is.null(labels$main), 0.6
  ))
  graphics::plot.new()
  graphics::plot.window(limits, c(0.5, length(shown) + 0.5))
  graphics::axis(1)
  graphics::axis(2, seq_along(shown), shown, tick = FALSE)
  graphics::box(bty = "l")
  graphics::title(
    xlab = labels$xlab %||%
      longest_that_fits(c(label, "Average effect"), 1L),
    ylab = labels$ylab
  )
  graphics::abline(v = 0, col = "grey80")
  # The interval, or where there is none a line from zero.
  known <- !is.na(x$conf.low)
  graphics::segments(
    ifelse(known, x$conf.low, 0), y, ifelse(known, x$conf.high, x$estimate), y,
    lwd = ifelse(known, 2, 1),
    col = mix_colours(colours[experts], "white", rep(0.4, nrow(x)))
  )
  graphics::points(x$estimate, y, pch = 21, bg = colours[experts], col = "white")
  if (several) draw_key(colours)
  if (!is.null(labels$main)) {
    graphics::title(labels$main, line = 0.5 + 1.2 * several)
  }
}

#' A line for each expert over the covariate, or bars for separate values
#'
#' @param x,response As in effect_label().
#' @noRd
draw_dependence <- function(x, colours, labels, response) {
  several <- length(colours) > 1L
  values <- x$value[!duplicated(x$value)]
  number <- has_even_values(x)
  place <- if (number) as.numeric(x$value) else match(x$value, values)
  ends <- if (number) range(place) else c(0.5, length(values) + 0.5)
  open_panel(
    labels$xlim %||% ends, labels$ylim %||% dependence_range(x),
    labels$xlab %||% x$covariate[[1L]],
    labels$ylab %||% effect_label(x, response),
    x = values, levels = if (!number) as.character(values),
    top = 0.5 + 1.2 * several + 1.6 * !is.null(labels$main)
  )
  for (expert in seq_along(colours)) {
    own <- if (several) x$expert == expert else rep(TRUE, nrow(x))
    draw_band(
      list(x = place[own], discrete = !number), x$conf.low[own], x$conf.high[own],
      grDevices::adjustcolor(colours[[expert]], 0.15)
    )
  }
  for (expert in seq_along(colours)) {
    own <- if (several) x$expert == expert else rep(TRUE, nrow(x))
    if (number) {
      graphics::lines(place[own], x$estimate[own], col = colours[expert], lwd = 2)
    } else {
      graphics::segments(
        place[own] - 0.33, x$estimate[own], place[own] + 0.33, x$estimate[own],
        col = colours[expert], lwd = 3, lend = "butt"
      )
    }
  }
  if (several) draw_key(colours)
  if (!is.null(labels$main)) {
    graphics::title(labels$main, line = 0.5 + 1.2 * several)
  }
}

#' The range of estimates and limits; limits that are far off are cut at three
#' times the range of the estimates
#'
#' An expert's mean is hardly known where the gate does not use it.
#' @noRd
dependence_range <- function(x) {
  own <- range(x$estimate, finite = TRUE)
  reach <- max(diff(own), stats::median(x$conf.high - x$conf.low, na.rm = TRUE),
    na.rm = TRUE
  )
  limits <- range(own, x$conf.low, x$conf.high, finite = TRUE)
  c(max(limits[[1L]], own[[1L]] - reach), min(limits[[2L]], own[[2L]] + reach))
}

#' "x", or of a contrast "f: b - a"
#' @noRd
effect_items <- function(x) {
  paste0(
    x$covariate, ifelse(x$contrast == "slope", "", paste0(": ", x$contrast))
  )
}

#' Are the values of a covariate numbers at even steps, which make a line? All
#' else has places
#' @noRd
has_even_values <- function(x) {
  values <- x$value[!duplicated(x$value)]
  !is_labels(values) && length(values) > 2L &&
    diff(range(diff(as.numeric(values)))) < 1e-6 * diff(range(as.numeric(values)))
}
