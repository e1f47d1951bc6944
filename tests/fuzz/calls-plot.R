# Drawing, on a device that keeps nothing.

# ggplot2 computes when it draws.
draw_ggplot <- function(x, ...) {
  plot <- quiet(ggplot2::autoplot(x, ...))
  # Building is ggplot2's, and dear.
  if (chance(0.1) && inherits(plot, "ggplot")) quiet(ggplot2::ggplot_build(plot))
  NULL
}

draw_plot <- function(x, ...) {
  arguments <- list(x, ...)
  if (chance(0.1)) arguments["col"] <- list(maybe_junk(1:3, 0.5))
  if (chance(0.1)) arguments["main"] <- list(maybe_junk("title", 0.3))
  quiet(do.call(plot, arguments))
  NULL
}

plot_methods <- list(
  plot = function(fit, data) {
    if (chance(0.3)) {
      draw_plot(fit)
    } else {
      draw_plot(fit, which = maybe_junk(sample(1:8, 1L), 0.1))
    }
  },
  plot_covariate = function(fit, data) {
    arguments <- list(fit, covariate = maybe_junk(one_of("x1", "f"), 0.2))
    if (chance(0.5)) {
      arguments["interval"] <- list(maybe_junk(one_of("prediction", "confidence"), 0.1))
    }
    if (chance(0.3)) arguments["data"] <- list(maybe_junk(spoil(data), 0.2))
    if (chance(0.2)) arguments["level"] <- list(maybe_junk(0.5, 0.3))
    if (chance(0.1)) arguments["response"] <- list(maybe_junk("y", 0.3))
    do.call(draw_plot, arguments)
  },
  autoplot = function(fit, data) {
    if (chance(0.5)) {
      return(draw_ggplot(fit))
    }
    draw_ggplot(fit,
      covariate = maybe_junk("x1", 0.2),
      interval = maybe_junk(one_of("none", "prediction", "confidence"), 0.1)
    )
  }
)

tree_methods <- list(
  print = function(x, data) utils::capture.output(print(x)),
  summary = function(x, data) summary(x),
  coef = function(x, data) stats::coef(x, k = maybe_junk(1, 0.5)),
  labels = function(x, data) labels(x),
  as.hclust = function(x, data) stats::as.hclust(x),
  as.dendrogram = function(x, data) stats::as.dendrogram(x),
  plot = function(x, data) draw_plot(x, k = if (chance(0.3)) maybe_junk(2, 0.3)),
  autoplot = function(x, data) draw_ggplot(x, k = if (chance(0.3)) maybe_junk(2, 0.3))
)

# Those of a selection that a fit or stream does not have.
selection_methods <- list(
  print = function(x, data) utils::capture.output(print(x)),
  as_sgmoe = function(x, data) {
    quiet(sgmoe::as_sgmoe(x, k = if (chance(0.7)) maybe_junk(one_of(1, 2), 0.2)))
  },
  as.hclust = function(x, data) stats::as.hclust(x),
  as.dendrogram = function(x, data) stats::as.dendrogram(x),
  plot = function(x, data) {
    which <- maybe_junk(one_of("tree", "criteria"), 0.1)
    criteria <- if (chance(0.3)) maybe_junk(c("BIC", "AIC"), 0.3)
    quiet(plot(x, which, criteria))
    NULL
  },
  autoplot = function(x, data) {
    draw_ggplot(x, criteria = if (chance(0.3)) maybe_junk(c("BIC", "AIC"), 0.3))
  }
)

tuning_methods <- list(
  print = function(x, data) utils::capture.output(print(x)),
  tidy = function(x, data) sgmoe::tidy(x),
  as_sgmoe = function(x, data) sgmoe::as_sgmoe(x),
  plot = function(x, data) draw_plot(x)
)
