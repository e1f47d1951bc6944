# Pictures of trees of experts.

#' Plot a dendrogram of experts, or the choice of a number of experts
#'
#' @details
#' The tree's leaves are the experts of the overfitted fit with their weights,
#' the field `weight` of [expert_dendrogram()]. Heights are on a
#' square-root scale, since the last merges cost many times what the first do;
#' a merge below the one before it is drawn a little above it. The dashed line
#' is the selected cut: branches that it crosses are the selected experts, and
#' have the colours that [plot.sgmoe()] gives them. A dotted line crosses as many
#' branches as there are separate regimes by ICL, if these are fewer or more:
#' experts below one of them describe the distribution around one regression.
#'
#' The criteria are drawn relative to their least values, on a square-root
#' scale, too, without the levels that were not considered (`spurious`); a
#' filled point marks each minimum of the path, a vertical line the selected
#' number, and a diamond the value with a background for outliers, if there is
#' one.
#'
#' @param x A dendrogram from [expert_dendrogram()], or a selection from
#'   [select_experts()]. (Its experts and gate: `plot(as_sgmoe(selection))`.)
#' @param k Number of experts to cut the tree into. `NULL`, the default, takes
#'   the selected number, if there is one.
#' @param which Of a selection, `"tree"`, `"criteria"`, or both (the default),
#'   side by side.
#' @param criteria Which criteria to draw: of `"HQ"`, `"BIC"`, `"AIC"`,
#'   `"ICL"` and `"DSC"`. The default is the first three and that of the
#'   selection.
#' @param object The same as `x`, for [ggplot2::autoplot()].
#' @param col Colours, one for each expert of the cut; see [plot.sgmoe()].
#' @param main Title of the tree.
#' @param ... Of a dendrogram, `ylab` and graphical parameters as in
#'   [graphics::par()]; of a selection, these, `col` and `main` for the tree.
#'   Anything else is an error, and so is what no panel drawn looks at.
#' @return `plot()`: `x`, invisibly. `autoplot()`: a ggplot, which needs the
#'   package ggplot2.
#' @section Errors: `sgmoe_error_tree` for a single expert,
#'   `sgmoe_error_argument`, `sgmoe_error_graphics` for what base graphics refuse.
#' @family pictures
#' @examples
#' set.seed(1)
#' data <- simulate_moe(1000, k = 2, p = 1, gate_scale = 3)
#' selection <- select_experts(y ~ x1, data, k_max = 5)
#' plot(selection)
#' plot(selection$dendrogram, k = 3)
#' @name plot.sgmoe_selection
NULL

#' @rdname plot.sgmoe_selection
#' @export
plot.expert_dendrogram <- function(x, k = NULL, col = NULL, main = NULL, ...) {
  check_stored(x)
  call <- rlang::current_env()
  require_tree(x, call)
  cut <- check_cut(k, x, call)
  draw_alone(list(...), function(labels) {
    draw_tree(x, cut, col, main, labels, call)
  }, call, "ylab")
  invisible(x)
}

#' The number of experts to cut a tree into: given, selected, or `NULL`
#' @noRd
check_cut <- function(k, tree, call = rlang::caller_env()) {
  if (is.null(k)) {
    return(tree$selected)
  }
  check_number(k, "k", 1, TRUE, call, "argument", most = tree$k)
}

#' Where the lines of a tree run
#'
#' @return list(lines, leaves, cut_height, regime_height): a data frame of lines
#'   (x0, y0, x1, y1, node: the node below an upright, the merge of a bar), leaf
#'   positions in the order of experts, and heights between the merges of the cut
#'   and of the regimes (`NA` without one, or where these are the cut). Heights
#'   are square roots.
#' @noRd
tree_lines <- function(tree, cut = NULL) {
  height <- drawn_heights(tree)
  leaves <- match(seq_len(tree$k), tree$order)
  position <- numeric(nrow(tree$merge))
  at <- function(node) if (node < 0) leaves[[-node]] else position[[node]]
  top <- function(node) if (node < 0) 0 else height[[node]]
  lines <- NULL
  for (step in seq_len(nrow(tree$merge))) {
    pair <- tree$merge[step, ]
    x <- c(at(pair[[1L]]), at(pair[[2L]]))
    position[[step]] <- mean(x)
    lines <- rbind(lines, data.frame(
      x0 = c(x, x[[1L]]),
      y0 = c(top(pair[[1L]]), top(pair[[2L]]), height[[step]]),
      x1 = c(x, x[[2L]]), y1 = height[[step]], node = c(pair, step)
    ))
  }
  between <- function(experts) {
    if (is.null(experts)) {
      return(NA_real_)
    }
    done <- tree$k - experts # merges below the line
    below <- if (done > 0) height[[done]] else 0
    above <- if (done < length(height)) height[[done + 1L]] else 1.1 * below
    (below + above) / 2
  }
  regimes <- tree$regimes
  if (!is.null(cut) && !is.null(regimes) && regimes == cut) {
    regimes <- NULL
  }
  list(
    lines = lines, leaves = leaves, cut_height = between(cut),
    regime_height = between(regimes)
  )
}

#' Square roots of the heights; merges that do not rise are drawn a little above
#' those before them, so that one can see who merged with whom
#' @noRd
drawn_heights <- function(tree) {
  height <- sqrt(rising_heights(tree))
  flat <- diff(c(0, height)) <= 0
  height + cumsum(flat) * 0.012 * max(height)
}

#' The expert of the cut that each node belongs to; 0 for nodes above it
#'
#' Where their average gate probabilities are known, experts have the numbers
#' that they have in the fit of that level.
#' @noRd
cut_of_nodes <- function(tree, cut) {
  level <- tree$levels[[tree$k + 1L - cut]]
  members <- level$members
  if (!is.null(level$gate_share)) {
    members <- members[order(-level$gate_share)]
  }
  function(node) {
    own <- cluster_members(node, tree)
    inside <- vapply(members, function(one) all(own %in% one), NA)
    if (any(inside)) which(inside) else 0L
  }
}

#' Colours of lines and leaves: those of the cut's experts, below it
#'
#' @param parts The branch of each leaf.
#' @noRd
tree_colours <- function(tree, parts, cut, col, call = rlang::caller_env()) {
  colours <- list(
    lines = rep("grey20", nrow(parts$lines)), leaves = rep("grey20", tree$k)
  )
  if (is.null(cut)) {
    return(colours)
  }
  own <- expert_colours(cut, col, call)
  of_node <- cut_of_nodes(tree, cut)
  index <- vapply(parts$lines$node, of_node, 0L)
  colours$lines[index > 0] <- own[index[index > 0]]
  colours$leaves <- own[vapply(-seq_len(tree$k), of_node, 0L)]
  colours
}

#' @noRd
draw_tree <- function(tree, cut, col, main, labels,
                      call = rlang::caller_env()) {
  parts <- tree_lines(tree, cut)
  names <- leaf_labels(tree)
  ylim <- c(0, max(parts$lines$y1, parts$regime_height, na.rm = TRUE) * 1.03)
  # Many leaves have small labels.
  width <- graphics::par("fin")[[1L]] - 1
  size <- min(0.9, width / (1.1 * tree$k * graphics::par("cin")[[2L]]))
  graphics::par(mar = c(
    0.8 + 0.55 * size * max(nchar(names)), root_margin(ylim),
    if (is.null(main)) 0.8 else 2.2, 0.5
  ))
  graphics::plot.new()
  graphics::plot.window(c(0.5, tree$k + 0.5), ylim)
  draw_root_axis(
    ylim, labels$ylab %||% height_label(tree)
  )
  graphics::title(main = main)
  colours <- tree_colours(tree, parts, cut, col, call)
  lines <- parts$lines
  graphics::segments(
    lines$x0, lines$y0, lines$x1, lines$y1,
    col = colours$lines, lwd = 2
  )
  if (!is.na(parts$cut_height)) {
    graphics::abline(h = parts$cut_height, lty = 2, col = "grey40")
  }
  if (!is.na(parts$regime_height)) {
    graphics::abline(h = parts$regime_height, lty = 3, col = "grey40")
  }
  for (i in seq_len(tree$k)) {
    graphics::axis(
      1, parts$leaves[[i]], names[[i]],
      las = 2, tick = FALSE, line = -0.4, col.axis = colours$leaves[[i]],
      cex.axis = size
    )
  }
}

#' @noRd
height_label <- function(tree) {
  if (tree$dissimilarity == "likelihood") {
    "log-likelihood lost per row"
  } else {
    "distance of atoms"
  }
}

#' A vertical axis of square roots with labels of what they are roots of
#' @noRd
draw_root_axis <- function(ylim, label) {
  ticks <- root_ticks(ylim)
  graphics::axis(2, ticks$at, ticks$labels)
  graphics::box(bty = "l")
  graphics::title(ylab = label, line = root_margin(ylim) - 1.2)
}

#' @noRd
root_ticks <- function(ylim) {
  at <- pretty(ylim, 5)
  value <- unique(signif(at[at >= 0]^2, 1))
  labels <- vapply(value, format, "", scientific = 6)
  list(at = sqrt(value), labels = labels)
}

#' Room for the labels of such an axis, in lines
#' @noRd
root_margin <- function(ylim) {
  2.4 + 0.5 * max(nchar(root_ticks(ylim)$labels))
}
