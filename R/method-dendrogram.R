# What a dendrogram of experts says of itself, and the trees of other packages.

#' @importFrom stats as.hclust
#' @export
as.hclust.expert_dendrogram <- function(x, ...) {
  check_stored(x)
  refuse_dots(list(...), "as.hclust")
  require_tree(x)
  structure(list(
    merge = x$merge, height = rising_heights(x), order = x$order,
    labels = x$labels, method = x$dissimilarity,
    dist.method = "experts", call = quote(expert_dendrogram(fit))
  ), class = "hclust")
}

#' @importFrom stats as.dendrogram
#' @export
as.dendrogram.expert_dendrogram <- function(object, ...) {
  stats::as.dendrogram(stats::as.hclust(object), ...)
}

#' @export
labels.expert_dendrogram <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "labels")
  object$labels
}

#' @export
print.expert_dendrogram <- function(x, digits = 3L, ...) {
  check_stored(x)
  cat(
    "Dendrogram of ", x$k, " expert", if (x$k > 1) "s", ", ",
    if (x$dissimilarity == "likelihood") {
      "merged by the log-likelihood lost"
    } else {
      "merged by distance of atoms"
    },
    if (x$refine) " and refined", "\n",
    sep = ""
  )
  if (x$k > 1) {
    cat("\n")
    print(summary.expert_dendrogram(x), digits = digits, row.names = FALSE)
  }
  if (!is.null(x$selected)) {
    cat("\nSelected: ", x$selected, " expert", if (x$selected > 1) "s",
      if (!is.null(x$regimes) && x$regimes != x$selected) {
        paste0("; ", x$regimes, " separate by ICL")
      }, "\n",
      sep = ""
    )
  }
  invisible(x)
}

#' @export
summary.expert_dendrogram <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "summary")
  steps <- seq_along(object$height)
  described <- vapply(steps, function(step) {
    parts <- lapply(object$merge[step, ], cluster_members, tree = object)
    paste(vapply(parts, paste, "", collapse = "+"), collapse = ", ")
  }, "")
  before <- object$k + 1L - steps
  data.frame(
    experts = before, merged = described, left = before - 1L,
    height = object$height,
    logLik = vapply(object$levels[steps + 1L], function(level) {
      level$log_likelihood
    }, 0)
  )
}

#' Coefficients of the merged experts of a dendrogram
#'
#' @param object A dendrogram from [expert_dendrogram()].
#' @param k The number of experts. The default is the selected one, or
#'   else all of them.
#' @param ... Not used.
#' @return A named vector, as [coef.sgmoe()] gives it for a fit with `k`
#'   experts: they are in the order of their average gate probabilities, if the
#'   dendrogram was made with data.
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 3, starts = 1, ridge = 0.1)
#' coef(expert_dendrogram(fit), k = 1)
#' @export
coef.expert_dendrogram <- function(object, k = NULL, ...) {
  check_stored(object)
  refuse_dots(list(...), "coef")
  k <- k %||% object$selected %||% object$k
  k <- check_number(k, "k", 1, TRUE, what = "argument", most = object$k)
  level <- object$levels[[object$k + 1L - k]]
  parameters <- level$parameters
  if (!is.null(level$gate_share)) {
    # The order that a fit of this level would have.
    parameters <- permute_parameters(parameters, order(-level$gate_share))
  }
  user_coefficients(parameters, with_experts(object$spec, k))
}
