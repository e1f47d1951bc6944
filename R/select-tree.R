# Small questions to a tree of experts.

#' Heights that never fall, as trees must have them
#' @noRd
rising_heights <- function(tree) {
  cummax(pmax(tree$height, 0))
}

#' Leaf labels: expert and weight
#' @noRd
leaf_labels <- function(tree) {
  paste0(tree$labels, " (", format_share(tree$weight), ")")
}

#' @noRd
format_share <- function(share) {
  ifelse(share < 0.001, "<0.1%", paste0(
    trimws(formatC(100 * share, digits = 2, format = "fg")), "%"
  ))
}

#' The fit's experts in a node
#' @noRd
cluster_members <- function(node, tree) {
  if (node < 0L) {
    return(-node)
  }
  sort(unlist(lapply(tree$merge[node, ], cluster_members, tree = tree)))
}

#' @noRd
require_tree <- function(tree, call = rlang::caller_env()) {
  if (tree$k < 2) {
    abort("tree", c(
      "A tree needs at least two experts; here is only one.",
      "i" = "Fit with more experts than seem necessary."
    ), call)
  }
}

#' Leaves from left to right, so that no lines cross
#' @noRd
merge_order <- function(merge) {
  if (nrow(merge) == 0L) {
    return(1L)
  }
  leaves <- function(node) {
    if (node < 0L) {
      return(-node)
    }
    c(leaves(merge[node, 1L]), leaves(merge[node, 2L]))
  }
  leaves(nrow(merge))
}
