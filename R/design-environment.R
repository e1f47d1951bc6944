# Environments that are small enough to be kept with a fit.

#' Environments with only what some names need
#'
#' A formula's environment holds whatever was around where it was written. Each
#' frame on the way up to the global environment or a namespace gets a twin
#' with the needed functions (whose own environments are treated likewise) and
#' small objects, so names mean what they meant. Packages stay references.
#' `requests` are lists of `names` and `from`; `columns` come with the data.
#'
#' @param limit Bytes of the largest object that is kept.
#' @noRd
slim_environments <- function(requests, columns, limit = 1e4) {
  state <- new.env()
  state$twins <- list()
  state$left_out <- character()
  state$limit <- limit
  environments <- lapply(requests, function(request) {
    if (!is.null(request$from)) {
      keep_names(request$names, request$from, state, columns)
      twin_of(request$from, state)
    }
  })
  list(
    environments = lapply(environments, skip_empty),
    left_out = unique(state$left_out)
  )
}

#' An empty twin adds nothing to its parent but an address in every print
#' @noRd
skip_empty <- function(env) {
  while (is.environment(env) && !is_shared_frame(env) &&
    !identical(env, globalenv()) && length(ls(env)) == 0L) {
    env <- parent.env(env)
  }
  env
}

#' The twin of a frame, made when it is first asked for
#' @noRd
twin_of <- function(frame, state) {
  if (is_shared_frame(frame)) {
    return(frame)
  }
  for (twin in state$twins) {
    if (identical(twin$frame, frame)) {
      return(twin$copy)
    }
  }
  parent <- if (identical(frame, globalenv())) {
    frame
  } else {
    twin_of(parent.env(frame), state)
  }
  copy <- new.env(hash = FALSE, parent = parent)
  state$twins <- c(state$twins, list(list(frame = frame, copy = copy)))
  copy
}

#' Copy what names mean in `from` to the twins of the frames that hold it
#' @noRd
keep_names <- function(names, from, state, columns = character()) {
  for (name in unique(names)) {
    # A column comes with the data; a function may have the same name.
    mode <- if (name %in% columns) "function" else "any"
    frame <- frame_of(name, from, mode)
    if (is.null(frame)) {
      next
    }
    twin <- twin_of(frame, state)
    if (exists(name, twin, inherits = FALSE)) {
      next
    }
    # Marks the name as done, for functions that call each other.
    assign(name, NULL, twin)
    # A formal argument that was not given cannot be read.
    value <- tryCatch(get(name, frame), error = function(error) NULL)
    value <- slim_value(value, state)
    if (is.function(value) || is_small(value, state$limit)) {
      assign(name, value, twin)
    } else {
      rm(list = name, envir = twin)
      state$left_out <- c(state$left_out, name)
    }
  }
}

#' @noRd
slim_value <- function(value, state) {
  if (is.function(value) && !is.primitive(value)) {
    from <- environment(value)
    value <- without_source(value)
    environment(value) <- twin_of(from, state)
    keep_names(function_names(value), from, state)
  } else if (is.list(value) && !is.object(value)) {
    value <- lapply(value, slim_value, state)
  }
  value
}

#' Frames that are there in any session: namespaces and what lies beyond
#' @noRd
is_shared_frame <- function(frame) {
  isNamespace(frame) || identical(frame, baseenv()) ||
    identical(frame, emptyenv()) ||
    isTRUE(grepl("^(imports|package):", attr(frame, "name")))
}

#' The frame that holds a name, if a session does not have it anyway
#'
#' @param mode As in exists().
#' @noRd
frame_of <- function(name, from, mode = "any") {
  while (!is_shared_frame(from)) {
    if (exists(name, from, mode = mode, inherits = FALSE)) {
      return(from)
    }
    if (identical(from, globalenv())) {
      return(NULL)
    }
    from <- parent.env(from)
  }
  NULL
}

#' @noRd
is_small <- function(value, limit) {
  if (is.environment(value) || utils::object.size(value) >= limit) {
    return(FALSE)
  }
  # object.size() does not look into environments.
  is.atomic(value) || length(serialize(value, NULL)) < limit
}

#' A source reference holds the text of a whole file
#' @noRd
without_source <- function(value) {
  kept <- attributes(value)
  value <- utils::removeSource(value)
  attributes(value) <- kept[setdiff(names(kept), "srcref")]
  value
}

#' All names that a function uses, in its body and its defaults
#' @noRd
function_names <- function(value) {
  defaults <- as.call(c(quote(list), unname(as.list(formals(value)))))
  names <- c(all.names(body(value)), all.names(defaults))
  names[nzchar(names)]
}

#' @noRd
refuse_left_out <- function(names, call = rlang::caller_env()) {
  if (length(names) == 0L) {
    return(invisible())
  }
  abort("missing_object", c(
    "The formula uses {.var {some_of(names)}}, which a fit cannot keep: too
     large (over 10 kB), or an environment.",
    "i" = "Compute the variable as a column of the data before fitting."
  ), call)
}
