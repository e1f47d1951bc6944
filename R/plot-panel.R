# What all panels share: settings, margins, axes, keys and captions.

#' An empty panel with axes
#'
#' `xlab` and `ylab` hold the label of an axis and, maybe, a shorter one.
#' `x` are the values of the horizontal axis, a vector of any class for which
#' there is an `Axis()` method; `levels` names the positions of a discrete one.
#' @noRd
open_panel <- function(xlim, ylim, xlab, ylab, x = xlim, levels = NULL,
                       axis = TRUE, top = 0.5, left = left_margin(ylim),
                       y_at = NULL) {
  graphics::par(mar = c(if (axis) 3.2 else 0.6, left, top, right_margin(x, xlim, levels)))
  graphics::plot.new()
  graphics::plot.window(xlim, ylim)
  graphics::axis(2, y_at)
  graphics::box(bty = "l")
  graphics::title(ylab = longest_that_fits(ylab), line = left - 1.2)
  if (!axis) {
    return(invisible())
  }
  if (is.null(levels)) {
    graphics::Axis(x, side = 1)
  } else {
    draw_level_axis(levels)
  }
  graphics::title(xlab = longest_that_fits(xlab, 1L))
}

#' Room for the labels of a vertical axis, in lines
#' @noRd
left_margin <- function(ylim) {
  2.3 + 0.45 * max(nchar(format(pretty(ylim))))
}

#' Room for half of the last label of a horizontal axis of numbers, in lines: its tick
#' may be at the panel's end
#' @noRd
right_margin <- function(x, xlim, levels) {
  if (!is.numeric(x) || !is.null(levels)) {
    return(0.6)
  }
  ticks <- pretty(xlim)
  last <- format(ticks, trim = TRUE)[which.min(abs(ticks - xlim[[2L]]))]
  max(0.6, 0.1 + 0.23 * nchar(last))
}

#' @noRd
longest_that_fits <- function(labels, side = 2L) {
  width <- graphics::strwidth(labels, "inches")
  fits <- labels[width <= 1.1 * graphics::par("pin")[[side]]]
  if (length(fits)) fits[[1L]] else labels[[length(labels)]]
}

#' Levels of a factor, shortened where they would run into each other
#' @noRd
draw_level_axis <- function(levels) {
  room <- 0.95 * graphics::par("pin")[[1L]] / length(levels)
  width <- max(graphics::strwidth(levels, "inches"))
  if (width > room) {
    longest <- max(nchar(levels))
    levels <- abbreviate(levels, max(2, floor(longest * room / width)))
  }
  graphics::axis(1, seq_along(levels), levels, tick = FALSE)
}

#' The experts' colours in the margin above the panel, where no data are; `mean`
#' names the line of the mixture, if there is one
#' @noRd
draw_key <- function(colours, mean = NULL) {
  k <- length(colours)
  key <- function(labels, cex, ...) {
    usr <- graphics::par("usr")
    height <- usr[[4L]] - usr[[3L]]
    graphics::legend(
      usr[[1L]], usr[[4L]] - 0.01 * height,
      c(labels, mean),
      col = c(colours, if (length(mean)) "grey10"),
      lwd = c(rep(3.5, k), if (length(mean)) 1.25),
      horiz = TRUE, bty = "n", xpd = NA, yjust = 0, seg.len = 1.1,
      x.intersp = 0.6, cex = cex, ...
    )$rect$w / (usr[[2L]] - usr[[1L]])
  }
  labels <- paste("Expert", seq_len(k))
  if (key(labels, 0.7, plot = FALSE) > 1) {
    labels <- as.character(seq_len(k))
  }
  key(labels, 0.9 / max(1, key(labels, 0.9, plot = FALSE)))
}

#' The number of each expert on its curve, so that pictures can be read in grey
#'
#' A number stands where its curve is highest, or, if it is flat, in a place of
#' its own.
#' @param x Where the curves are known.
#' @param y Their values, a column for each expert.
#' @param colours Of the experts.
#' @noRd
label_curves <- function(x, y, colours) {
  k <- ncol(y)
  if (k < 2L || nrow(y) < 2L) {
    return(invisible())
  }
  at <- curve_places(y)
  place <- cbind(at, seq_len(k))
  graphics::points(
    x[at], y[place],
    pch = 21, bg = "white", col = colours, cex = 1.7, xpd = NA
  )
  graphics::text(x[at], y[place], seq_len(k), cex = 0.65, xpd = NA)
}

#' Where the numbers of curves stand: rows of `y`, none upon another
#' @noRd
curve_places <- function(y) {
  k <- ncol(y)
  inner <- unique(round(seq(1, nrow(y), length.out = 60L)[4:57]))
  places <- numeric()
  for (expert in seq_len(k)) {
    values <- y[inner, expert]
    height <- diff(range(values))
    best <- if (!is.finite(height) || height < 0.1) {
      inner[[ceiling(length(inner) * expert / (k + 1))]]
    } else {
      # The middle of a plateau.
      top <- which(values > max(values) - 0.02 * height)
      inner[[top[[ceiling(length(top) / 2)]]]]
    }
    others <- y[cbind(places, seq_along(places))]
    free <- vapply(seq_along(inner), function(i) {
      all(abs(inner[[i]] - places) > 0.05 * nrow(y) |
        abs(values[[i]] - others) > 0.2 * max(y, na.rm = TRUE), na.rm = TRUE)
    }, NA)
    near <- inner[if (any(free)) free else TRUE]
    places[[expert]] <- near[[which.min(abs(near - best))]]
  }
  places
}

#' A small line above the panel, at the left; smaller where it would be cut
#' @noRd
draw_caption <- function(text, line) {
  # Some devices draw text wider than they measure it.
  room <- 0.93 * (graphics::par("pin")[[1L]] + graphics::par("mai")[[4L]])
  width <- graphics::strwidth(text, "inches", cex = 0.8)
  graphics::mtext(
    text,
    line = line, adj = 0, cex = 0.8 * graphics::par("cex") * min(1, room / width),
    col = "grey35"
  )
}

#' "x = 1", "f = a"
#' @noRd
held_items <- function(held) {
  values <- vapply(held, function(value) {
    paste(if (is.numeric(value)) {
      format(signif(value, 3L), trim = TRUE)
    } else {
      as.character(value)
    }, collapse = ", ")
  }, "")
  paste(names(held), "=", values, recycle0 = TRUE)
}

#' "class 1 of 3, at x = 1, f = a", as much of it as fits
#'
#' @param held Values of the other covariates.
#' @param drawn Which response is drawn, or NULL.
#' @noRd
describe_held <- function(held, drawn = NULL) {
  items <- held_items(held)
  if (!length(items)) {
    return(drawn)
  }
  whole <- function(items) {
    paste(c(drawn, paste("at", paste(items, collapse = ", "))), collapse = ", ")
  }
  text <- whole(items)
  shown <- length(items)
  while (shown > 0L && graphics::strwidth(text, "inches", cex = 0.8) >
    graphics::par("pin")[[1L]]) {
    shown <- shown - 1L
    more <- paste(length(items) - shown, "others")
    text <- whole(c(items[seq_len(shown)], more))
  }
  text
}

#' How opaque n points are drawn
#' @noRd
point_alpha <- function(n) {
  min(0.75, 0.75 * (300 / n)^0.4)
}

#' Points in a size for their number; a few have a rim that tells them apart
#'
#' @param colour One for each point.
#' @param scale Size of the points.
#' @noRd
draw_cloud <- function(x, y, colour, scale = 1) {
  n <- length(x)
  graphics::points(
    x, y,
    pch = 21, bg = colour, col = if (n <= 1000) "white" else NA, lwd = 0.4,
    cex = scale * if (n > 1000) 0.6 else if (n > 200) 0.8 else 1
  )
}

#' How far points are moved from the place of their level, so that they do not hide
#' each other: spread evenly, by multiples of the golden ratio
#' @noRd
beside_level <- function(n) {
  0.5 * ((seq_len(n) * 0.6180339887) %% 1 - 0.5)
}
