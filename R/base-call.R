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
    dot <- dots_expression(call[[i]], env)
    if (!is.null(dot)) {
      call[[i]] <- dot
    }
  }
  short_call(call)
}

#' What `..3` stands for, as `match.call()` writes what came through dots
#' @noRd
dots_expression <- function(expression, env) {
  if (!is.symbol(expression) ||
    !grepl("^\\.\\.[0-9]+$", as.character(expression))) {
    return(NULL)
  }
  dots <- as.list(eval(quote(substitute(list(...))), env))[-1L]
  number <- as.integer(sub("..", "", expression, fixed = TRUE))
  if (number <= length(dots)) dots[[number]]
}
