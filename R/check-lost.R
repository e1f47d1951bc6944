# Does a stored blueprint know every column that its formula is computed from?

#' Columns that a blueprint has lost
#'
#' Without one its formula would be said to lack a column that new data have.
#' Only what is surely a variable is looked at: names that stand alone or in plain
#' arithmetic, and are neither constants that the blueprint keeps nor were left out.
#' @noRd
lost_columns <- function(blueprint) {
  kept <- c(names(blueprint$columns), blueprint$left_out)
  terms <- blueprint$frame_terms
  # Not those of weights and offset, which may be vectors from where the fit was made.
  used <- plain_names(attr(terms, "variables"))
  Filter(function(name) {
    constant <- get0(name, environment(terms))
    is.null(constant) || is.function(constant)
  }, setdiff(used, kept))
}

#' Names of variables in plain arithmetic; other calls may give names a meaning
#' of their own
#' @noRd
plain_names <- function(expression) {
  names <- Filter(is.symbol, operands(expression, arithmetic))
  unique(vapply(names, as.character, ""))
}

#' @noRd
arithmetic <- c(
  "list", "cbind", "I", "(", "+", "-", "*", "/", "^", "log", "log1p", "exp",
  "sqrt", "abs", "offset", "factor", "poly", "scale"
)
