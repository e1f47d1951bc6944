# Pictures of how a stream went.

#' Plot how a stream went
#'
#' @details
#' The panels, over the number of rows learnt, are
#' - `"score"`: the prequential log-likelihood of each bin of rows, for each unit
#'   of weight (every minibatch scored before it was learnt), and a running mean
#'   of all so far. It rises while the stream learns and falls where the
#'   distribution of the data changes. Red ticks above mark bins with extreme rows, whose
#'   influence is capped ([stream_control()]);
#' - `"experts"`: the experts' shares of posterior weight in the window;
#' - `"step"`: the step size.
#'
#' A stream keeps at most 200 bins, so bins grow with the rows.
#'
#' @param x A stream from [sgmoe_stream()] that has learnt some rows.
#' @param which Any of `"score"`, `"experts"` and `"step"`; all by default.
#' @param col Colours, one for each expert; see [plot.sgmoe()].
#' @param ... Graphical parameters, as in [graphics::par()].
#' @return `x`, invisibly.
#' @section Errors: `sgmoe_error_no_rows` if nothing is learnt yet,
#'   `sgmoe_error_argument`, `sgmoe_error_graphics` for what base graphics refuse.
#' @family pictures
#' @examples
#' set.seed(1)
#' data <- simulate_moe(6000, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:300, ], k = 2, starts = 2)
#' stream <- update(stream, data[301:6000, ])
#' plot(stream)
#' @export
plot.sgmoe_stream <- function(x, which = c("score", "experts", "step"),
                              col = NULL, ...) {
  call <- rlang::current_env()
  require_pilot(x, call)
  choices <- c("score", "experts", "step")
  check_some(which, "which", choices, call)
  record <- stream_record(x)
  if (nrow(record) == 0L) {
    abort("no_rows", c(
      "This stream has not learnt a minibatch after its pilot: there is nothing
       to draw.",
      "i" = "Give it rows with {.fn update}."
    ), call)
  }
  panels <- choices[choices %in% which]
  colours <- expert_colours(x$k, col, call)
  settings <- graphical_settings(list(...), call, character())
  refuse_idle(
    c(col = !is.null(col) && !"experts" %in% panels),
    "It is for the panel {.val experts}.", call
  )
  on_device(settings$par, function(divided) {
    for (panel in panels) {
      bottom <- !divided || panel == panels[[length(panels)]]
      switch(panel,
        score = draw_stream_score(record, bottom),
        experts = draw_stream_experts(record, x$k, colours, bottom),
        step = draw_stream_step(record, bottom)
      )
    }
  }, call, function() stack_panels(panels))
  invisible(x)
}

#' Divide a whole device among panels of a stream below each other
#' @noRd
stack_panels <- function(panels) {
  divided <- length(panels) > 1L && all(graphics::par("mfrow") == 1L)
  if (divided) {
    heights <- c(score = 1.3, experts = 1.1, step = 0.8)[panels]
    heights[length(heights)] <- heights[length(heights)] + 0.25
    graphics::layout(matrix(seq_along(panels)), heights = heights)
    # layout() shrinks the text by the number of rows.
    graphics::par(cex = 0.9)
  }
  divided
}

#' Panels have one left margin, so that they are aligned
#' @noRd
open_stream_panel <- function(record, ylim, ylab, bottom, top = 0.5) {
  open_panel(
    c(0, max(record$rows)), ylim, c("rows learnt", "rows"), ylab,
    axis = bottom, top = top, left = 5
  )
}

#' @noRd
draw_stream_score <- function(record, bottom) {
  running <- cumsum(record$log_likelihood * record$weight) /
    cumsum(record$weight)
  # A few bins far below would flatten all the others.
  inner <- stats::quantile(record$log_likelihood, c(0.02, 1), names = FALSE)
  open_stream_panel(
    record, range(inner, running), c("log-likelihood per row", "logLik"), bottom,
    top = 1.5
  )
  outside <- record$log_likelihood < inner[[1L]]
  graphics::points(
    record$rows, pmax(record$log_likelihood, inner[[1L]]),
    pch = ifelse(outside, 25, 21), cex = 0.9, col = "grey50", bg = "grey75"
  )
  graphics::lines(record$rows, running, lwd = 2)
  extreme <- record$extreme > 0
  if (any(extreme)) {
    graphics::rug(record$rows[extreme], side = 3, col = "firebrick", lwd = 1.5)
  }
  draw_caption(
    paste0(
      "points: bins of rows before they were learnt; line: mean of all so far",
      if (any(extreme)) "; ticks: extreme rows"
    ),
    0.3
  )
}

#' @noRd
draw_stream_experts <- function(record, k, colours, bottom) {
  shares <- record[5L + seq_len(k)]
  open_stream_panel(
    record, c(0, max(shares) * 1.02), c("share of weight", "share"), bottom,
    top = 1.8
  )
  for (i in seq_len(k)) {
    graphics::lines(record$rows, shares[[i]], col = colours[[i]], lwd = 2)
  }
  label_curves(record$rows, as.matrix(shares), colours)
  draw_key(colours)
}

#' @noRd
draw_stream_step <- function(record, bottom) {
  open_stream_panel(
    record, c(0, max(record$step_size)), c("step size", "step"), bottom
  )
  graphics::lines(record$rows, record$step_size, lwd = 2)
}
