# What a selection says of itself; of its fit, what the fit says.

#' @export
print.sgmoe_selection <- function(x, digits = 5L, ...) {
  cat(
    x$k, " expert", if (x$k > 1) "s", " of at most ", max(x$path$k),
    ", by ", x$criterion, "\n\n",
    sep = ""
  )
  print(format_path(x, digits), row.names = FALSE)
  if (any(x$path$spurious)) {
    cat("\n! an expert fits a few rows exactly, or has hardly any weight\n")
  }
  if (isTRUE(x$prequential)) {
    cat(
      "\nlogLik is prequential, of the ",
      format(nobs(stats::logLik(x$stream)), big.mark = ","),
      " rows that all levels learnt side by side.\n",
      sep = ""
    )
  }
  if (isFALSE(x$prequential)) {
    cat(
      "\nlogLik is of the rows to begin with; ",
      format(nobs(stats::logLik(x$stream)), big.mark = ","),
      " are learnt since.\n",
      sep = ""
    )
  }
  if (!is.null(x$background)) {
    cat(
      "\nWith ", x$k, " expert", if (x$k > 1) "s", " and a background of ",
      format_share(x$background$share), " of the rows, ", x$criterion, " is ",
      format_number(x$background$value, digits), "; the path is without one.\n",
      sep = ""
    )
  }
  invisible(x)
}

#' The path as text, with marks: * selected, ! spurious
#' @noRd
format_path <- function(selection, digits) {
  path <- selection$path
  shown <- setdiff(names(path), c("spurious", if (all(is.na(path$ICL))) "ICL"))
  table <- path[shown]
  table$height <- vapply(table$height, function(height) {
    if (is.na(height)) "-" else format(signif(height, 3L))
  }, "")
  numbers <- setdiff(shown, c("k", "height", "df"))
  table[numbers] <- lapply(table[numbers], function(column) {
    ifelse(is.na(column), "-", format_number(column, digits))
  })
  chosen <- path$k == selection$k & is.null(selection$background)
  marks <- paste0(
    ifelse(chosen, "*", " "), ifelse(path$spurious, "!", " ")
  )
  cbind(" " = marks, format(table))
}

#' Numbers with as many decimals as leave `digits` significant ones to the
#' largest
#' @noRd
format_number <- function(values, digits) {
  size <- max(1, abs(values), na.rm = TRUE)
  decimals <- max(0, digits - 1 - floor(log10(size)))
  formatC(values, decimals, format = "f")
}

#' The fit of a selection
#'
#' Methods of fits, such as `predict()`, `coef()`, `logLik()` (and with it `AIC()`
#' and `BIC()`), `residuals()` and `summary()`, answer for the `fit` of a
#' selection; [as.hclust()], [as.dendrogram()] and [cutree()] take its
#' `dendrogram`.
#'
#' @param object,x A selection from [select_experts()].
#' @param k Number of experts: `NULL`, the default, gives the selected fit;
#'   another number the fit of that level of the path, run to convergence (with
#'   the weights of a background, if one was found). That needs the data that
#'   the fit keeps.
#' @param ... For the methods of fits, otherwise not used.
#' @return For `as_sgmoe()`, an object of class `sgmoe`.
#' @examples
#' set.seed(1)
#' selection <- select_experts(dist ~ speed, cars, k = 3, ridge = 0.1)
#' as_sgmoe(selection, k = 2)
#' @export
as_sgmoe.sgmoe_selection <- function(object, k = NULL, ...) {
  call <- rlang::current_env()
  tree <- object$dendrogram
  if (!is.null(k)) {
    k <- check_number(k, "k", 1, TRUE, call, "argument", most = tree$k)
  }
  if (is.null(k) || k == object$k) {
    return(object$fit)
  }
  fit <- object$fit
  if (!is.null(object$streams)) {
    return(as_sgmoe(object$streams[[k]]))
  }
  require_model(fit, call)
  level <- tree$levels[[tree$k + 1L - k]]
  fit_level(
    fitted_problem(fit, call), level, fit$control, fit$call, TRUE, call
  )
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
predict.sgmoe_selection <- function(object, ...) {
  stats::predict(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
coef.sgmoe_selection <- function(object, ...) {
  stats::coef(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
logLik.sgmoe_selection <- function(object, ...) {
  stats::logLik(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
summary.sgmoe_selection <- function(object, ...) {
  summary(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
fitted.sgmoe_selection <- function(object, ...) {
  stats::fitted(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
residuals.sgmoe_selection <- function(object, ...) {
  stats::residuals(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
deviance.sgmoe_selection <- function(object, ...) {
  stats::deviance(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
df.residual.sgmoe_selection <- function(object, ...) {
  stats::df.residual(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
nobs.sgmoe_selection <- function(object, ...) {
  stats::nobs(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
formula.sgmoe_selection <- function(x, ...) {
  stats::formula(x$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
weights.sgmoe_selection <- function(object, ...) {
  stats::weights(object$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
tidy.sgmoe_selection <- function(x, ...) {
  generics::tidy(x$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
glance.sgmoe_selection <- function(x, ...) {
  generics::glance(x$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
augment.sgmoe_selection <- function(x, ...) {
  generics::augment(x$fit, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
as.hclust.sgmoe_selection <- function(x, ...) {
  stats::as.hclust(x$dendrogram, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
as.dendrogram.sgmoe_selection <- function(object, ...) {
  stats::as.dendrogram(object$dendrogram, ...)
}
