# Rows that show all that a formula can meet in a source: one for each level,
# and such that no response is constant. The blueprint of the whole is made
# from them, as if they were the data.

# First rows that are taken as they come.
first_witnesses <- 50L
# Distinct numbers that a response may have, to be taken as classes.
most_classes <- 200L

#' @noRd
new_witness <- function() {
  witness <- new.env(parent = emptyenv())
  witness$rows <- list()
  witness$seen <- new.env(parent = emptyenv())
  witness$count <- 0L
  witness$classes <- 0L
  witness
}

#' Take the rows of a chunk that show something new
#'
#' @param witness What new_witness() gave.
#' @param rows The rows of the chunk that the fit uses, with the columns of the
#'   source.
#' @param frame Their model frame.
#' @param classes May the response be numbers that stand for classes?
#' @noRd
note_chunk <- function(witness, rows, frame, classes) {
  weights <- stats::model.weights(frame)
  counts <- if (is.null(weights)) TRUE else weights > 0
  texts <- Filter(is_text, c(
    as.list(rows), unclass(frame)[covariate_names(frame)]
  ))
  new <- unlist(lapply(names(texts), function(name) {
    new_labels(witness, name, texts[[name]])
  }))
  new <- c(new, new_responses(witness, frame[[1L]], counts, classes))
  if (witness$count < first_witnesses) {
    new <- c(new, seq_len(min(nrow(rows), first_witnesses - witness$count)))
  }
  new <- sort(unique(new))
  if (length(new)) {
    witness$rows <- c(witness$rows, list(rows[new, , drop = FALSE]))
    witness$count <- witness$count + length(new)
  }
}

#' @noRd
is_text <- function(value) {
  is.factor(value) || is.character(value)
}

#' The first row of each label that was not seen before
#'
#' @param witness What new_witness() gave.
#' @param values Labels.
#' @param among Rows that count.
#' @noRd
new_labels <- function(witness, name, values, among = TRUE) {
  if (is.factor(values)) {
    own <- as.integer(values)
    own[!among] <- NA
    codes <- which(!duplicated(own) & !is.na(own))
    labels <- levels(values)[own[codes]]
  } else {
    own <- as.character(values)
    own[!among] <- NA
    codes <- which(!duplicated(own) & !is.na(own))
    labels <- own[codes]
  }
  keys <- paste0(name, "\r", labels)[seq_along(labels)]
  fresh <- !vapply(keys, exists, NA, envir = witness$seen, inherits = FALSE)
  for (key in keys[fresh]) {
    assign(key, TRUE, witness$seen)
  }
  codes[fresh]
}

#' Rows that show a class, a value other than the first, or a count
#'
#' @param witness What new_witness() gave.
#' @param counts Which rows have a positive weight?
#' @param classes May numbers stand for classes?
#' @noRd
new_responses <- function(witness, response, counts, classes) {
  if (is_text(response) || is.logical(response)) {
    return(c(
      new_labels(witness, "class", response, counts),
      new_labels(witness, "weightless class", response)
    ))
  }
  counts <- rep_len(counts, NROW(response))
  if (!any(counts)) {
    return(integer())
  }
  columns <- as.matrix(response)
  new <- which(counts)[[1L]]
  for (j in seq_len(ncol(columns))) {
    first <- paste("first", j)
    if (!exists(first, witness$seen, inherits = FALSE)) {
      assign(first, columns[new[[1L]], j], witness$seen)
    }
    values <- columns[, j]
    kinds <- cbind(values != get(first, witness$seen), values != 0)
    labels <- c("other", "positive")
    for (kind in seq_along(labels)) {
      key <- paste(labels[[kind]], j)
      here <- which(kinds[, kind] & counts)
      if (length(here) && !exists(key, witness$seen, inherits = FALSE)) {
        assign(key, TRUE, witness$seen)
        new <- c(new, here[[1L]])
      }
    }
  }
  # Only the very first chunk must have its first row.
  if (length(witness$rows)) {
    new <- new[-1L]
  }
  if (classes && ncol(columns) == 1L && witness$classes <= most_classes) {
    labels <- new_labels(witness, "number", columns[, 1L], counts)
    witness$classes <- witness$classes + length(labels)
    new <- c(new, labels)
  }
  new
}

#' The witnesses as a data frame
#' @noRd
witness_rows <- function(witness) {
  data <- do.call(rbind, witness$rows)
  row.names(data) <- NULL
  data
}
