# Separation: coefficients whose estimates are not finite.

#' The blocks of logits whose coefficients have no finite estimate, and the
#' covariate along which each grows most, such as
#' c(gate = "x1", "expert2[b]" = "x3"), or NULL. Of an expert, the class that
#' moves most is named.
#'
#' @param description What describe_rows() gives, with information.
#' @noRd
diverging_blocks <- function(description, parameters, problem) {
  spec <- problem$spec
  row <- row_weight(problem)
  # Experts without rows of their own have no information for another reason
  # than separation.
  own <- which(description$posterior >= 2 * row)
  found <- NULL
  gate <- if (length(own) > 1L) {
    diverging_direction(
      description$gate_block, parameters$gate, own, problem$weight, row,
      spec$basis$gate$intercept
    )
  }
  if (!is.null(gate)) {
    found <- c(gate = used_columns(spec, "gate")[[gate$column]])
  }
  classes <- length(spec$responses)
  # Only experts for labels are blocks of logits, a column for each.
  blocks <- if (has_part(spec, "classify")) description$expert_blocks
  labels <- block_labels(spec)
  for (k in intersect(own, seq_along(blocks))) {
    direction <- diverging_direction(
      blocks[[k]],
      parameters$expert[, (k - 1L) * classes + seq_len(classes), drop = FALSE],
      seq_len(classes),
      description$posterior[[k]], row, spec$basis$expert$intercept
    )
    if (!is.null(direction)) {
      found <- c(found, stats::setNames(
        used_columns(spec, "expert")[[direction$column]],
        labels[[direction$class, k]]
      ))
    }
  }
  found
}

#' The direction in which the likelihood of a logit block rises for ever, or
#' NULL
#'
#' Where a block tells its classes (of the gate, the experts) apart with
#' certainty, its information sum u (diag(p) - pp') (x) x x' vanishes. Its
#' eigenvectors, relative to the spread of the covariates, are directions of
#' unit variance. One with an eigenvalue below a hundredth of a row, along which
#' the coefficients are large and yet less than a third of their standard error,
#' is one in which the likelihood rises for ever. (A sharp gate with a finite
#' estimate has large coefficients and little information, but coefficients of
#' several standard errors. Where only one level of a factor separates, the
#' block diverges in that level's direction alone.)
#'
#' `own` are the classes to look at, `weight` the sum of u.
#' @noRd
diverging_direction <- function(block, coefficients, own, weight, row,
                                intercept) {
  p <- nrow(coefficients)
  classes <- ncol(coefficients)
  spread <- chol_or_null(block$gram / weight)
  if (is.null(spread) || length(block$information) == 0L) {
    return(NULL)
  }
  # The information has the last class as its reference; without that one, the
  # blocks of the classes that count, less one of them, are a part of it.
  reference <- if (classes %in% own) classes else own[[1L]]
  free <- setdiff(own, reference)
  keep <- as.vector(outer(seq_len(p), (free - 1L) * p, `+`))
  information <- block$information[keep, keep, drop = FALSE]
  unit <- kronecker(diag(length(free)), backsolve(spread, diag(p)))
  decomposition <- eigen(crossprod(unit, information %*% unit), TRUE)
  size <- as.vector(crossprod(
    decomposition$vectors,
    as.vector(spread %*% (coefficients[, free] - coefficients[, reference]))
  ))
  diverges <- decomposition$values < 0.01 * row & abs(size) > 5 &
    size^2 * decomposition$values < 0.1
  if (!any(diverges)) {
    return(NULL)
  }
  last <- which.max(abs(size) * diverges)
  direction <- matrix(unit %*% decomposition$vectors[, last], p)
  by_class <- matrix(0, p, classes)
  by_class[, free] <- direction
  by_class <- by_class - rowMeans(by_class)
  size_by <- colSums(abs(by_class))
  by_column <- rowSums(abs(direction))
  if (intercept && p > 1L) {
    by_column[[1L]] <- 0
  }
  # Of two classes that move alike, the one that is not the reference.
  list(
    column = which.max(by_column),
    class = max(which(size_by > (1 - 1e-6) * max(size_by)))
  )
}

#' What the logits of every expert and class are called, "expert2[b]": a row for
#' each class, a column for each expert
#' @noRd
block_labels <- function(spec) {
  outer(spec$responses, seq_len(spec$k), function(class, k) {
    paste0("expert", k, "[", class, "]")
  })
}

#' The experts that diverge, in the order of `diverging`; NA for the gate
#' @noRd
diverging_experts <- function(fit) {
  col(block_labels(fit$spec))[match(
    names(fit$diverging), block_labels(fit$spec)
  )]
}

#' What diverges after the experts were put in another order
#'
#' @param diverging As a fit has it.
#' @param order The old numbers of the experts.
#' @noRd
relabel_diverging <- function(diverging, spec, order) {
  labels <- block_labels(spec)
  moved <- labels
  moved[, order] <- labels
  at <- match(names(diverging), labels)
  names(diverging)[!is.na(at)] <- moved[at[!is.na(at)]]
  diverging
}
