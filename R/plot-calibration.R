# Reliability diagrams.

#' @rdname calibration
#' @export
plot.sgmoe_calibration <- function(x, ...) {
  check_stored(x)
  draw_alone(list(...), function(labels) draw_calibration(x, labels))
  invisible(x)
}

#' A reliability diagram: frequencies with their intervals against predictions,
#' and below, where the predictions lie
#' @noRd
draw_calibration <- function(table, labels = list()) {
  target <- attr(table, "target")
  xlab <- if (is.null(target)) {
    c("Confidence: probability of the most probable class", "Confidence")
  } else {
    paste("Predicted probability of", target)
  }
  open_panel(
    labels$xlim %||% c(0, 1), labels$ylim %||% c(0, 1), labels$xlab %||% xlab,
    labels$ylab %||% if (is.null(target)) "Accuracy" else "Observed frequency",
    top = 1.8 + 1.6 * !is.null(labels$main)
  )
  share <- table$n / sum(table$n)
  graphics::rect(
    table$lower, 0, table$upper, 0.25 * share / max(share),
    col = "grey90", border = "white"
  )
  graphics::segments(0, 0, 1, 1, col = "grey60")
  colour <- expert_colours(1L)
  graphics::segments(
    table$predicted, table$low, table$predicted, table$high,
    col = colour
  )
  graphics::lines(
    table$predicted, table$observed,
    col = mix_colours(colour, "white", 0.5)
  )
  # Points in a size for what they rest on.
  graphics::points(
    table$predicted, table$observed,
    pch = 21, bg = colour, col = "white",
    cex = 0.7 + 1.3 * sqrt(share / max(share))
  )
  draw_caption(paste0(
    "expected calibration error ",
    format(attr(table, "calibration_error"), digits = 2),
    "; grey: share of observations"
  ), 0.4)
  if (!is.null(labels$main)) {
    graphics::title(labels$main)
  }
}
