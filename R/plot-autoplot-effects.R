# Pictures of averaged effects for ggplot2.

#' @rdname average_effects
#' @exportS3Method ggplot2::autoplot
autoplot.sgmoe_effects <- function(object, col = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "autoplot", call)
  of <- attr(object, "of")
  colours <- effect_colours(object, col, call)
  table <- as.data.frame(object)
  table$expert <- factor(if (of == "mean") 1L else table$expert)
  table$panel <- if (of == "gate") {
    "gate"
  } else {
    unname(attr(object, "titles")[table$response])
  }
  names(colours) <- levels(table$expert)
  if (attr(object, "kind") == "average") {
    plot <- average_layers(table) + ggplot2::labs(
      x = if (of == "gate") "Average effect on gate probability" else "Average effect",
      y = NULL
    )
  } else {
    plot <- dependence_layers(table) + ggplot2::labs(
      x = table$covariate[[1L]],
      y = if (length(unique(table$panel)) == 1L) {
        effect_label(object, object$response[[1L]])
      }
    )
  }
  plot <- plot + ggplot2::scale_colour_manual(
    values = colours, aesthetics = c("colour", "fill"), name = "Expert",
    guide = if (of == "mean") "none" else "legend"
  )
  if (length(unique(table$panel)) > 1L) {
    plot + ggplot2::facet_wrap("panel", scales = "free_y")
  } else {
    plot
  }
}

#' @noRd
average_layers <- function(table) {
  .data <- NULL # the pronoun of aes()
  items <- effect_items(table)
  table$item <- factor(items, rev(unique(items)))
  # The first expert on top, as in plot().
  aside <- ggplot2::position_dodge(0.5)
  ggplot2::ggplot(table, ggplot2::aes(
    .data$estimate, .data$item,
    colour = .data$expert, group = -as.integer(.data$expert)
  )) +
    ggplot2::geom_vline(xintercept = 0, colour = "grey60") +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$conf.low, xmax = .data$conf.high),
      position = aside, na.rm = TRUE
    ) +
    ggplot2::geom_point(position = aside, size = 2)
}

#' @noRd
dependence_layers <- function(table) {
  .data <- NULL # the pronoun of aes()
  line <- has_even_values(table)
  if (!line) {
    table$value <- factor(table$value, unique(table$value))
  }
  plot <- ggplot2::ggplot(table, ggplot2::aes(
    .data$value, .data$estimate,
    colour = .data$expert
  ))
  if (line) {
    plot +
      ggplot2::geom_ribbon(
        ggplot2::aes(
          ymin = .data$conf.low, ymax = .data$conf.high, fill = .data$expert
        ),
        alpha = 0.15, colour = NA
      ) +
      ggplot2::geom_line() +
      # An expert's mean is hardly known where the gate does not use it.
      ggplot2::coord_cartesian(ylim = dependence_range(table))
  } else {
    aside <- ggplot2::position_dodge(0.4)
    plot +
      ggplot2::geom_linerange(
        ggplot2::aes(ymin = .data$conf.low, ymax = .data$conf.high),
        position = aside, na.rm = TRUE
      ) +
      ggplot2::geom_point(position = aside, size = 2)
  }
}
