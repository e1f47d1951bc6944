# Scores of cross-validation over ridges.

#' @rdname tune_experts
#' @export
plot.sgmoe_tuning <- function(x, ...) {
  check_stored(x)
  draw_alone(list(...), function(labels) draw_tuning(x, labels))
  invisible(x)
}

#' A line for each number of experts, with bars of a standard error; "auto" is
#' no point on the axis of ridges, and stands beside it
#' @noRd
draw_tuning <- function(x, labels = list()) {
  table <- x$table[is.finite(x$table$score), , drop = FALSE]
  table$se[is.na(table$se)] <- 0
  ridges <- ridge_labels(x$table)
  experts <- sort(unique(x$table$k))
  colours <- expert_colours(length(experts))
  title <- tuning_scores[[x$score]]$title
  label <- function(name, otherwise) {
    if (is.null(labels[[name]])) otherwise else labels[[name]]
  }
  # Bars of bad candidates must not squeeze the good ones.
  shown <- score_range(table, x)
  open_panel(
    label("xlim", c(0.6, length(ridges) + 0.4)), label("ylim", shown),
    label("xlab", "ridge"), label("ylab", paste("held-out", title)),
    levels = ridges, top = 1.8 + 1.6 * !is.null(labels$main)
  )
  for (i in seq_along(experts)) {
    own <- table[table$k == experts[[i]], , drop = FALSE]
    place <- match(own$ridge, ridges) +
      0.3 * (i - (length(experts) + 1) / 2) / length(experts)
    in_order <- order(place)
    own <- own[in_order, , drop = FALSE]
    place <- place[in_order]
    graphics::segments(
      place, own$score - own$se, place, own$score + own$se,
      col = mix_colours(colours[[i]], "white", 0.5)
    )
    path <- own$ridge != "auto"
    graphics::lines(place[path], own$score[path], col = colours[[i]], lwd = 2, lty = i)
    chosen <- own$k == x$best$k & own$ridge == x$best$ridge
    graphics::points(
      place, own$score,
      pch = 21, bg = ifelse(chosen, "grey10", colours[[i]]), col = "white",
      cex = ifelse(chosen, 1.7, 1.1)
    )
  }
  usr <- graphics::par("usr")
  graphics::legend(
    usr[[1L]], usr[[4L]], paste("k =", experts),
    col = colours, lwd = 2, lty = seq_along(experts), horiz = TRUE, bty = "n",
    xpd = NA, yjust = 0, seg.len = 2.2, cex = 0.9, x.intersp = 0.6
  )
  if (!is.null(labels$main)) {
    graphics::title(labels$main)
  }
}

#' From the worst of what is not far behind to the best, bars included
#' @noRd
score_range <- function(table, x) {
  best <- x$best$score
  reach <- 6 * max(stats::median(table$se), 1e-8 * abs(best), 1e-300)
  range <- range(table$score, table$score - table$se, table$score + table$se)
  if (tuning_scores[[x$score]]$larger) {
    c(max(range[[1L]], best - reach), range[[2L]])
  } else {
    c(range[[1L]], min(range[[2L]], best + reach))
  }
}
