# Asking the workers: each question goes to all partitions, answers come in their
# order.

# Times that work is given to a worker before the main process does it.
worker_attempts <- 2L

#' The partitions of a fit, and how to ask them
#'
#' @param sources A list.
#' @param encode Makes the file of a partition where it is not: a function of
#'   path and job.
#' @return An environment: `ask(work, arguments)` gives a list of the answers of
#'   work(path, arguments), for each partition that has rows; `before`, the
#'   number of rows before each of these.
#' @noRd
new_team <- function(sources, request, folder, encode,
                     call = rlang::caller_env()) {
  team <- new.env(parent = emptyenv())
  team$call <- call
  team$jobs <- lapply(seq_along(sources), function(i) {
    list(
      number = i, source = sources[[i]], request = request, encode = encode,
      folder = file.path(folder, sprintf("partition-%d", i))
    )
  })
  team$ask <- function(work, arguments) {
    ask_team(team, team$jobs, work, arguments)
  }
  team
}

#' @param team What new_team() gives.
#' @param jobs Those of the partitions to be asked.
#' @param work,arguments As in over_pieces().
#' @noRd
ask_team <- function(team, jobs, work, arguments) {
  pieces <- lapply(seq_along(jobs), function(i) {
    # A source may be large, and is not needed where its rows are already.
    light <- jobs[[i]]
    if (isTRUE(light$sent)) {
      light["source"] <- list(NULL)
    }
    c(light, list(
      work = work, arguments = replace(arguments, "piece", list(i))
    ))
  })
  answers <- run_pieces(pieces, team$call)
  lost <- which(vapply(answers, inherits, NA, "piece_absent"))
  if (length(lost)) {
    again <- lapply(lost, function(i) {
      replace(pieces[[i]], "source", list(jobs[[i]]$source))
    })
    answers[lost] <- run_pieces(again, team$call)
  }
  answers
}

#' Do pieces of work, side by side where there are workers
#' @noRd
run_pieces <- function(pieces, call = rlang::caller_env()) {
  if (!has_workers()) {
    return(lapply(pieces, function(piece) {
      named_failure(do_piece(piece), piece, call)
    }))
  }
  begun <- lapply(pieces, begin_piece)
  Map(function(piece, future) end_piece(piece, future, call), pieces, begun)
}

#' The call holds all that the worker needs: each global or package that a future
#' names costs a message and its answer, and 40 ms of a socket's waiting.
#'
#' @param piece What to do: a job with `work` and `arguments`.
#' @noRd
begin_piece <- function(piece) {
  force(piece)
  simd <- getOption("sgmoe.simd")
  work <- function() {
    # For sources whose functions name ours.
    if (!"package:sgmoe" %in% search()) {
      attachNamespace("sgmoe")
    }
    with_simd(simd, do_piece(piece))
  }
  tryCatch(
    future::future(
      as.call(list(work)),
      substitute = FALSE, globals = FALSE, seed = NULL, lazy = FALSE
    ),
    FutureError = identity
  )
}

#' The value of a piece of work; a dead worker's is done again
#'
#' @param future What begin_piece() gave.
#' @noRd
end_piece <- function(piece, future, call = rlang::caller_env()) {
  for (attempt in seq_len(worker_attempts)) {
    value <- if (inherits(future, "error")) {
      future
    } else {
      tryCatch(future::value(future), FutureError = identity, error = function(error) {
        refuse_partition(piece$number, error, call)
      })
    }
    if (!inherits(value, "FutureError")) {
      return(value)
    }
    if (attempt < worker_attempts) {
      future <- begin_piece(piece)
    }
  }
  named_failure(do_piece(piece), piece, call)
}

#' @noRd
named_failure <- function(expression, piece, call = rlang::caller_env()) {
  tryCatch(expression, error = function(error) {
    refuse_partition(piece$number, error, call)
  })
}

#' @param number Of the partition.
#' @param error What it raised, or what is wrong with it, in words.
#' @noRd
refuse_partition <- function(number, error, call = rlang::caller_env()) {
  raised <- inherits(error, "condition")
  condition <- tryCatch(
    abort("partition", c(
      "Partition {number} cannot be used.",
      "x" = if (!raised) error,
      "i" = if (raised) {
        "With {.arg checkpoint}, the passes made so far are not lost."
      }
    ), call),
    error = identity
  )
  if (raised) {
    condition$parent <- error
  }
  condition$partition <- number
  stop(condition)
}

#' Do a piece of work, in whatever process: read the source if its rows are not
#' here
#' @noRd
do_piece <- function(piece) {
  path <- file.path(piece$folder, "rows.spill")
  ready <- file.exists(path, file.path(piece$folder, "shape.rds"))
  if (!isTRUE(piece$scans) && !all(ready)) {
    if (is.null(piece$source)) {
      return(structure(list(), class = "piece_absent"))
    }
    piece$encode(path, piece)
  }
  arguments <- piece$arguments
  if (isTRUE(piece$scans)) {
    arguments$piece <- piece
  }
  piece$work(path, arguments)
}
