# The picture of a fit for ggplot2: experts and gate over one covariate.

#' @rdname plot.sgmoe
#' @order 2
#' @param object The same as `x`, for [ggplot2::autoplot()], which draws the panels
#'   `"experts"` and `"gate"` as a ggplot.
#' @exportS3Method ggplot2::autoplot
autoplot.sgmoe <- function(object, covariate = NULL, response = NULL, data = NULL,
                           col = NULL, interval = c(
                             "none", "prediction", "confidence"
                           ), level = 0.9, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "autoplot", call)
  response <- check_drawn_response(response, object, call)
  colours <- expert_colours(object$k, col, call)
  refuse_idle_level(c(level = !missing(level)), interval, call)
  band <- check_band(object, interval, level, call)
  drawn <- data_to_draw(object, data, TRUE, call)
  effect <- new_effect(drawn, covariate, response, NULL, call, band)
  layers <- if (effect$discrete) {
    discrete_layers(effect, colours)
  } else {
    continuous_layers(effect, colours)
  }
  plot <- ggplot2::ggplot() +
    ggplot2::facet_grid("panel", scales = "free_y", switch = "y") +
    ggplot2::scale_alpha_identity() +
    ggplot2::labs(
      x = effect$covariate, y = NULL, subtitle = describe_drawn(effect)
    ) +
    ggplot2::theme(
      strip.placement = "outside", strip.background = ggplot2::element_blank()
    )
  for (layer in c(effect_points(effect, colours), layers)) {
    plot <- plot + layer
  }
  experts <- as.character(seq_along(colours))
  plot + ggplot2::scale_colour_manual(
    values = stats::setNames(colours, experts), breaks = experts,
    aesthetics = c("colour", "fill"), name = "Expert",
    guide = if (object$k == 1L) "none" else "legend"
  )
}

#' The panel of a layer
#'
#' @param gate Is it that of the gate?
#' @noRd
effect_panel <- function(effect, gate = FALSE) {
  panels <- c(effect$response, "Gate probability")
  factor(panels[[1L + gate]], panels)
}

#' What is drawn, and where other covariates are held, as a subtitle
#' @noRd
describe_drawn <- function(effect) {
  items <- held_items(effect$held)
  if (length(items) > 5L) {
    items <- c(items[1:5], paste(length(items) - 5L, "others"))
  }
  text <- c(effect$drawn, if (length(items)) paste("at", toString(items)))
  if (length(text)) paste(text, collapse = ", ")
}

#' Positions as dates and times, where the covariate has such
#' @noRd
effect_positions <- function(effect, x) {
  value <- effect$grid$value
  if (!effect$discrete && inherits(value, c("Date", "POSIXct"))) {
    attributes(x) <- attributes(value)[c("class", "tzone", "units")]
  }
  x
}

#' The data, and the band behind them
#' @noRd
effect_points <- function(effect, colours) {
  .data <- NULL # the pronoun of aes()
  points <- effect$points
  n <- length(points$y)
  aside <- if (effect$discrete) beside_level(n) else 0
  alpha <- point_alpha(n) * if (length(effect$held)) 0.6 else 1
  list(
    band_layer(effect),
    ggplot2::geom_point(
      ggplot2::aes(.data$x, .data$y),
      data.frame(
        x = effect_positions(effect, points$x + aside),
        y = effect$drawing$spread(points$y), panel = effect_panel(effect)
      ),
      colour = point_colours(points$posterior, colours, alpha), size = 1.2
    )
  )
}

#' The band of intervals of the response or its mean, or NULL
#' @noRd
band_layer <- function(effect) {
  .data <- NULL # the pronoun of aes()
  grid <- effect$grid
  if (is.null(grid$lower)) {
    return(NULL)
  }
  # What is infinite goes as far as the panel.
  bounds <- data.frame(
    x = effect_positions(effect, effect$x),
    lower = pmax(grid$lower, effect$ylim[[1L]]),
    upper = pmin(grid$upper, effect$ylim[[2L]]), panel = effect_panel(effect)
  )
  if (effect$discrete) {
    ggplot2::geom_rect(
      ggplot2::aes(
        xmin = .data$x - 0.38, xmax = .data$x + 0.38, ymin = .data$lower,
        ymax = .data$upper
      ), bounds,
      fill = "grey50", alpha = 0.25
    )
  } else {
    ggplot2::geom_ribbon(
      ggplot2::aes(.data$x, ymin = .data$lower, ymax = .data$upper), bounds,
      fill = "grey50", alpha = 0.25
    )
  }
}

#' Experts and gate in long form: expert, value, share (by the gate) and x
#' @noRd
long_effect <- function(effect) {
  grid <- effect$grid
  k <- ncol(grid$gate)
  value <- as.vector(grid$expert)
  # A line may leave the panel where the gate hardly uses it.
  value[value < effect$ylim[[1L]] | value > effect$ylim[[2L]]] <- NA
  data.frame(
    x = rep(effect_positions(effect, effect$x), k),
    expert = factor(rep(seq_len(k), each = nrow(grid))),
    value = value, share = as.vector(grid$gate)
  )
}

#' Experts, mean and gate over a numeric covariate
#' @noRd
continuous_layers <- function(effect, colours) {
  .data <- NULL # the pronoun of aes()
  long <- long_effect(effect)
  mean <- data.frame(
    x = effect_positions(effect, effect$x), y = effect$grid$mean,
    panel = effect_panel(effect)
  )
  gate <- cbind(long, panel = effect_panel(effect, TRUE))
  layers <- list(
    ggplot2::geom_path(
      ggplot2::aes(
        .data$x, .data$value,
        colour = .data$expert, alpha = .data$share^0.6
      ),
      cbind(long, panel = effect_panel(effect)),
      linewidth = 1.2, na.rm = TRUE
    ),
    ggplot2::geom_line(ggplot2::aes(.data$x, .data$y), mean, colour = "grey10")
  )
  if (length(colours) == 1L) {
    return(layers)
  }
  at <- curve_places(effect$grid$gate)
  numbers <- gate[at + nrow(effect$grid) * (seq_along(at) - 1L), ]
  c(
    layers, gate_ribbon(effect, gate),
    list(
      ggplot2::geom_line(
        ggplot2::aes(.data$x, .data$share, colour = .data$expert), gate
      ),
      ggplot2::geom_point(
        ggplot2::aes(.data$x, .data$share, colour = .data$expert), numbers,
        shape = 21, fill = "white", size = 4, show.legend = FALSE
      ),
      ggplot2::geom_text(
        ggplot2::aes(.data$x, .data$share, label = .data$expert), numbers,
        size = 2.5
      )
    )
  )
}

#' Confidence bands of the gate, or NULL
#'
#' @param gate From long_effect(), with its panel.
#' @noRd
gate_ribbon <- function(effect, gate) {
  .data <- NULL # the pronoun of aes()
  if (is.null(effect$grid$gate_lower)) {
    return(NULL)
  }
  gate$lower <- as.vector(effect$grid$gate_lower)
  gate$upper <- as.vector(effect$grid$gate_upper)
  list(ggplot2::geom_ribbon(
    ggplot2::aes(
      .data$x,
      ymin = .data$lower, ymax = .data$upper, fill = .data$expert
    ), gate,
    alpha = 0.2, show.legend = FALSE
  ))
}

#' The same over the levels of a factor
#' @noRd
discrete_layers <- function(effect, colours) {
  .data <- NULL # the pronoun of aes()
  long <- long_effect(effect)
  bar <- function(data, width, ...) {
    data$panel <- effect_panel(effect)
    ggplot2::geom_segment(ggplot2::aes(
      .data$x - width, .data$value,
      xend = .data$x + width, yend = .data$value, ...
    ), data, linewidth = if (width > 0.35) 0.5 else 1.2, na.rm = TRUE)
  }
  layers <- list(
    bar(long, 0.33, colour = .data$expert, alpha = .data$share^0.6),
    bar(data.frame(x = effect$x, value = effect$grid$mean), 0.38),
    ggplot2::scale_x_continuous(
      breaks = effect$x, labels = as.character(effect$grid$value)
    )
  )
  if (length(colours) == 1L) {
    return(layers)
  }
  # The first expert at the bottom, as in plot().
  c(layers, list(ggplot2::geom_col(
    ggplot2::aes(.data$x, .data$share, fill = .data$expert),
    cbind(long, panel = effect_panel(effect, TRUE)),
    width = 0.66, position = ggplot2::position_stack(reverse = TRUE)
  )))
}
