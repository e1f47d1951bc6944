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
#'
#' @param hints Bullets that name other families for such numbers, or NULL.
#' @param alone Is there one expert only, which cannot settle on a value?
#' @noRd
inform_discrete <- function(y, weights = NULL, hints = NULL, alone = FALSE) {
  used <- if (!is.null(weights)) weights > 0 else TRUE
  facts <- unlist(lapply(colnames(y), function(name) {
    describe_discrete(y[used, name], name, alone)
  }))
  if (length(facts)) {
    hints <- if (ncol(y) == 1L && length(hints)) c("i" = unname(hints))
    inform("discrete", c("!" = facts[[1L]], facts[-1L], hints))
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
#'
#' @param alone As in inform_discrete().
#' @noRd
describe_discrete <- function(y, name, alone = FALSE) {
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
        "For classes use {.code factor(%s)}%s.", escape_braces(name),
        if (alone) {
          ""
        } else {
          ": with so few values the standard deviation of an expert may shrink
           to nothing"
        }
      )
    ))
  }
  if (alone) {
    return(NULL)
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
  # The most frequent, three at most.
  shown <- utils::head(
    order(-ifelse(repeated, counts$rows, 0)), min(3L, sum(repeated))
  )
  where <- ifelse(
    values[shown] == max(values), ", its largest value (capped?)",
    ifelse(values[shown] == min(values), ", its smallest value", "")
  )
  c(
    sprintf("Response %s is %s of the rows.", label, paste0(
      "exactly ", format_each(values[shown], 6), where, ", in ",
      format_each(100 * share[shown], 2), "%",
      collapse = " and "
    )),
    "i" = "An expert may settle on one such value alone, with hardly any standard
           deviation: then the log-likelihood says little. Model these rows
           apart, for instance as a class of their own."
  )
}

#' Numbers as text, each with its own significant digits
#' @noRd
format_each <- function(values, digits) {
  vapply(signif(values, digits), format, "", digits = digits)
}

# Share of an expert's rows that have one value, which make it a point mass.
point_mass_share <- 0.95

#' For each expert: are nearly all of its rows of one value that many have?
#'
#' @param posterior n x K.
#' @noRd
experts_on_one_value <- function(y, posterior, weights = NULL) {
  weighted <- if (length(weights)) posterior * weights else posterior
  total <- colSums(weighted)
  found <- logical(ncol(posterior))
  for (j in seq_len(ncol(y))) {
    counts <- table_of_values(y[, j])
    often <- counts$value[counts$rows >= repeated_rows &
      counts$rows >= repeated_share_at_ends * nrow(y)]
    at <- match(y[, j], often)
    here <- which(!is.na(at))
    if (length(here)) {
      share <- rowsum(weighted[here, , drop = FALSE], at[here])
      most <- apply(share, 2L, max)
      found <- found | (total > 0 & most >= point_mass_share * total)
    }
  }
  found
}

#' Distinct values and the number of rows that have them
#' @noRd
table_of_values <- function(y) {
  runs <- rle(sort(y))
  list(value = runs$values, rows = runs$lengths)
}
