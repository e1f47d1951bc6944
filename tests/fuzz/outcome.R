# What becomes of a call: a value, an error with a class of this package, or a
# defect.

quiet <- function(expression) {
  suppressWarnings(suppressMessages(expression))
}

# A value with what is wrong with it.
checked <- function(value, ...) {
  structure(list(value), complaints = c(...), class = "checked")
}

# Evaluates; list(call, status, message, value, complaints, seconds), where status
# is "value", "classed" or "unclassed".
outcome <- function(call, expression) {
  value <- where <- NULL
  # Who repeats a seed wants to see which call hangs.
  if (isTRUE(mood$always)) cat("> ", call, "\n", sep = "")
  begun <- proc.time()[["elapsed"]]
  error <- tryCatch(
    withCallingHandlers(
      {
        value <- expression
        NULL
      },
      error = function(error) {
        if (!has_class(error)) where <<- callers(sys.calls())
      }
    ),
    error = identity
  )
  status <- if (is.null(error)) {
    "value"
  } else if (has_class(error)) {
    "classed"
  } else {
    "unclassed"
  }
  # Words take longer than all else: not where nobody reads them.
  read <- status == "unclassed" || mood$words
  list(
    call = call, status = status,
    value = if (inherits(value, "checked")) value[[1L]] else value,
    message = if (!is.null(error)) {
      paste(
        class(error)[[1L]], if (read) conditionMessage(error), "<", where
      )
    },
    complaints = attr(value, "complaints"),
    seconds = proc.time()[["elapsed"]] - begun
  )
}

has_class <- function(error) {
  any(startsWith(class(error), "sgmoe_error_")) &&
    !inherits(error, "sgmoe_error_core")
}

# Names of the innermost functions on the way to an error.
callers <- function(calls) {
  names <- vapply(calls, function(call) {
    if (is.name(call[[1L]])) as.character(call[[1L]]) else "?"
  }, "")
  own <- intersect(names, ls(asNamespace("sgmoe"), all.names = TRUE))
  paste(rev(utils::tail(own, 4L)), collapse = " < ")
}

# Conditions of this package whose words are put together only where the case asks
# for them: cli takes more time than most calls.
spare_words <- function() {
  raisers <- list(
    abort = list("error", stop), warn = list("warning", warning),
    inform = list("message", message)
  )
  for (name in names(raisers)) {
    local({
      kind <- raisers[[name]][[1L]]
      raise <- raisers[[name]][[2L]]
      whole <- getFromNamespace(name, "sgmoe")
      spare <- whole
      environment(spare) <- list2env(
        list(whole = whole, raise = raise, kind = kind, mood = mood),
        parent = asNamespace("sgmoe")
      )
      body(spare) <- quote({
        if (mood$words) {
          again <- match.call()
          again[[1L]] <- whole
          return(eval(again, parent.frame()))
        }
        raise(structure(
          class = c(condition_class(kind, what), kind, "condition"),
          list(message = paste(message, collapse = " "), call = NULL)
        ))
      })
      utils::assignInNamespace(name, spare, "sgmoe")
    })
  }
}
