# Drawing how the fit converged and how well it agrees with the data.

#' What each pass left to gain, per observation, against the best objective
#'
#' `NA` where that is nothing but the rounding error of a sum over rows.
#' @noRd
trace_gap <- function(fit) {
  best <- max(fit$trace)
  gap <- best - fit$trace
  gap[gap <= 4 * .Machine$double.eps * max(1, abs(best))] <- NA
  gap / fit$nobs
}

#' @noRd
draw_trace <- function(fit) {
  gap <- log10(trace_gap(fit))
  # The trace may hold the last passes only.
  pass <- fit$passes - length(gap) + seq_along(gap)
  ylim <- if (all(is.na(gap))) c(-16, 0) else range(gap, na.rm = TRUE)
  ylim <- c(floor(ylim[[1L]]), ceiling(ylim[[2L]]))
  graphics::par(mar = c(3.2, 4.4, 1.8, 0.6))
  graphics::plot.new()
  graphics::plot.window(range(pass), ylim)
  at <- pretty(pass)
  graphics::axis(1, at[at == round(at)])
  at <- unique(round(pretty(ylim)))
  graphics::axis(2, at, parse(text = paste0("10^", at)))
  graphics::box(bty = "l")
  graphics::title(xlab = "Pass")
  graphics::title(ylab = longest_that_fits(c(
    "Gap to the best objective, per observation", "Gap per observation", "Gap"
  )), line = 3.2)
  graphics::lines(pass, gap, col = "grey10")
  if (length(gap) <= 200L) {
    graphics::points(pass, gap, pch = 16, cex = 0.6, col = "grey10")
  }
  draw_caption(describe_end(fit), 0.4)
}

#' @param kind As `type` in residuals().
#' @noRd
draw_residuals <- function(fit, response, kind) {
  column <- function(values) {
    if (is.matrix(values)) values[, response] else values
  }
  fitted <- column(predict.sgmoe(fit, type = "response"))
  residual <- column(residuals.sgmoe(fit, type = kind))
  # A response that no expert can explain has an infinite quantile.
  finite <- is.finite(residual)
  fitted <- fitted[finite]
  residual <- residual[finite]
  n <- length(residual)
  colour <- grDevices::grey(0.3, point_alpha(n))
  ylim <- range(residual, -2.5, 2.5)

  name <- fit$responses[[response]]
  label <- paste(
    paste0(toupper(substr(kind, 1L, 1L)), substring(kind, 2L)), "residual"
  )
  open_panel(
    range(fitted), ylim, paste0("Fitted mean of ", name), label,
    top = 1.8
  )
  graphics::abline(h = 0, col = "grey60")
  draw_cloud(fitted, residual, colour, 0.8)
  if (length(unique(fitted)) > 3L) {
    smooth <- stats::lowess(fitted, residual)
    graphics::lines(smooth, col = expert_colours(2L)[[2L]], lwd = 2)
    draw_caption("with a smooth, near 0 if the model holds", 0.4)
  }

  quantiles <- stats::qnorm(stats::ppoints(n))
  open_panel(
    range(quantiles, -2.5, 2.5), ylim, "Normal quantile", label,
    top = 1.8
  )
  normal <- kind == "quantile"
  if (normal) {
    band <- ordered_normals(n, 0.95)
    graphics::polygon(
      c(quantiles, rev(quantiles)), c(band$lower, rev(band$upper)),
      col = "grey90", border = NA
    )
  }
  graphics::abline(0, 1, col = "grey60")
  draw_cloud(quantiles, sort(residual), colour, 0.8)
  draw_caption(paste0(
    "on the line if the model holds", if (normal) "; band: 95 % for each"
  ), 0.4)
}

#' Where each of n ordered normal residuals lies with this probability
#'
#' An ordered uniform number is a beta.
#' @param probability Of each for itself.
#' @noRd
ordered_normals <- function(n, probability) {
  rank <- seq_len(n)
  tail <- (1 - probability) / 2
  list(
    lower = stats::qnorm(stats::qbeta(tail, rank, n - rank + 1)),
    upper = stats::qnorm(stats::qbeta(1 - tail, rank, n - rank + 1))
  )
}
