# Few experts from two sides: the walk down, and short fits of their own.
#
# A walk that merged the wrong experts early ends in poor models of few experts,
# and separate fits miss what a walk finds. So levels of two and three experts
# start from each other: the walk's, a short fit of its own, and of two experts
# the merge of the better three.

# Levels with two routes.
two_routes <- c(3, 2)

#' A path whose models of two and three experts are the better of two routes
#'
#' Merges stay those of the walk; their heights, if they are losses of
#' log-likelihood, are those between the levels as they are now.
#' @noRd
second_route <- function(path, problem, rule, control, report,
                         call = rlang::caller_env()) {
  top <- problem$spec$k
  problem <- walk_problem(problem)
  changed <- FALSE
  for (k in two_routes[two_routes < top]) {
    at <- top + 1L - k
    here <- with_experts(problem, k)
    run <- fit_overfitted(here, control, report, call)
    others <- list(run$parameters)
    if (changed) {
      above <- with_experts(problem, k + 1)
      merge <- cheapest_merge(
        screening_problem(above), path$levels[[at - 1L]], rule, control, report
      )
      others <- c(others, list(merge$parameters))
    }
    others <- lapply(others, function(parameters) {
      refine_level(here, parameters, rule, control, report)
    })
    for (other in others) {
      if (better_level(other, path$levels[[at]], here)) {
        path$levels[[at]] <- match_level(
          other, path$levels[[at]], here, control
        )
        changed <- TRUE
      }
    }
  }
  if (changed && rule$dissimilarity == "likelihood") {
    path$merges <- loss_heights(path, problem)
  }
  path
}

#' Is a level better than another of as many experts?
#'
#' A likelihood that an expert on a few rows makes is none.
#' @noRd
better_level <- function(level, than, problem) {
  odd <- vapply(list(level, than), function(one) {
    any(spurious_in_level(one, problem))
  }, NA)
  if (odd[[1L]] != odd[[2L]]) {
    return(odd[[2L]])
  }
  level$log_likelihood > than$log_likelihood + 1e-6 * problem$weight
}

#' A level with its experts in the order of those of another that they share
#' most rows with: of large data, of some
#'
#' @param to The other level, of as many experts.
#' @noRd
match_level <- function(level, to, problem, control) {
  problem <- screening_problem(problem)
  order <- matching_order(
    posterior_of(problem, to$parameters, control)$posterior,
    posterior_of(problem, level$parameters, control)$posterior, 1
  )
  level$parameters <- permute_parameters(level$parameters, order)
  for (field in c("gate_share", "starved", "floored", "expert_weight")) {
    level[[field]] <- level[[field]][order]
  }
  level
}

#' The merges of a path, their heights the losses of log-likelihood per row
#' @noRd
loss_heights <- function(path, problem) {
  log_likelihood <- vapply(path$levels, `[[`, 0, "log_likelihood")
  losses <- -diff(log_likelihood) / problem$weight
  Map(function(merge, height) {
    merge$height <- height
    merge
  }, path$merges, losses)
}
