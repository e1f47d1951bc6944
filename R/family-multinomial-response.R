# Responses that are classes: a factor, character or logical vector, numbers
# that stand for classes, or a matrix with a column of counts for each class.

#' Refuse a response that multinomial experts cannot have
#' @noRd
check_class_response <- function(response, name, call = rlang::caller_env()) {
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
             {signif(known[known != round(known)][[1L]], 6)}.",
      "i" = if (all(known >= 0 & known <= 1)) {
        "If it is the share of successes in a number of trials, give both counts:
         {.code cbind(successes, failures)}, without {.arg weights}."
      } else {
        "Use {.code cut()} to make classes of it, {.code cbind()} to give
         counts of classes, or {.code family = \"gaussian\"}."
      }
    ), call)
  }
  invisible(response)
}

#' @noRd
check_counts <- function(counts, name, call = rlang::caller_env()) {
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
read_classes <- function(response, expression, weights = NULL,
                         keep_levels = FALSE, call = rlang::caller_env()) {
  name <- deparse1(expression)
  counts <- NCOL(response) > 1L
  if (counts) {
    y <- response_matrix(response, expression)
    refuse_empty_rows(y, name, call)
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
  if (!counts) {
    check_many_classes(classes, response, name, call)
  }
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
             {.arg weights}.",
      "i" = bar_hint(name)
    ), call)
  }
  if (!keep_levels) {
    warn_of_classes(setdiff(classes, present), known[!occurs], name, call)
  }
  values <- if (counts) {
    y[, occurs, drop = FALSE]
  } else {
    matrix(as.double(match(codes, which(occurs)) - 1L), length(response))
  }
  list(
    values = values, names = classes, levels = known,
    kind = if (counts) "counts" else "labels"
  )
}

#' Refuse classes that have next to no rows, as numbers that were read as text or a
#' label of rows have: they would cost minutes and predict nothing. Say so of text
#' that has very many.
#' @noRd
check_many_classes <- function(classes, response, name, call = rlang::caller_env()) {
  count <- length(classes)
  rows <- length(response)
  numbers <- "If it holds numbers, look for a value that is none, and use
              {.code as.numeric()}"
  if (count > max(50, rows / 2)) {
    abort("many_classes", c(
      "Response {.code {name}} has {count} classes in {rows} rows.",
      "i" = paste0(numbers, "; if it is a label of rows, choose another column.")
    ), call)
  }
  if (is.character(response) && count > max(20, rows / 10)) {
    inform("many_levels", c(
      "!" = "Response {.code {name}} is text with {count} different values in {rows}
             rows, and each is a class.",
      "i" = paste0(numbers, ".")
    ))
  }
}

#' Refuse more than two classes where binomial() was asked for: glm() would take the
#' first against all others
#'
#' @param glm The name of the family of glm(), or NULL.
#' @noRd
check_two_classes <- function(glm, blueprint, call = rlang::caller_env()) {
  classes <- blueprint$response_names
  if (!identical(glm, "binomial") || length(classes) < 3L) {
    return(invisible())
  }
  name <- deparse1(blueprint$response_call)
  abort("response_type", c(
    "{.code family = binomial} is for two classes, and {.code {name}} has
     {length(classes)}.",
    "x" = "They are {.val {some_of(classes)}}.",
    "i" = "For all of them, use {.code family = \"multinomial\"}.",
    "i" = if (blueprint$response_kind == "labels") {
      "For the first against all others, as {.fn glm} takes it, make the response
       {.code {name} != {encodeString(classes[[1L]], quote = '\"')}}."
    }
  ), call)
}

#' Refuse rows without a single count
#' @noRd
refuse_empty_rows <- function(y, name, call = rlang::caller_env()) {
  empty <- which(rowSums(y) == 0)
  if (length(empty)) {
    abort("counts", c(
      "Every row of {.code {name}} needs a positive count.",
      "x" = "{length(empty)} row{?s} {?has/have} none; the first is row
             {empty[[1L]]} of those used.",
      "i" = "Leave such rows out with {.arg subset}."
    ), call)
  }
}

#' Warn of classes of which no row says anything
#'
#' @param weightless Classes with rows of weight zero only.
#' @param absent Declared classes without a row.
#' @noRd
warn_of_classes <- function(weightless, absent, name,
                            call = rlang::caller_env()) {
  if (length(weightless)) {
    warn("empty_class", c(
      "{cli::qty(length(weightless))}Class{?es} {.val {some_of(weightless)}} of
       {.code {name}} {cli::qty(length(weightless))}{?has/have} no row with a
       positive weight: {?its/their} coefficients have no finite estimate.",
      "i" = "Leave such rows out with {.arg subset}."
    ), call)
  }
  if (length(absent)) {
    warn("empty_class", c(
      "{cli::qty(length(absent))}Class{?es} {.val {some_of(absent)}} of
       {.code {name}} {cli::qty(length(absent))}{?has/have} no row and {?is/are}
       left out of the model.",
      "i" = "{.code droplevels()} makes this explicit."
    ), call)
  }
}

#' The response of new data in the classes of the fit; NA stays NA
#' @noRd
replay_classes <- function(response, blueprint, call = rlang::caller_env()) {
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
  matrix(as.double(match(value, classes) - 1L), ncol = 1L) # also of no rows
}

#' Rows of class numbers (1 for the first class) or counts, for update_matrix()
#' @noRd
read_class_numbers <- function(y, blueprint, call = rlang::caller_env()) {
  columns <- length(blueprint$response_names)
  if (blueprint$response_kind == "counts") {
    y <- as_number_rows(y, columns, call)
    check_counts(y, "y", call)
    empty <- which(rowSums(y) == 0)
    if (length(empty)) {
      abort("counts", c(
        "Every row of {.arg y} needs a positive count.",
        "x" = "Row {empty[[1L]]} has none."
      ), call)
    }
    return(y)
  }
  codes <- if (is.numeric(y)) {
    as.double(y)
  } else if (!is.atomic(y)) {
    0 # no class
  } else {
    as.double(replay_classes(y, blueprint, call)) + 1
  }
  fine <- codes >= 1 & codes <= columns & codes == round(codes)
  if (!all(fine, na.rm = TRUE)) {
    abort("unseen_level", c(
      "{.arg y} must hold the numbers of classes, 1 to {columns}.",
      "x" = "It holds {codes[which(!fine)[[1L]]]}."
    ), call)
  }
  matrix(codes - 1, ncol = 1L)
}

#' Observations in each row
#' @noRd
class_counts <- function(y) {
  if (ncol(y) > 1L) rowSums(y) else rep(1, nrow(y))
}

#' Which classes have rows?
#' @noRd
classes_with_rows <- function(y, names) {
  if (ncol(y) > 1L) {
    return(colSums(y) > 0)
  }
  tabulate(y + 1L, length(names)) > 0L
}

#' The design without classes that have no row
#' @noRd
drop_classes <- function(design, seen) {
  design$blueprint$response_names <- design$blueprint$response_names[seen]
  if (ncol(design$y) > 1L) {
    design$y <- design$y[, seen, drop = FALSE]
  } else {
    design$y[] <- cumsum(seen)[design$y + 1L] - 1
  }
  if (!is.null(design$offset)) {
    design$offset <- design$offset[, seen, drop = FALSE]
  }
  design
}

#' Parameters with the classes of which a pilot of `rows` rows had none
#'
#' Every expert gives them the probability of about half a row in the pilot,
#' everywhere.
#'
#' @param seen For each class: had the pilot rows of it?
#' @noRd
add_classes <- function(parameters, spec, seen, rows) {
  rare <- -log(2 * rows)
  own <- lapply(seq_len(spec$k), function(i) {
    logits <- matrix(0, nrow(parameters$expert), length(seen))
    columns <- (i - 1L) * sum(seen) + seq_len(sum(seen))
    logits[, seen] <- parameters$expert[, columns]
    logits[1L, !seen] <- rare
    logits - rowMeans(logits)
  })
  parameters$expert <- do.call(cbind, own)
  parameters
}
