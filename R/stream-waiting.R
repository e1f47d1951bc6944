# Rows that do not fill a minibatch only wait: of a stream that nobody touched since
# the core left it, the state need not be read, checked and written for them, which
# for one row would take most of the time.

#' The stream after rows that only wait, or NULL: they do more, or something about
#' them or the stream must be looked at
#'
#' @param x,z Design matrices of gate and experts as the core takes them, `z` NULL
#'   where they are the same.
#' @param y Response, a matrix.
#' @param weights,offset A vector and a matrix, NULL for none.
#' @noRd
wait_for_others <- function(stream, x, z, y, weights = NULL, offset = NULL) {
  core_stream_wait(stream, left$streams, x, z, y, weights, offset, farthest)
}

#' Is a stream one of those that the core left last, but for the rows that wait?
#'
#' There is no mark that could lie: it is asked whether the parts are the same
#' memory, which R does not change while these streams hold it.
#' @noRd
is_left <- function(stream) core_stream_is_left(stream, left$streams)

#' The streams that the core left last
#' @noRd
left <- new.env()

#' Several, so that streams can learn in turn; of large ones one, for which the
#' core's own work is long
#' @noRd
remember_left <- function(stream) {
  size <- if (sum(lengths(stream$state)) > 1e4) 1L else 16L
  before <- left$streams
  left$streams <- c(list(stream), before[seq_len(min(size - 1L, length(before)))])
}

#' Are these rows as the core keeps those that wait?
#' @noRd
is_pending <- function(rows) is.double(rows) && is.matrix(rows)

#' How far from zero values may be that are learnt, in standard deviations; their
#' fourth power has room for sums
#' @noRd
farthest <- 1e60
