# Responses that are classes: a factor, character or logical vector, numbers
# that stand for classes, or a matrix with a column of counts for each class.

#' Refuse a response that multinomial experts cannot have
#' @noRd
check_class_response <- function(response, name, call = NULL) {
  shape <- length(dim(response))
  if (is_labels(response) && shape < 2L) {
    if (anyNA(levels(response))) {
      abort("response_type", c(
        "The classes of {.code {name}} include NA, made by {.fn addNA}.",
        "i" = "Give the level a name, such as \"unknown\"."
      ), call)
    }
    return(invisible(response))
  }
  numeric <- is.numeric(response) && !is_integer64(response) ||
    is.logical(response)
  if (!numeric || shape > 2L || shape == 2L && ncol(response) == 1L) {
    abort("response_type", c(
      "Multinomial experts need classes.",
      "x" = "{.code {name}} is of type {kind_of(response)}.",
      "i" = "Give a factor, or a matrix of counts with a column for each class."
    ), call)
  }
  known <- response[is.finite(response)]
  if (shape == 2L) {
    check_counts(response, name, call)
  } else if (any(known != round(known))) {
    abort("response_type", c(
      "Multinomial experts need classes.",
      "x" = "{.code {name}} is numeric with values that are not whole, such as
             {known[known != round(known)][[1L]]}.",
      "i" = "Use {.code cut()} to make classes of it, {.code cbind()} to give
             counts of classes, or {.code family = \"gaussian\"}."
    ), call)
  }
  invisible(response)
}

#' @noRd
check_counts <- function(counts, name, call = NULL) {
  bad <- which(rowSums(counts < 0, na.rm = TRUE) > 0)
  if (length(bad)) {
    abort("counts", c(
      "The counts in {.code {name}} must not be negative.",
      "x" = "Row {bad[[1L]]} has a negative one.",
      "i" = "For several numeric responses, use {.code family = \"gaussian\"}."
    ), call)
  }
}

#' The classes that occur, and the response as the core takes it: a column of
#' class numbers from zero, or a column of counts for each class; `levels` are
#' all that predicted classes have as levels
#'
#' A class that occurs in no row is left out, with a warning, unless
#' `keep_levels`.
#' @noRd
class_response <- function(response, expression, weights = NULL,
                           keep_levels = FALSE, call = NULL) {
  name <- deparse1(expression)
  counts <- NCOL(response) > 1L
  if (counts) {
    y <- response_matrix(response, expression)
    empty <- which(rowSums(y) == 0)
    if (length(empty)) {
      abort("counts", c(
        "Every row of {.code {name}} needs a positive count.",
        "x" = "{length(empty)} {?has/have} none, the first is row {empty[[1L]]}
               of those used.",
        "i" = "Leave such rows out with {.arg subset}."
      ), call)
    }
    known <- colnames(y)
    occurs <- colSums(y) > 0
  } else {
    known <- if (is.factor(response)) {
      levels(response)
    } else {
      as.character(sort(unique(as.vector(response))))
    }
    codes <- match(as.character(response), known)
    occurs <- tabulate(codes, length(known)) > 0L
  }
  if (keep_levels) {
    occurs[] <- TRUE
  }
  classes <- known[occurs]
  counting <- if (is.null(weights)) TRUE else weights > 0
  present <- if (counts) {
    known[colSums(y[counting, , drop = FALSE]) > 0]
  } else {
    known[sort(unique(codes[counting]))]
  }
  if (length(present) < 2L) {
    abort("one_class", c(
      "Response {.code {name}} has a single class.",
      "x" = "It is {.val {present}} in all rows
             {if (is.null(weights)) 'used' else 'with a positive weight'}.",
      "i" = "There is nothing to learn: check the column, {.arg subset} and
             {.arg weights}."
    ), call)
  }
  weightless <- setdiff(classes, present)
  if (length(weightless) && !keep_levels) {
    warn("empty_class", c(
      "{cli::qty(length(weightless))}Class{?es} {.val {some_of(weightless)}} of
       {.code {name}} {cli::qty(length(weightless))}{?has/have} no row with a
       positive weight: {?its/their} coefficients have no finite estimate.",
      "i" = "Leave such rows out with {.arg subset}."
    ), call)
  }
  if (!all(occurs)) {
    warn("empty_class", c(
      "{cli::qty(sum(!occurs))}Class{?es} {.val {some_of(known[!occurs])}} of
       {.code {name}} {cli::qty(sum(!occurs))}{?has/have} no row and {?is/are}
       left out of the model.",
      "i" = "{.code droplevels()} makes this explicit."
    ), call)
  }
  values <- if (counts) {
    y[, occurs, drop = FALSE]
  } else {
    matrix(as.double(match(codes, which(occurs)) - 1L), length(response))
  }
  list(values = values, classes = classes, levels = known)
}

#' The response of new data in the classes of the fit; NA stays NA
#' @noRd
replay_classes <- function(response, blueprint, call = NULL) {
  classes <- blueprint$response_names
  name <- deparse1(blueprint$response_call)
  if (blueprint$response_kind == "counts") {
    check_counts(response, name, call)
    y <- response_matrix(response, blueprint$response_call)
    absent <- setdiff(colnames(y), classes)
    unseen <- absent[colSums(y[, absent, drop = FALSE], na.rm = TRUE) > 0]
    refuse_unseen(unseen, classes, name, "Response", call)
    return(y[, classes, drop = FALSE])
  }
  value <- as.character(response)
  refuse_unseen(
    setdiff(value[!is.na(value)], classes), classes, name, "Response", call
  )
  matrix(as.double(match(value, classes) - 1L), length(value))
}

#' @noRd
refuse_unseen <- function(unseen, known, name, what = "Factor", call = NULL) {
  if (length(unseen) == 0L) {
    return(invisible())
  }
  abort("unseen_level", c(
    "{what} {.code {name}} has
     {if (length(unseen) > 1L) 'levels' else 'a level'} that the fit did not
     see.",
    "x" = "New: {.val {some_of(unseen)}}.",
    "i" = "Known: {.val {some_of(known)}}."
  ), call)
}

#' Does a fit, problem or blueprint have classes as its response?
#' @noRd
has_classes <- function(x) {
  x$family == "multinomial"
}

#' The response as an n x M matrix: indicators of classes, shares of counts, or
#' the numbers themselves
#' @noRd
response_shares <- function(y, fit) {
  if (!has_classes(fit)) {
    return(y)
  }
  classes <- length(fit$responses)
  if (ncol(y) == 1L) {
    shares <- matrix(0, nrow(y), classes)
    known <- !is.na(y[, 1L])
    shares[cbind(which(known), y[known, 1L] + 1L)] <- 1
    shares[!known, ] <- NA
  } else {
    shares <- y / rowSums(y)
  }
  colnames(shares) <- fit$responses
  shares
}

#' How much each row of the response counts: its case weight, times its number
#' of counts
#' @noRd
response_weights <- function(y, weights, fit) {
  total <- if (has_classes(fit) && ncol(y) > 1L) rowSums(y) else rep(1, nrow(y))
  if (is.null(weights)) total else total * weights
}

#' The most probable class, the first of equals, with the levels of the data
#' @noRd
most_probable <- function(probability, blueprint) {
  factor(
    blueprint$response_names[largest_column(probability)],
    blueprint$class_levels,
    ordered = blueprint$class_order
  )
}

#' The first of the largest columns of each row; NA for rows with an NA
#' @noRd
largest_column <- function(values) {
  best <- rep(NA_integer_, nrow(values))
  known <- !is.na(rowSums(values))
  best[known] <- max.col(values[known, , drop = FALSE], "first")
  best
}
