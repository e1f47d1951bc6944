# The values of a covariate at which effects are looked at.

#' The values of a covariate that the fit knows: levels of factors and texts,
#' FALSE and TRUE, numbers of which the formula makes a factor
#'
#' In a part of the data some may not occur: the contrasts are those of the fit
#' all the same. What is unknown to the fit is taken from the data.
#'
#' @param column The covariate in the data.
#' @noRd
contrast_values <- function(fit, name, column) {
  if (is.logical(column)) {
    return(c(FALSE, TRUE))
  }
  known <- factor_levels(fit$blueprint, name)
  if (is.null(known)) {
    return(separate_values(column))
  }
  if (is.factor(column)) {
    return(factor(known, known, ordered = is.ordered(column)))
  }
  if (is.character(column)) {
    return(known)
  }
  values <- suppressWarnings(as.numeric(known))
  if (is.numeric(column) && !anyNA(values)) values else separate_values(column)
}

#' The levels of the first factor that the formula makes of a column alone, or
#' NULL
#' @noRd
factor_levels <- function(blueprint, name) {
  of_it <- vapply(names(blueprint$xlevels), function(factor) {
    identical(all.vars(str2lang(factor)), name)
  }, NA)
  known <- blueprint$xlevels[of_it]
  if (length(known)) known[[1L]]
}

#' The values that a covariate takes, levels of factors without rows left out
#' @noRd
separate_values <- function(column) {
  values <- column[!duplicated(column)]
  values[order(values)]
}

#' Evaluate something over a covariate: at even values from its least to its
#' largest, or at those that occur where they are labels, or the formula makes a
#' factor of them
#'
#' @param column The covariate in the data.
#' @param points Number of even values.
#' @param evaluate A function of values of the covariate.
#' @noRd
over_covariate <- function(column, points, evaluate) {
  distinct <- separate_values(column)
  if (is_labels(column)) {
    return(evaluate(distinct))
  }
  ends <- range(as.numeric(column))
  line <- ends[[1L]] + diff(ends) * seq(0, 1, length.out = points)
  # Not a rounding error beyond, where a spline may have no value.
  line[[points]] <- ends[[2L]]
  tryCatch(
    evaluate(numbers_like(line, column)),
    sgmoe_error_unseen_level = function(error) evaluate(distinct)
  )
}

#' Numbers as dates, times or time differences, if a column is of these
#'
#' Their own arithmetic would round (dates, to days), or lose the class.
#' @noRd
numbers_like <- function(numbers, column) {
  if (inherits(column, c("Date", "POSIXct", "difftime"))) {
    for (name in c("class", "units", "tzone")) {
      attr(numbers, name) <- attr(column, name, exact = TRUE)
    }
  }
  numbers
}
