# Drawing experts and gate over a covariate.

#' Lines that fade with the gate, opaque so that their pieces leave no seams
#' @noRd
fade <- function(colour, share) {
  background <- graphics::par("bg")
  mix_colours(
    colour, if (background == "transparent") "white" else background,
    share^0.6
  )
}

#' The most probable expert's colour, greyer where that is uncertain
#'
#' @param posterior n x K.
#' @noRd
point_colours <- function(posterior, colours, alpha) {
  k <- ncol(posterior)
  n <- nrow(posterior)
  if (k == 1L) {
    return(rep(grDevices::grey(0.45, alpha), n))
  }
  best <- max.col(posterior, "first")
  certain <- (posterior[cbind(seq_len(n), best)] - 1 / k) / (1 - 1 / k)
  mix_colours(colours[best], "grey70", certain, alpha)
}

#' Points of which the area follows the weight, within limits
#' @noRd
draw_points <- function(effect, colours) {
  points <- effect$points
  n <- length(points$y)
  alpha <- point_alpha(n) * if (length(effect$held)) 0.6 else 1
  scale <- if (is.null(points$weights)) {
    1
  } else {
    sqrt(pmax(pmin(points$weights / mean(points$weights), 6), 0.1))
  }
  x <- points$x + if (effect$discrete) beside_level(n) else 0
  draw_cloud(
    x, effect$drawing$spread(points$y),
    point_colours(points$posterior, colours, alpha), scale
  )
}

#' @noRd
draw_experts <- function(effect, colours, labels, axis) {
  several <- length(colours) > 1L
  held <- length(effect$held) > 0L || !is.null(effect$drawn)
  top <- 0.5 + 1.2 * several + 1.1 * held
  open_effect(
    effect, effect$ylim, labels$ylab %||% effect$response,
    labels, axis, top + 1.6 * !is.null(labels$main)
  )
  draw_band(effect, effect$grid$lower, effect$grid$upper, "grey92")
  draw_points(effect, colours)
  if (effect$discrete) {
    draw_expert_bars(effect, colours)
  } else {
    draw_expert_lines(effect, colours)
  }
  if (several) {
    draw_key(colours, effect$drawing$key)
  }
  if (held) {
    draw_caption(describe_held(effect$held, effect$drawn), 0.2 + 1.3 * several)
  }
  if (!is.null(labels$main)) {
    graphics::title(labels$main, line = top)
  }
}

#' @noRd
draw_expert_lines <- function(effect, colours) {
  grid <- effect$grid
  pieces <- nrow(grid) - 1L
  expert <- rep(seq_along(colours), each = pieces)
  start <- rep(seq_len(pieces), length(colours))
  from <- cbind(start, expert)
  to <- cbind(start + 1L, expert)
  share <- (grid$gate[from] + grid$gate[to]) / 2
  order <- stacking_order(share)
  graphics::segments(
    effect$x[start[order]], grid$expert[from[order, , drop = FALSE]],
    effect$x[start[order] + 1L], grid$expert[to[order, , drop = FALSE]],
    col = fade(colours[expert[order]], share[order]),
    lwd = 1 + 3.5 * share[order]
  )
  graphics::lines(effect$x, grid$mean, col = "grey10", lwd = 1.25)
}

#' For a factor, a bar for each expert and level
#' @noRd
draw_expert_bars <- function(effect, colours) {
  grid <- effect$grid
  order <- stacking_order(grid$gate)
  x <- rep(effect$x, length(colours))[order]
  share <- grid$gate[order]
  graphics::segments(
    x - 0.33, grid$expert[order], x + 0.33, grid$expert[order],
    col = fade(rep(colours, each = nrow(grid))[order], share),
    lwd = 1 + 3.5 * share, lend = "butt"
  )
  graphics::segments(
    effect$x - 0.38, grid$mean, effect$x + 0.38, grid$mean,
    col = "grey10", lwd = 1.25
  )
}

#' What the gate uses most goes on top; what it does not use is left out
#' @noRd
stacking_order <- function(share) {
  order <- order(share)
  order[share[order] > 0.01]
}

#' @param alone Is there no other panel?
#' @noRd
draw_gate <- function(effect, colours, labels, alone) {
  gate <- effect$grid$gate
  held <- alone && length(effect$held) > 0L
  open_effect(
    effect, c(0, 1), c("Gate probability", "Gate"), labels,
    axis = TRUE, top = if (alone) 1.7 + 1.1 * held else 0.5, y_at = c(0, 0.5, 1)
  )
  draw_gate_bands(effect, colours)
  if (effect$discrete) {
    upper <- matrix(apply(gate, 1L, cumsum), nrow(gate), byrow = TRUE)
    x <- rep(effect$x, ncol(gate))
    graphics::rect(
      x - 0.33, upper - gate, x + 0.33, upper,
      col = rep(colours, each = nrow(gate)), border = NA
    )
  } else {
    graphics::matlines(effect$x, gate, col = colours, lwd = 2, lty = 1)
    label_curves(effect$x, gate, colours)
  }
  if (alone) {
    draw_key(colours)
  }
  if (held) {
    draw_caption(describe_held(effect$held), 1.5)
  }
}

#' An empty panel over the covariate; both panels have the same left margin, so
#' that they can share the axis
#' @noRd
open_effect <- function(effect, ylim, ylab, labels, axis, top, y_at = NULL) {
  ends <- if (effect$discrete) {
    c(0.5, length(effect$x) + 0.5)
  } else {
    range(effect$x)
  }
  open_panel(
    labels$xlim %||% ends, ylim, labels$xlab %||% effect$covariate, ylab,
    x = effect$grid$value,
    levels = if (effect$discrete) as.character(effect$grid$value),
    axis = axis, top = top, y_at = y_at,
    left = max(left_margin(effect$ylim), left_margin(c(0, 0.5)))
  )
}
