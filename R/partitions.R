# Rows in several sources, each read by whoever is free.

#' Rows in several sources, for several machines
#'
#' A fit of partitions is the fit of all their rows, one partition after the
#' other. Each is read once and spilled where it was read; in a pass, parameters
#' go out and sums of fixed size come back. With a [future::plan()] the partitions
#' are worked on side by side.
#'
#' @param sources A list with the partitions, each a data frame, a function as
#'   `biglm::bigglm()` takes it, a source from [file_source()] or another that can
#'   be sent to a worker, or a function without arguments that makes one there:
#'   a connection to a database is best made by the worker that uses it, as in
#'   `function() dbi_source(connect(), "select ...")`.
#' @details
#' Workers are those of [future::plan()]: `multisession` on one machine, `cluster`
#' over ssh, and others that packages provide. They need sgmoe and what the
#' sources need. A pass costs some 5 to 50 milliseconds of communication for each
#' partition, and more on a batch system, so that it pays from some 1e6 rows a
#' partition on. Without a plan, or without package future, the partitions are
#' worked on one after the other.
#'
#' A worker keeps the rows of its partition in the folder `spill` of
#' [sgmoe_control()], by default that of the session's temporary files, where that
#' can be made on the worker, else in its own; whoever is asked for a
#' partition that is not there reads its source again. If a worker dies, its work
#' is given to another, and in the end done by the main process.
#'
#' Sums are merged in the order of the partitions, so that results do not depend on
#' the number of workers. They agree with those of the same rows in one source to
#' rounding errors: 1e-8 in the log-likelihood.
#' @return An object of class `partitions`, for `data` of [sgmoe()].
#' @section Errors: `sgmoe_error_partition` names the partition that cannot be
#'   used, in its field `partition`, too; its `parent` is the error.
#' @seealso [as_chunk_source()]
#' @examples
#' set.seed(1)
#' data <- simulate_moe(2000, k = 2, p = 1)
#' parts <- partitions(list(data[1:900, ], data[901:2000, ]))
#' sgmoe(y ~ x1, parts, k = 2, ridge = 0.1, starts = 1)
#' @export
partitions <- function(sources) {
  call <- rlang::current_env()
  if (!is.list(sources) || is.data.frame(sources) || !length(sources)) {
    abort("source", c(
      "{.arg sources} must be a list of sources, at least one.",
      "x" = "It is of type {kind_of(sources)}."
    ), call)
  }
  structure(list(sources = unname(sources)), class = "partitions")
}

#' @export
print.partitions <- function(x, ...) {
  cat(length(x$sources), " partition", if (length(x$sources) > 1L) "s", "\n", sep = "")
  invisible(x)
}
