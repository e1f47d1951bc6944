# What methods of fits do with a source in place of a data frame.

#' @noRd
is_chunk_source <- function(value) inherits(value, "chunk_source")

#' What a method gives of each chunk of a source, as a source
#'
#' @param method The generic.
#' @param given The matched call of its method, for its other arguments.
#' @param env Where these are evaluated.
#' @param label What the result is of, in words.
#' @param name The argument that takes the chunk.
#' @param all Are all columns needed, beside those of the fit?
#' @noRd
apply_to_chunks <- function(method, given, env, fit, source, label,
                            name = "newdata", all = FALSE) {
  arguments <- as.list(given)[-1L]
  arguments <- lapply(arguments[names(arguments) != name], eval, envir = env)
  seen <- FALSE
  pass <- NULL
  new_chunk_source(
    open = function() {
      restart_source(source, NULL)
      seen <<- FALSE
      pass <<- source$pass
    },
    read = function(columns) {
      if (source$pass != pass) {
        abort("source", c(
          "The source under this one, {source$label}, has begun anew meanwhile.",
          "i" = "Read one to its end before the other, or give each a source of
                 its own."
        ), NULL)
      }
      chunk <- with_columns(source, fit, all, read_chunk(source, NULL))
      if (is.null(chunk)) {
        return(NULL)
      }
      if (!seen) {
        refuse_depending(fit$blueprint, chunk, NULL)
        seen <<- TRUE
      }
      arguments[[name]] <- chunk
      as_columns(do.call(method, arguments))
    },
    release = function() if (identical(source$pass, pass)) close_source(source),
    label = paste(label, "of", source$label),
    again = source$again,
    holds = FALSE,
    read_through = source$read_through
  )
}

#' Evaluate while a source reads no more columns than a fit needs
#'
#' @param all Or all its columns.
#' @noRd
with_columns <- function(source, fit, all, expression) {
  if (!all) {
    before <- source$wanted
    need_columns(source, names(fit$blueprint$columns))
    on.exit(need_columns(source, before))
  }
  expression
}

#' Predictions as a data frame: a vector as a column, a matrix or an array as
#' several
#' @noRd
as_columns <- function(values) {
  if (is.data.frame(values)) {
    return(values)
  }
  if (is.list(values)) { # with standard errors
    fit <- as_columns(values$fit)
    error <- as_columns(values$se.fit)
    names(error) <- if (length(error) == 1L) {
      "se.fit"
    } else {
      paste0("se.fit:", names(error))
    }
    return(cbind(fit, error))
  }
  shape <- dim(values)
  if (is.null(shape)) {
    result <- list(prediction = unname(values))
    rows <- names(values)
  } else {
    rows <- dimnames(values)[[1L]]
    labels <- dimnames(values)[-1L]
    flat <- matrix(values, shape[[1L]])
    result <- lapply(seq_len(ncol(flat)), function(column) flat[, column])
    names(result) <- Reduce(function(left, right) {
      c(outer(left, right, paste, sep = ":"))
    }, labels)
  }
  structure(result, class = "data.frame", row.names = short_names(rows))
}

#' Names of rows, as numbers if that is what they are
#' @noRd
short_names <- function(names) {
  numbers <- suppressWarnings(as.integer(names))
  if (identical(as.character(numbers), names)) numbers else names
}

#' Refuse a fit of which terms would mean something else in every chunk
#'
#' @param chunk The first chunk.
#' @noRd
refuse_depending <- function(blueprint, chunk, call = rlang::caller_env()) {
  terms <- blueprint$terms
  evaluate <- function(rows) {
    suppressWarnings(replay_frame(
      blueprint, chunk[rows, , drop = FALSE], terms,
      where = "chunk", call = call
    ))
  }
  refuse_changing(
    tryCatch(evaluate(seq_len(nrow(chunk))), error = function(error) NULL),
    evaluate, nrow(chunk), "the chunks of a source never show all rows",
    compute_beforehand("fit"), call
  )
}

#' Weights of a chunk: a column of the source, by its name
#'
#' @param chunk Rows of a source.
#' @noRd
chunk_weights <- function(weights, chunk, design, call = rlang::caller_env()) {
  if (is.null(weights)) {
    return(NULL)
  }
  if (!is.character(weights) || length(weights) != 1L || is.na(weights)) {
    abort("weights", c(
      "{.arg weights} for a source must be the name of one of its columns.",
      "x" = "It is {describe_value(weights)}."
    ), call)
  }
  refuse_absent(setdiff(weights, names(chunk)), names(chunk), "newdata", call)
  check_new_weights(chunk[[weights]], chunk, design, call)
}

#' Take up each chunk of a source, from its first: `add` makes of what was summed
#' so far, a chunk, its design and its number what is summed then
#'
#' @param add A function of these four.
#' @param extra Columns that are needed beside those of the fit, or NULL.
#' @noRd
sum_chunks <- function(fit, source, add, extra = NULL,
                       call = rlang::caller_env()) {
  before <- need_columns(source, c(names(fit$blueprint$columns), extra))
  on.exit({
    need_columns(source, before)
    close_source(source)
  })
  restart_source(source, call)
  total <- NULL
  repeat {
    chunk <- next_source_chunk(source, call)
    if (is.null(chunk)) {
      return(total)
    }
    total <- tryCatch(
      {
        if (source$number == 1) {
          refuse_depending(fit$blueprint, chunk, call)
        }
        design <- replay_design(
          fit$blueprint, chunk,
          response = TRUE, where = "newdata", call = call
        )
        add(total, chunk, design, source$number)
      },
      error = function(error) refuse_chunk(source, error, "scored", call)
    )
  }
}
