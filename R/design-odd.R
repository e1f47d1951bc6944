# Responses that normal distributions describe badly: few values, counts, one
# value that many rows share. They are found before a fit, because afterwards
# all that shows is a variance at its floor.

#' Tell the user what is odd about the values of a numeric response
#'
#' A normal density on a repeated value has no upper bound: an expert that
#' settles there is a point mass, and its likelihood says nothing.
#'
#' `y` is the response matrix, its columns named; `weights` may be `NULL`. Raises
#' a message of class `sgmoe_message_discrete`, at most one for all columns.
#' @noRd
inform_discrete <- function(y, weights = NULL) {
  used <- if (!is.null(weights)) weights > 0 else TRUE
  facts <- unlist(lapply(colnames(y), function(name) {
    describe_discrete(y[used, name], name)
  }))
  if (length(facts)) {
    inform("discrete", c("!" = facts[[1L]], facts[-1L]))
  }
}

# A value that so large a share of the rows have, and at least so many rows, is
# no accident in a continuous response; at the ends of the range fewer rows tell.
repeated_share <- 0.05
repeated_share_at_ends <- 0.02
repeated_rows <- 10
# So few distinct values are labels or grades rather than measurements.
few_values <- 10

#' What is odd about one response, as bullets of a message; `NULL` if nothing
#' @noRd
describe_discrete <- function(y, name) {
  n <- length(y)
  counts <- table_of_values(y)
  values <- counts$value
  label <- paste0("{.code ", escape_braces(name), "}")
  if (length(values) <= few_values && n >= 5 * length(values)) {
    return(c(
      sprintf(
        "Response %s takes only %d values (%s).", label, length(values),
        paste(format(values, digits = 4, trim = TRUE), collapse = ", ")
      ),
      "i" = sprintf(
        "For classes use {.code factor(%s)}: with so few values the standard
         deviation of an expert may shrink to nothing.",
        escape_braces(name)
      )
    ))
  }
  share <- counts$rows / n
  at_end <- values == min(values) | values == max(values)
  repeated <- counts$rows >= repeated_rows &
    share >= ifelse(at_end, repeated_share_at_ends, repeated_share) &
    # Values that are rounded, so that all repeat, are not meant.
    counts$rows >= 3 * stats::quantile(counts$rows, 0.9)
  if (!any(repeated)) {
    return(NULL)
  }
  first <- which.max(ifelse(repeated, counts$rows, 0))
  where <- if (values[[first]] == max(values)) {
    ", its largest value"
  } else if (values[[first]] == min(values)) {
    ", its smallest value"
  } else {
    ""
  }
  c(
    sprintf(
      "Response %s is exactly %s%s, in %s%% of the rows.", label,
      format(values[[first]], digits = 6), where,
      format(signif(100 * share[[first]], 2))
    ),
    "i" = "An expert may settle on that value alone, with hardly any standard
           deviation: then the log-likelihood says little. Model these rows
           apart, for instance as a class of their own."
  )
}

#' Distinct values and the number of rows that have them
#' @noRd
table_of_values <- function(y) {
  runs <- rle(sort(y))
  list(value = runs$values, rows = runs$lengths)
}

#' Text that cli must not take for markup
#' @noRd
escape_braces <- function(text) {
  gsub("}", "}}", gsub("{", "{{", text, fixed = TRUE), fixed = TRUE)
}
