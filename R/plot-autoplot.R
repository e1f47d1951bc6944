# The pictures of plot-dendrogram.R and plot-selection.R for ggplot2, which is
# looked for only when its autoplot() is called.

#' @rdname plot.sgmoe_selection
#' @exportS3Method ggplot2::autoplot
autoplot.expert_dendrogram <- function(object, k = NULL, col = NULL, ...) {
  call <- rlang::current_env()
  refuse_dots(list(...), "autoplot", call)
  check_stored(object)
  require_tree(object, call)
  cut <- check_cut(k, object, call)
  root_axis(tree_layers(object, cut, col, call), height_label(object))
}

#' @exportS3Method ggplot2::autoplot
autoplot.sgmoe_stream <- function(object, ...) {
  abort("unsupported", c(
    "{.fn autoplot} has no picture of a stream.",
    "i" = "{.code plot(stream)} has one. For experts and gate give rows that you have
           kept: {.code autoplot(as_sgmoe(stream), data = rows)}."
  ))
}

#' @rdname plot.sgmoe_selection
#' @exportS3Method ggplot2::autoplot
autoplot.sgmoe_selection <- function(object, criteria = NULL, col = NULL, ...) {
  call <- rlang::current_env()
  check_stored(object)
  refuse_dots(list(...), "autoplot", call)
  criteria <- check_drawn_criteria(criteria, object, call)
  .data <- NULL # the pronoun of aes()
  panels <- c(height_label(object$dendrogram), "criterion minus its minimum")
  panel <- factor(panels[[2L]], panels)
  decides <- stats::setNames(criteria == object$criterion, criteria)
  long <- criteria_points(object, criteria) # none, if no criterion is known
  long$panel <- rep(panel, nrow(long))
  chosen <- data.frame(k = object$k, value = 0, panel = panel)
  with_background <- chosen[
    rep(1L, !is.null(object$background) && any(decides)), ,
    drop = FALSE
  ]
  plot <- if (object$dendrogram$k > 1) {
    tree_layers(
      object$dendrogram, object$dendrogram$selected, col, call,
      factor(panels[[1L]], panels)
    )
  } else {
    ggplot2::ggplot()
  }
  plot <- plot +
    ggplot2::geom_vline(
      ggplot2::aes(xintercept = .data$k), chosen,
      linetype = 2, colour = "grey40"
    ) +
    ggplot2::geom_line(
      ggplot2::aes(
        .data$k, .data$value,
        colour = .data$criterion, linetype = .data$criterion,
        linewidth = .data$criterion
      ), long
    ) +
    ggplot2::geom_point(
      ggplot2::aes(.data$k, .data$value, colour = .data$criterion),
      long[!long$least, ],
      shape = 21, fill = "white"
    ) +
    ggplot2::geom_point(
      ggplot2::aes(.data$k, .data$value, colour = .data$criterion),
      long[long$least, ],
      size = 2.5
    ) +
    # The one that decides is whole and thick; others that lie on it are seen as dashes.
    ggplot2::scale_linewidth_manual(values = ifelse(decides, 1.4, 0.5)) +
    ggplot2::scale_linetype_manual(values = ifelse(decides, "solid", "42")) +
    ggplot2::scale_colour_manual(values = criterion_colours[criteria]) +
    ggplot2::geom_point(
      ggplot2::aes(.data$k, .data$value), with_background,
      shape = 18, size = 3.5
    ) +
    ggplot2::facet_wrap("panel", scales = "free") +
    ggplot2::labs(linetype = NULL, linewidth = NULL, colour = NULL)
  root_axis(plot, NULL)
}

#' The criteria of a path, above their least, a row for each that is drawn; `least`:
#' is it that?
#' @noRd
criteria_points <- function(selection, criteria) {
  values <- sqrt(relative_criteria(selection, criteria))
  points <- data.frame(
    k = rep(selection$path$k, length(criteria)), value = as.vector(values),
    criterion = factor(rep(criteria, each = nrow(values)), criteria),
    least = as.vector(apply(values, 2L, function(value) {
      seq_along(value) %in% which.min(value)
    }))
  )
  points[!is.na(points$value), ]
}

#' @rdname plot.sgmoe_selection
#' @exportS3Method ggplot2::autoplot
autoplot.sgmoe_stream_selection <- autoplot.sgmoe_selection

#' A tree as a ggplot, in one panel of several if `panel` is given
#' @noRd
tree_layers <- function(tree, cut, col, call = rlang::caller_env(),
                        panel = NULL) {
  .data <- NULL # the pronoun of aes()
  parts <- tree_lines(tree, cut)
  colours <- tree_colours(tree, parts, cut, col, call)
  lines <- cbind(parts$lines, colour = colours$lines)
  # Leaves have no numbers: their axis is negative and its labels are left out.
  away <- tree$k + 1
  lines[c("x0", "x1")] <- lines[c("x0", "x1")] - away
  leaves <- data.frame(
    x = parts$leaves - away, label = leaf_labels(tree), colour = colours$leaves
  )
  line <- data.frame(
    height = c(parts$cut_height, parts$regime_height), type = c(2, 3)
  )
  line <- line[!is.na(line$height), , drop = FALSE]
  if (!is.null(panel)) {
    lines$panel <- leaves$panel <- panel
    line$panel <- rep(panel, nrow(line))
  }
  leaves$y <- -0.02 * max(lines$y1)
  ends <- data.frame(x = -1, y = -0.35 * max(lines$y1)) # room for the labels
  if (!is.null(panel)) ends$panel <- panel
  ggplot2::ggplot() +
    ggplot2::geom_segment(
      ggplot2::aes(
        .data$x0, .data$y0,
        xend = .data$x1, yend = .data$y1
      ), lines,
      colour = lines$colour
    ) +
    ggplot2::geom_hline(
      ggplot2::aes(yintercept = .data$height), line,
      linetype = line$type, colour = "grey40"
    ) +
    ggplot2::geom_text(
      ggplot2::aes(.data$x, .data$y, label = .data$label), leaves,
      colour = leaves$colour, angle = 90, hjust = 1, size = 3
    ) +
    ggplot2::geom_blank(ggplot2::aes(.data$x, .data$y), ends)
}

#' A vertical axis of square roots with labels of what they are roots of
#' @noRd
root_axis <- function(plot, label) {
  plot + ggplot2::scale_y_continuous(
    label,
    breaks = function(limits) root_ticks(limits)$at,
    labels = function(at) vapply(signif(at^2, 1), format, "", scientific = 6)
  ) +
    ggplot2::scale_x_continuous("experts", breaks = function(limits) {
      at <- unique(round(pretty(limits)))
      at[at > 0] # leaves lie below zero
    })
}
