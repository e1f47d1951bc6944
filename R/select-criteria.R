# Criteria on a path of models, one for each number of experts.

#' The table of a path: what each level costs and explains
#'
#' All but DSC are minus twice the log-likelihood and a penalty:
#' AIC 2 d, HQ 3 d log log n, BIC d log n, ICL BIC and twice the entropy of the
#' posteriors, d the number of parameters (and `more`). DSC is -(h + log(n)
#' times the mean log-likelihood), h the height of the merge that ends the level, on
#' the scale of the heights (`standardise`); it is undefined for one expert.
#'
#' HQ is Hannan and Quinn's (1979) with their constant at 3/2, where consistency
#' needs more than 1. What an expert too many gains in likelihood grows like
#' log log n at most, because its place is free (Azaïs, Gassiat and Mercadier
#' 2009); BIC's log n guards against more, and misses small experts.
#'
#' Point masses, experts on one value of the response, have densities without
#' meaning: in the criteria they have those of the other experts' width.
#' @noRd
path_table <- function(path, problem, standardise, more = 0) {
  k <- vapply(path$levels, `[[`, 0, "k")
  log_likelihood <- vapply(path$levels, `[[`, 0, "log_likelihood")
  entropy <- vapply(path$levels, `[[`, 0, "entropy")
  n <- problem$weight
  df <- vapply(k, function(k) {
    count_parameters(with_experts(problem$spec, k)) + more
  }, 0)
  height <- c(vapply(path$merges, `[[`, 0, "height"), NA_real_)
  constant <- scale_constant(problem$spec, n)
  on_scale <- if (standardise) {
    log_likelihood
  } else {
    log_likelihood + constant
  }
  log_likelihood <- log_likelihood + constant
  meant <- log_likelihood - point_mass_gains(path$levels, problem)
  bic <- -2 * meant + log(n) * df
  table <- data.frame(
    k = as.integer(k), height = height, logLik = log_likelihood, df = df,
    DSC = -(height + log(n) * on_scale / n),
    AIC = -2 * meant + 2 * df,
    HQ = -2 * meant + 3 * df * log(log(max(n, 16))),
    BIC = bic, ICL = bic + 2 * entropy,
    spurious = vapply(path$levels, function(level) {
      any(spurious_in_level(level, problem))
    }, NA)
  )
  table <- table[order(table$k), ]
  rownames(table) <- NULL
  table
}

#' What the log-likelihoods of levels owe to point masses being narrower than other
#' experts; infinite for a level that has no others
#'
#' "Usual" is the mean variance of the others in the smallest level that has a point
#' mass: that of each level's own others falls as they split, and would pay for it.
#' @noRd
point_mass_gains <- function(levels, problem) {
  variance <- lapply(levels, function(level) {
    spec <- with_experts(problem$spec, level$k)
    if (any(level$point_mass)) family_of(spec)$sigma(level$parameters, spec)^2
  })
  experts <- vapply(levels, `[[`, 0, "k")
  usual <- NULL
  for (i in order(experts)) {
    at <- levels[[i]]$point_mass
    if (is.null(usual) && any(at) && !all(at)) {
      other <- !at
      rows <- levels[[i]]$expert_weight[other]
      usual <- colSums(rows * variance[[i]][other, , drop = FALSE]) / sum(rows)
    }
  }
  mapply(function(level, variance) {
    at <- level$point_mass
    if (!any(at)) {
      return(0)
    }
    if (all(at)) {
      return(Inf)
    }
    narrower <- log(rep(usual, each = level$k) / variance) / 2
    sum((level$expert_weight * pmax(narrower, 0))[at, ])
  }, levels, variance)
}

#' Which experts of a level have a likelihood that means nothing?
#'
#' One that is frozen for want of weight or has no more rows than parameters
#' (three rows lie near some line by chance), or with its variance at the floor
#' on fewer than ten rows for each of its coefficients: more than a fit is asked
#' for (`spurious_experts()`), because the floor alone can win a criterion.
#' @noRd
spurious_in_level <- function(level, problem) {
  least <- row_weight(problem) * (n_columns(problem$spec, "expert") + 2)
  few <- level$expert_weight < least
  level$starved | few | spurious_experts(
    level$floored, level$expert_weight, problem$spec,
    rows = 10
  )
}

#' The number of experts with the least value of a criterion
#'
#' Levels with a spurious expert count only if there are no others, and those
#' with less likelihood than fewer experts have, walks that failed, never. Of
#' equals, the fewest. Levels that were not `refined` are no fits: there the
#' least value counts, as published.
#' @noRd
choose_level <- function(table, criterion, refined = TRUE) {
  value <- table[[criterion]]
  if (refined) {
    value[table$spurious] <- Inf
    if (!any(is.finite(value))) {
      value <- table[[criterion]]
    }
    value[table$logLik < cummax(table$logLik) - 1] <- Inf
  }
  best <- which.min(value)
  if (length(best)) table$k[[best]] else 1L # DSC knows nothing of one expert
}

#' Levels that would have been chosen, were an expert in them not spurious
#' @noRd
passed_over <- function(table, criterion, k) {
  value <- table[[criterion]]
  table$k[table$spurious & value < value[[which(table$k == k)]]]
}
