# Stored objects: trees and selections.

#' @noRd
check_stored_tree <- function(tree) {
  ensure(inherits(tree, "expert_dendrogram"), "the dendrogram")
  k <- tree$k
  ensure(is_whole(k, 1, 1e6), "the number of experts")
  merge <- tree$merge
  # Every leaf and every merge but the last is merged once, after it was made.
  members <- if (k > 1) as.integer(setdiff(seq(-k, k - 2), 0))
  ensure(is.integer(merge) && identical(dim(merge), c(as.integer(k) - 1L, 2L)) &&
    setequal(merge, members) && !anyDuplicated(c(merge)) &&
    all(merge < row(merge)), "merge")
  ensure(
    are_doubles(tree$height) && length(tree$height) == k - 1 &&
      all(is.finite(tree$height)), "height"
  )
  ensure(
    is.numeric(tree$order) && identical(sort(tree$order), seq_len(k)) &&
      identical(tree$order, merge_order(merge)), "order"
  )
  ensure(are_words(tree$labels, k), "labels")
  ensure(are_numbers(tree$weight, k, 0), "weight")
  ensure(
    are_words(tree$dissimilarity, 1L) &&
      tree$dissimilarity %in% c("voronoi", "likelihood") &&
      are_words(tree$atom_weight, 1L) &&
      tree$atom_weight %in% c("intercept", "average") &&
      are_flags(tree$refine) && are_flags(tree$standardise), "its rule"
  )
  ensure(is.null(tree$selected) || is_whole(tree$selected, 1, k), "selected")
  ensure(is.null(tree$regimes) || is_whole(tree$regimes, 1, k), "regimes")
  check_stored_spec(tree$spec)
  ensure(is.list(tree$levels) && length(tree$levels) == k, "levels")
  for (i in seq_len(k)) {
    level <- tree$levels[[i]]
    ensure(is_whole(level$k, 1) && level$k == k + 1 - i, "levels")
    check_stored_level(level, tree)
  }
}

#' @noRd
check_stored_level <- function(level, tree) {
  reached <- level$log_likelihood
  ensure(
    length(reached) == 1L && is.numeric(reached) && !is.nan(reached) &&
      !is.infinite(reached), "levels"
  )
  ensure(is.list(level$members) && length(level$members) == level$k &&
    identical(sort(unlist(level$members)), seq_len(tree$k)), "members")
  ensure(is.null(level$gate_share) ||
    are_numbers(level$gate_share, level$k, 0), "levels")
  check_stored_parameters(level$parameters, with_experts(tree$spec, level$k))
}

#' @noRd
check_stored_selection <- function(selection) {
  check_stored_tree(selection$dendrogram)
  check_stored_path(selection)
  own <- selection$sgmoe_ridge
  ensure(
    is.null(own) || identical(own, "auto") || are_numbers(own, 1L, 0), "ridge"
  )
  ensure(is.null(selection$call) || is.call(selection$call), "call")
  check_stored_fit(plain_fit(selection))
}

#' @noRd
check_stored_stream_selection <- function(selection) {
  check_once(selection$dendrogram, check_stored_tree)
  check_stored_path(selection)
  levels <- selection$levels
  ensure(
    is.list(levels) && length(levels) == selection$dendrogram$k, "levels"
  )
  for (k in seq_along(levels)) {
    ensure(
      inherits(levels[[k]], "sgmoe_stream") && levels[[k]]$k == k, "levels"
    )
    check_once(steady_parts(levels[[k]]), check_stored_stream)
  }
  own <- levels[[selection$k]]
  same <- setdiff(names(own), "call")
  ensure(
    identical(unclass(selection)[same], unclass(own)[same]),
    "its stream is not that of the chosen level"
  )
  ensure(
    are_flags(selection$prequential) &&
      is_path(selection$start$path, length(levels)) &&
      are_numbers(selection$start$weight, 1L, 0), "start"
  )
}

#' Is this a table with a row for each number of experts?
#'
#' @param columns That it must have beside k and log-likelihood.
#' @noRd
is_path <- function(path, most, columns = character()) {
  is.data.frame(path) &&
    identical(as.double(path$k), as.double(seq_len(most))) &&
    all(c(columns, "logLik") %in% names(path)) &&
    all(vapply(path[names(path) != "spurious"], is.numeric, NA)) &&
    all(lengths(unclass(path)) == nrow(path)) &&
    !any(is.infinite(path$logLik)) && are_criteria(path)
}

#' All criteria are made of one log-likelihood, and finite where it is
#'
#' It is not where every expert is a point mass; DSC and ICL may be unknown.
#' @noRd
are_criteria <- function(path) {
  infinite <- lapply(unclass(path), is.infinite)
  identical(infinite$AIC, infinite$BIC) && identical(infinite$HQ, infinite$BIC) &&
    !any(infinite$DSC) && !any(infinite$ICL & !infinite$BIC)
}

#' @noRd
check_stored_path <- function(selection) {
  path <- selection$path
  ensure(
    is_path(
      path, selection$dendrogram$k, c("height", "df", "spurious")
    ) && are_flags(path$spurious, nrow(path)), "path"
  )
  ensure(
    are_words(selection$criterion, 1L) &&
      selection$criterion %in% c(names(path), "prequential"), "criterion"
  )
  ensure(is_whole(selection$k, 1, selection$dendrogram$k), "k")
  ensure(
    is.null(selection$regimes) || identical(selection$regimes, NA_integer_) ||
      is_whole(selection$regimes, 1, selection$dendrogram$k), "regimes"
  )
  own <- selection$background
  ensure(
    is.null(own) || is.list(own) && are_numbers(own$share, 1L, 0, 1) &&
      are_numbers(own$value), "background"
  )
}
