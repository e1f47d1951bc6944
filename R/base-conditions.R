# Raising classed conditions.
#
# One idiom for calls: a function that may refuse something has an argument
# `call = rlang::caller_env()`, the frame to blame, and hands it down; what a
# user calls hands down its own frame. So a message names what the user called.

#' Raise an error of class `sgmoe_error_<what>`
#'
#' @param what What is wrong, in a word.
#' @param message A vector of cli bullets, evaluated in `.envir`.
#' @param call The frame to blame, or a call, or `NULL` to name none.
#' @param .envir The frame in which `message` is evaluated.
#' @noRd
abort <- function(what, message, call = rlang::caller_env(),
                  .envir = parent.frame()) {
  cli::cli_abort(
    message,
    class = condition_class("error", what), call = blamed_call(call),
    .envir = .envir
  )
}

#' @noRd
warn <- function(what, message, call = rlang::caller_env(),
                 .envir = parent.frame()) {
  cli::cli_warn(
    message,
    class = condition_class("warning", what), call = blamed_call(call),
    .envir = .envir
  )
}

#' @noRd
inform <- function(what, message, .envir = parent.frame()) {
  cli::cli_inform(
    message,
    class = condition_class("message", what), .envir = .envir
  )
}

#' Work that may look at the same rows again: each message of it is said once
#' @noRd
say_once <- function(expression) {
  said <- character()
  withCallingHandlers(expression, sgmoe_message = function(condition) {
    text <- conditionMessage(condition)
    if (text %in% said) {
      tryInvokeRestart("muffleMessage")
    }
    said <<- c(said, text)
  })
}

#' @noRd
condition_class <- function(kind, what) {
  paste0(c("sgmoe_", "sgmoe_"), kind, c(paste0("_", what), ""))
}

#' The call of a frame as a message shows it: short, and by a name even if the
#' function was called by its value, as `do.call(sgmoe, ...)` does
#' @noRd
blamed_call <- function(frame) {
  if (!is.environment(frame)) {
    return(frame)
  }
  at <- which(vapply(sys.frames(), identical, NA, frame))
  if (!length(at)) {
    return(NULL)
  }
  at <- at[[length(at)]]
  call <- sys.call(at)
  generic <- get0(".Generic", frame, inherits = FALSE)
  if (!is.null(generic)) {
    call[[1L]] <- as.name(generic) # of a method, which has another name
  }
  short_call(call, function_name(sys.function(at)))
}

#' The name of a function of this package, or NULL
#' @noRd
function_name <- function(value) {
  namespace <- topenv()
  for (name in ls(namespace)) {
    if (identical(get(name, namespace), value)) {
      return(as.name(name))
    }
  }
}

#' A call that prints in a few lines
#'
#' Values that stand in it in place of names (after do.call()) would be kept
#' with the fit, and shown. `name` takes the place of a function's value.
#' @noRd
short_call <- function(call, name = NULL) {
  if (is.function(call[[1L]])) {
    if (is.null(name)) {
      return(NULL)
    }
    call[[1L]] <- name
  }
  for (i in seq_along(call)[-1L]) {
    if (!is_short(call[[i]])) {
      own <- names(call)[[i]]
      call[[i]] <- as.name(if (length(own) && nzchar(own)) own else "...")
    }
  }
  for (name in c("formula", "object")) {
    if (inherits(call[[name]], "formula")) {
      environment(call[[name]]) <- globalenv()
    }
  }
  call
}

#' Is a value as short as one that somebody wrote into a call?
#' @noRd
is_short <- function(value) {
  is.language(value) || is.null(value) || is.atomic(value) &&
    length(value) <= 10L && length(deparse(value)) == 1L
}

#' A few names out of many, for a message
#' @noRd
some_of <- function(values, last = " and ") {
  cli::cli_vec(values, list("vec-trunc" = 10L, "vec-last" = last))
}

#' What a column is, in the words used by every message about types
#' @noRd
kind_of <- function(value) {
  shape <- length(dim(value))
  if (is.null(value)) {
    "NULL"
  } else if (is.data.frame(value)) {
    "data frame"
  } else if (is.factor(value)) {
    if (is.ordered(value)) "ordered factor" else "factor"
  } else if (is_integer64(value)) {
    "integer64"
  } else if (is.object(value) && (isS4(value) || !is.numeric(value)) &&
    !inherits(value, "AsIs")) {
    class(value)[[1L]]
  } else {
    basic <- if (is.numeric(value)) "numeric" else mode(value)
    if (shape == 2L) {
      paste0(basic, " matrix (", ncol(value), " columns)")
    } else if (shape > 2L) {
      paste(basic, "array")
    } else {
      basic
    }
  }
}

#' A bit64 integer passes for a double, with a meaningless value
#' @noRd
is_integer64 <- function(value) {
  inherits(value, "integer64")
}

#' How the user wrote a column of the model frame
#' @noRd
frame_label <- function(name) {
  sub("^\\((weights|offset)\\)$", "\\1", name)
}

#' Text that cli must not take for markup
#' @noRd
escape_braces <- function(text) {
  gsub("}", "}}", gsub("{", "{{", text, fixed = TRUE), fixed = TRUE)
}

#' Numbers with marks between thousands, whatever the decimal mark
#' @noRd
format_large <- function(x, ...) {
  mark <- if (getOption("OutDec") == ",") "." else ","
  format(x, big.mark = mark, ...)
}
