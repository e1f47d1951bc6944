# Calls as fits keep and show them.

#' A call as it is kept and shown: without values that stand in it in place of
#' names (after do.call()), and with what a wrapper's dots stand for
#'
#' @param name What the function is called.
#' @param env The frame that the call came from.
#' @noRd
kept_call <- function(call, name, env) {
  call[[1L]] <- as.name(name)
  for (i in seq_along(call)[-1L]) {
    if (is.language(call[[i]])) {
      # (It may be NULL.)
      call[i] <- list(locate_argument(call[[i]], env)$expression)
    }
  }
  short_call(call)
}

#' The arguments of a call that may name columns, each as locate_argument() has it
#'
#' @param call From match.call().
#' @param env The frame that the call came from.
#' @noRd
row_arguments <- function(call, env) {
  given <- as.list(call)[c("weights", "offset", "subset")]
  lapply(Filter(Negate(is.null), given), locate_argument, env = env)
}

#' An argument and where it was written
#'
#' What came through the dots of a function, `match.call()` writes as `..3`. Where
#' there are no such dots, in other processes, this means nothing.
#'
#' @param expression As the call has it.
#' @param env The frame that the call came from.
#' @return list(expression, env, value: what it is, where R has evaluated it
#'   already).
#' @noRd
locate_argument <- function(expression, env) {
  here <- list(expression = expression, env = env)
  if (!is.symbol(expression) || !exists("...", env) ||
    !grepl("^\\.\\.[0-9]+$", as.character(expression))) {
    return(here)
  }
  dots <- eval(as.call(list(rlang::enquos0, quote(...))), env)
  number <- as.integer(sub("..", "", expression, fixed = TRUE))
  if (number > length(dots)) {
    return(here)
  }
  written <- eval(quote(substitute(list(...))), frame_of_dots(env))[[number + 1L]]
  from <- rlang::quo_get_env(dots[[number]])
  if (!identical(from, emptyenv())) {
    return(list(expression = written, env = from))
  }
  # A value, or an expression of which R has only the value left.
  list(expression = written, env = env, value = rlang::quo_get_expr(dots[[number]]))
}

#' The frame whose dots those of an environment are
#' @noRd
frame_of_dots <- function(env) {
  while (!exists("...", env, inherits = FALSE)) {
    env <- parent.env(env)
  }
  env
}
