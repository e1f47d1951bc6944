# Checks of single arguments and of columns of data.

#' @param whole Must it be a whole number?
#' @param hint A bullet on what to do, or NULL.
#' @noRd
check_number <- function(value, name, least, whole = FALSE,
                         call = rlang::caller_env(), what = "control",
                         most = if (whole) .Machine$integer.max else Inf,
                         hint = NULL) {
  number <- is.numeric(value) && length(value) == 1L && is.finite(value)
  fine <- number && value >= least && value <= most &&
    (!whole || value == round(value))
  if (!fine) {
    range <- if (number && value > most) {
      paste("at most", format(most))
    } else {
      paste("at least", format(least))
    }
    abort(what, c(
      "{.arg {name}} must be a {if (whole) 'whole '}number of {range}.",
      "x" = "It is {describe_value(value)}.",
      "i" = hint
    ), call)
  }
  as.double(value)
}

#' @param choices The values allowed, the first the default.
#' @noRd
check_choice <- function(value, name, choices, call = rlang::caller_env(),
                         what = "control") {
  if (identical(value, choices)) {
    return(choices[[1L]])
  }
  if (!is.character(value) || length(value) != 1L || !value %in% choices) {
    abort(what, c(
      "{.arg {name}} must be one of {.or {.val {choices}}}.",
      "x" = "It is {describe_value(value)}.",
      "i" = if (are_words(value, 1L)) {
        did_you_mean(value, choices)
      }
    ), call)
  }
  value
}

#' A hint at the choice that a word is nearest to, or NULL
#' @noRd
did_you_mean <- function(word, choices) {
  begun <- choices[startsWith(choices, word)]
  if (length(begun) == 1L && nchar(word) > 1L) {
    return(paste0("Did you mean \"", begun, "\"?"))
  }
  distance <- drop(utils::adist(word, choices, ignore.case = TRUE))
  if (min(distance) <= max(1, nchar(word) %/% 4L) &&
    min(distance) < nchar(word)) {
    paste0("Did you mean \"", choices[[which.min(distance)]], "\"?")
  }
}

#' @noRd
check_flag <- function(value, name, call = rlang::caller_env(),
                       what = "control") {
  if (!is.logical(value) || length(value) != 1L || is.na(value)) {
    abort(what, c(
      "{.arg {name}} must be TRUE or FALSE.",
      "x" = "It is {describe_value(value)}."
    ), call)
  }
  value
}

#' One level of intervals
#' @noRd
check_level <- function(level, name, call = rlang::caller_env()) {
  if (!are_numbers(level, 1L) || level <= 0 || level >= 1) {
    abort("argument", c(
      "{.arg {name}} must be one number between 0 and 1, such as 0.95.",
      "x" = "It is {describe_value(level)}.",
      "i" = if (length(level) > 1L) {
        "Ask for one level after another."
      } else if (are_numbers(level, 1L, 50, 99.999)) {
        "In percent {.arg {name}} would be {level}: write {level / 100}."
      }
    ), call)
  }
  level
}

#' A value as a message shows it
#' @noRd
describe_value <- function(value) {
  if (is.atomic(value) && length(value) == 1L) {
    quote <- if (is.character(value)) "\"" else ""
    return(encodeString(format(value), quote = quote))
  }
  paste0("of type ", kind_of(value), ", length ", length(value))
}

# Arguments by which other packages ask for standard errors and intervals.
inference_arguments <- c(
  "conf.int", "conf.level", "exponentiate", "interval", "level", "se", "se_fit",
  "se.fit"
)

#' Refuse the arguments in `...`, of a method that has none; `where` is its
#' generic
#' @noRd
refuse_dots <- function(dots, where, call = rlang::caller_env()) {
  if (length(dots) == 0L) {
    return(invisible())
  }
  unknown <- names(dots)
  if (is.null(unknown)) {
    unknown <- character(length(dots))
  }
  own <- argument_in_place(unknown, sys.function(sys.parent()))
  inference <- is.null(own) && any(unknown %in% inference_arguments)
  abort(if (inference) "unsupported" else "argument", c(
    if (all(nzchar(unknown))) {
      "{.fn {where}} has no argument {.or {.arg {unknown}}} here."
    } else {
      "{.fn {where}} has only named arguments here."
    },
    "i" = if (inference) {
      "Standard errors and intervals of coefficients are in {.fn vcov},
       {.fn confint} and {.code tidy(fit, conf.int = TRUE)}."
    } else {
      own
    },
    "i" = if (!inference) "See {.code ?{help_page(where)}}."
  ), call)
}

#' Which of a method's arguments is meant by a word that it has elsewhere, or NULL
#'
#' @param words The unknown arguments.
#' @param method The method, a function.
#' @noRd
argument_in_place <- function(words, method) {
  own <- names(elsewhere)[vapply(elsewhere, function(names) any(words %in% names), NA)]
  own <- intersect(own, names(formals(method)))
  if (length(own)) {
    word <- intersect(words, elsewhere[[own[[1L]]]])[[1L]]
    paste0("Write {.arg ", own[[1L]], "} in place of {.arg ", word, "}.")
  }
}

# What arguments of methods are called in other packages, by our names.
elsewhere <- list(
  p = c("probs", "prob", "quantiles", "quantile"), nsim = c("R", "B", "nboot"),
  level = c("conf.level", "conf", "conf_level", "ci"), vcov = "vcov.",
  newdata = c("data", "newx", "new_data"), conf.int = "conf_int",
  conf.level = c("level", "conf_level"), se_fit = "se.fit"
)

#' Where the help on a method is: that of a generic alone is R's
#' @noRd
help_page <- function(generic) {
  if (generic == "as.hclust") {
    return("expert_dendrogram")
  }
  paste0(generic, ".sgmoe")
}

#' @noRd
is_labels <- function(column) {
  is.factor(column) || is.character(column) || is.logical(column)
}

#' @param unseen Levels or classes that the fit does not know.
#' @param known Those that it knows.
#' @noRd
refuse_unseen <- function(unseen, known, name, what = "Factor",
                          call = rlang::caller_env()) {
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

#' The name of the i-th row of a frame, without making the names of all rows
#' @noRd
row_label <- function(frame, i) {
  as.character(attr(frame, "row.names")[[i]])
}

#' Refuse covariates that a model matrix cannot hold
#' @noRd
check_covariate <- function(value, name, call = rlang::caller_env()) {
  shape <- length(dim(value))
  fits <- is.atomic(value) && !is_integer64(value) &&
    (shape <= 1L || shape == 2L && is.numeric(value)) &&
    typeof(value) %in% c("double", "integer", "logical", "character")
  if (!fits) {
    abort("covariate_type", c(
      "Covariate {.code {name}} cannot enter a model matrix.",
      "x" = "It is of type {kind_of(value)}.",
      "i" = if (is_integer64(value)) {
        "Convert it with {.code as.numeric()}."
      } else {
        "Give a numeric, logical, factor, character or date column, or a
         numeric matrix."
      }
    ), call)
  }
}

#' Case weights: finite, not negative; NA is left to `na.action`, where there
#' is one (`may_miss`)
#' @noRd
check_weights <- function(weights, frame, call = rlang::caller_env(),
                          may_miss = TRUE) {
  if (is.null(weights)) {
    return(NULL)
  }
  weights <- as.double(weights)
  # A comparison with NA is NA, which which() leaves out.
  bad <- which(weights < 0 | weights == Inf | !may_miss & is.na(weights))
  if (length(bad)) {
    abort("weights", c(
      "{.arg weights} must be finite and not negative; {length(bad)}
       {?is/are} not.",
      "x" = "The first is that of row {row_label(frame, bad[[1L]])}, which is
             {signif(weights[[bad[[1L]]]], 6)}.",
      "i" = "Give a weight of 0 to a row that should not count."
    ), call)
  }
  weights
}

#' Case weights that come beside new data, for the rows of their design
#'
#' @param weights A value for each row of `newdata`.
#' @param design What replay_design() gives.
#' @noRd
check_new_weights <- function(weights, newdata, design,
                              call = rlang::caller_env()) {
  check_row_values(weights, "weights", nrow(newdata), call)
  check_weights(weights, design$frame, call, FALSE)
}

#' Refuse infinite values, naming the column as the user wrote it
#'
#' The sum of a column tells whether to look closer. NA and NaN are left to
#' `na.action`; a row that has one will not be fitted, so its other columns do
#' not matter.
#' @noRd
check_finite <- function(frame, call = rlang::caller_env()) {
  for (name in names(frame)) {
    column <- frame[[name]]
    if (!is.double(column)) {
      next
    }
    if (is.object(column)) {
      column <- unclass(column)
    }
    if (is.finite(sum(column))) {
      next
    }
    bad <- is.infinite(column)
    if (!any(bad)) {
      next
    }
    used <- !incomplete_rows(frame)
    rows <- which(rowSums(as.matrix(bad)) > 0 & used)
    if (length(rows)) {
      first <- as.matrix(column)[rows[[1L]], as.matrix(bad)[rows[[1L]], ]]
      abort("non_finite", c(
        "{.code {frame_label(name)}} is not finite in {length(rows)}
         row{?s}.",
        "x" = "The first is row {row_label(frame, rows[[1L]])}, where it is
               {first[[1L]]}.",
        "i" = "Correct these values, or leave the rows out."
      ), call)
    }
  }
  invisible(frame)
}

#' Rows with a missing value
#' @noRd
incomplete_rows <- function(frame) {
  incomplete <- logical(nrow(frame))
  for (column in frame) {
    if (anyNA(column)) {
      incomplete <- incomplete | rowSums(as.matrix(is.na(column))) > 0
    }
  }
  incomplete
}

#' @noRd
check_row_values <- function(value, what, rows, call = rlang::caller_env()) {
  if (is.null(value)) {
    return(invisible())
  }
  if (!is.numeric(value) || is_integer64(value)) {
    abort(what, c(
      "{.arg {what}} must be numeric.",
      "x" = "It is of type {kind_of(value)}."
    ), call)
  }
  if (NROW(value) != rows || what == "weights" && NCOL(value) != 1L) {
    abort(what, c(
      "{.arg {what}} must have one value for each row of the data.",
      "x" = "It has {length(value)} value{?s} for {rows} row{?s}."
    ), call)
  }
}

# Answers rather than errors -----------------------------------------------------

#' Finite numbers, `size` of them, between two bounds
#' @noRd
are_numbers <- function(x, size = 1L, least = -Inf, most = Inf) {
  is.numeric(x) && !is.object(x) && length(x) == size && all(is.finite(x)) &&
    all(x >= least & x <= most)
}

#' A whole number
#' @noRd
is_whole <- function(x, least = 0, most = Inf) {
  are_numbers(x, 1L, least, most) && x == round(x)
}

#' @noRd
are_flags <- function(x, size = 1L) {
  is.logical(x) && length(x) == size && !anyNA(x)
}

#' @noRd
are_words <- function(x, size = length(x)) {
  is.character(x) && length(x) == size && !anyNA(x)
}

#' @noRd
is_matrix_of <- function(x, rows, columns) {
  is.double(x) && identical(dim(x), as.integer(c(rows, columns))) &&
    all(is.finite(x))
}
