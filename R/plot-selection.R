# Pictures of how a number of experts was chosen.

#' @rdname plot.sgmoe_selection
#' @export
plot.sgmoe_selection <- function(x, which = c("tree", "criteria"),
                                 criteria = NULL, ...) {
  check_stored(x)
  call <- rlang::current_env()
  which <- check_some(which, "which", c("tree", "criteria"), call)
  tree <- "tree" %in% which && x$dendrogram$k > 1
  refuse_idle(
    c(criteria = !is.null(criteria) && !"criteria" %in% which),
    "They are for the panel {.val criteria}.", call
  )
  if (!tree) {
    names <- names(match.call(expand.dots = FALSE)$...)
    refuse_idle(
      stats::setNames(rep(TRUE, length(names)), names),
      "{.arg ...} is for the tree, which is not drawn.", call
    )
  }
  criteria <- check_drawn_criteria(criteria, x, call)
  on_device(list(), function(divided) {
    if (tree) {
      plot(x$dendrogram, ...)
    }
    if ("criteria" %in% which) {
      draw_criteria(x, criteria)
    }
  }, call, function() {
    divided <- tree && "criteria" %in% which &&
      identical(graphics::par("mfrow"), c(1L, 1L))
    if (divided) {
      graphics::layout(matrix(1:2, 1L), widths = c(1.15, 1))
      graphics::par(cex = 1)
    }
    divided
  })
  invisible(x)
}

#' @rdname plot.sgmoe_selection
#' @export
plot.sgmoe_stream_selection <- plot.sgmoe_selection

#' @noRd
check_drawn_criteria <- function(criteria, selection,
                                 call = rlang::caller_env()) {
  choices <- intersect(names(criterion_colours), names(selection$path))
  if (is.null(criteria)) {
    return(union(
      c("HQ", "BIC", "AIC"), intersect(selection$criterion, choices)
    ))
  }
  check_some(criteria, "criteria", choices, call)
}

#' Criteria above their minima, one a column. DSC is a mean over rows and not a
#' sum as the others are: it is multiplied by 2 n / log(n).
#' @noRd
relative_criteria <- function(selection, criteria) {
  values <- as.matrix(selection$path[criteria])
  n <- stats::nobs(selection)
  sums <- ifelse(criteria == "DSC", 2 * n / log(max(n, 3)), 1)
  values <- values * rep(sums, each = nrow(values))
  if (selection$dendrogram$refine && !all(selection$path$spurious)) {
    values[selection$path$spurious, ] <- NA # not considered
  }
  least <- apply(values, 2L, min, Inf, na.rm = TRUE)
  background <- selection$background$value
  if (!is.null(background) && selection$criterion %in% criteria) {
    least[[selection$criterion]] <- background # it was chosen as less than all
  }
  values - rep(least, each = nrow(values))
}

criterion_colours <- c(
  HQ = "grey10", BIC = "#0072B2", AIC = "#D55E00", ICL = "#009E73",
  DSC = "#CC79A7", CV = "#E69F00"
)

#' @noRd
draw_criteria <- function(selection, criteria) {
  path <- selection$path
  values <- sqrt(relative_criteria(selection, criteria))
  colours <- criterion_colours[criteria]
  ylim <- c(0, max(values, na.rm = TRUE) * 1.03)
  if (ylim[[2L]] == 0) {
    ylim <- c(0, 1)
  }
  graphics::par(mar = c(3.4, root_margin(ylim), 2, 0.5))
  graphics::plot.new()
  graphics::plot.window(range(path$k) + c(-0.2, 0.2), ylim)
  graphics::axis(1, path$k)
  draw_root_axis(ylim, "criterion minus its minimum")
  with_background <- !is.null(selection$background) &&
    selection$criterion %in% criteria
  graphics::title(xlab = paste0(
    "experts", if (with_background) " (diamond: with background)"
  ))
  graphics::abline(v = selection$k, lty = 2, col = "grey40")
  # The one that decides is a broad line, below others that may be close to it.
  for (name in c(intersect(criteria, selection$criterion), setdiff(
    criteria, selection$criterion
  ))) {
    value <- values[, name]
    width <- if (name == selection$criterion) 4 else 1.25
    graphics::lines(
      path$k, value,
      col = colours[[name]], lwd = width, lty = match(name, criteria)
    )
    least <- which.min(value)
    graphics::points(
      path$k, value,
      pch = ifelse(seq_along(value) == least, 19, 21), bg = "white",
      col = colours[[name]]
    )
  }
  if (with_background) {
    graphics::points(
      selection$k, 0,
      pch = 18, cex = 1.6, col = colours[[selection$criterion]]
    )
  }
  usr <- graphics::par("usr")
  graphics::legend(
    usr[[1L]], usr[[4L]], criteria,
    col = colours, lwd = ifelse(criteria == selection$criterion, 4, 1.25),
    lty = seq_along(criteria), horiz = TRUE, bty = "n", xpd = NA, yjust = 0,
    seg.len = 2.2, cex = 0.9, x.intersp = 0.6
  )
}
