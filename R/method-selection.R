# What a selection says of the choice; otherwise it is the fit, or the stream.

#' @export
print.sgmoe_selection <- function(x, digits = 5L, ...) {
  check_stored(x)
  cat(
    x$k, " expert", if (x$k > 1) "s", " of at most ", max(x$path$k),
    ", by ", x$criterion, describe_regimes(x), "\n\n",
    sep = ""
  )
  print(format_path(x, digits), row.names = FALSE)
  if (any(x$path$spurious)) {
    cat("\n! an expert fits a few rows exactly, or has hardly any weight\n")
  }
  if (any(x$point_mass)) {
    cat("\n", describe_flags(x, "point_mass"), sep = "")
  }
  if (is.null(x$prequential)) {
    cat(describe_rough_levels(x), describe_adjusted_levels(x), sep = "")
  } else {
    rows <- format_large(nobs(stats::logLik(x)))
    cat("\nlogLik is ", if (x$prequential) {
      paste(
        "prequential, of the", rows,
        "rows that streams with all numbers of experts learnt.\n"
      )
    } else {
      paste0("of the rows to begin with; ", rows, " are learnt since.\n")
    }, sep = "")
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

#' How many experts are separate, where that is another number
#' @noRd
describe_regimes <- function(x) {
  if (isTRUE(x$regimes < x$k)) {
    paste0("; separate regimes, by ICL: ", x$regimes)
  }
}

#' Which models have less log-likelihood than one of fewer experts?
#' @noRd
describe_rough_levels <- function(x) {
  path <- x$path[order(x$path$k), ]
  below <- cummax(path$logLik) - path$logLik
  rough <- path$k[which(below > same_maximum * x$nobs)]
  if (length(rough)) {
    paste0(
      "\nFits with ", paste(rough, collapse = ", "), " experts have less log-likelihood than one of\n",
      "fewer: no maxima of theirs, so that their criteria say little.\n"
    )
  }
}

#' Which criteria are not those of the log-likelihood beside them?
#' @noRd
describe_adjusted_levels <- function(x) {
  path <- x$path
  apart <- abs(path$AIC - 2 * path$df + 2 * path$logLik)
  adjusted <- path$k[which(apart > 1e-6 * abs(path$AIC))]
  if (length(adjusted)) {
    paste0(
      "\nCriteria for ", paste(sort(adjusted), collapse = ", "),
      " experts count point masses at another\nvariance, see ?select_experts.\n"
    )
  }
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
#' @param least The least that counts as the largest.
#' @noRd
format_number <- function(values, digits, least = 1) {
  size <- max(least, abs(values[is.finite(values)]))
  decimals <- max(0, digits - 1 - floor(log10(size)))
  formatC(values, decimals, format = "f")
}

#' @export
print.sgmoe_stream_selection <- print.sgmoe_selection

#' Fits with other numbers of experts from a selection
#'
#' A selection is a fit (or, of a stream, a stream): all methods of
#' fits answer for it, see [select_experts()]. `as_sgmoe()` gives the plain fit,
#' or that with another number of experts; [as.hclust()] and [as.dendrogram()] give the tree
#' that the choice was made in, the field `dendrogram`; `update()` of a selection
#' selects again, with changed arguments of [select_experts()].
#'
#' @param object,x A selection from [select_experts()].
#' @param k Number of experts: `NULL`, the default, gives the selected fit;
#'   another number the fit of the path with that number, run to convergence (with
#'   the weights of a background, if one was found). That needs the data that
#'   the fit keeps. Of a stream, the fit that the stream with that number reports.
#' @param formula. A formula to change that of the call, as in [update()].
#' @param evaluate Evaluate the new call? `FALSE` returns it.
#' @param ... For `update()`, arguments of [select_experts()] to change.
#' @return For `as_sgmoe()`, an object of class `sgmoe`.
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' selection <- select_experts(dist ~ speed, cars, k_max = 3, ridge = 0.1)
#' as_sgmoe(selection, k = 2)
#' @export
as_sgmoe.sgmoe_selection <- function(object, k = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "as_sgmoe", call)
  tree <- object$dendrogram
  if (!is.null(k)) {
    k <- check_number(k, "k", 1, TRUE, call, "argument", most = tree$k)
  }
  fit <- plain_fit(object)
  if (is.null(k) || k == fit$k) {
    return(fit)
  }
  require_model(fit, call)
  level <- tree$levels[[tree$k + 1L - k]]
  control <- fit$control
  control$ridge <- object$sgmoe_ridge %||% control$ridge
  fit_level(fitted_problem(fit, call), level, control, fit$call, TRUE, call)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
as_sgmoe.sgmoe_stream_selection <- function(object, k = NULL, ...) {
  check_stored(object)
  refuse_dots(list(...), "as_sgmoe")
  if (is.null(k)) {
    return(as_sgmoe(plain_stream(object)))
  }
  k <- check_number(
    k, "k", 1, TRUE,
    what = "argument", most = object$dendrogram$k
  )
  as_sgmoe(object$levels[[k]])
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
update.sgmoe_selection <- function(object, formula., ..., evaluate = TRUE) {
  check_stored(object)
  evaluate <- check_flag(evaluate, "evaluate", what = "argument")
  call <- stored_call(object)
  caller <- parent.frame()
  given <- call$object
  if (is.name(given)) {
    given <- find_or_null(given, caller)
  }
  # (A call that would fit anew is not evaluated for this.)
  by_formula <- is.call(given) && identical(given[[1L]], quote(`~`)) ||
    (is.null(given) || is.function(given)) && !is.null(call$data)
  changes <- as.list(match.call(expand.dots = FALSE)$...)
  if (!missing(formula.)) {
    if (!by_formula) {
      abort("argument", c(
        "This selection was made from a fit, and the formula is part of it.",
        "i" = "Change the fit, and select again."
      ))
    }
    changes$object <- stats::update.formula(stats::formula(object), formula.)
  }
  call[names(changes)] <- changes
  if (!evaluate) {
    call
  } else if (by_formula) {
    evaluate_again(object, call, names(changes), caller, rlang::current_env())
  } else {
    eval(call, caller)
  }
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
as.hclust.sgmoe_selection <- function(x, ...) {
  check_stored(x)
  stats::as.hclust(x$dendrogram, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
as.hclust.sgmoe_stream_selection <- as.hclust.sgmoe_selection

#' @rdname as_sgmoe.sgmoe_selection
#' @export
as.dendrogram.sgmoe_selection <- function(object, ...) {
  check_stored(object)
  stats::as.dendrogram(object$dendrogram, ...)
}

#' @rdname as_sgmoe.sgmoe_selection
#' @export
as.dendrogram.sgmoe_stream_selection <- as.dendrogram.sgmoe_selection
