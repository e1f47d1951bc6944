# What the package says: the places in its sources that raise conditions, and
# what a user reads when they do.

# All calls of abort(), warn() and inform(), as text, named by the function they
# stand in.
condition_sites <- function(defined) {
  raising <- c("abort", "warn", "inform")
  sites <- function(expression) {
    if (is.pairlist(expression)) {
      expression <- as.list(expression)
    } else if (!is.call(expression)) {
      return(character())
    }
    own <- if (is.call(expression) && is.symbol(expression[[1L]]) &&
      as.character(expression[[1L]]) %in% raising) {
      deparse1(expression)
    }
    c(own, unlist(lapply(as.list(expression), function(part) {
      if (!missing(part)) sites(part)
    })))
  }
  found <- lapply(unlist(unname(defined), recursive = FALSE), sites)
  stats::setNames(unlist(found), rep(names(found), lengths(found)))
}

# The sites whose conditions said() has shown, and conditions raised meanwhile.
heard <- new.env()
heard$shown <- character()

#' Note what abort(), warn() and inform() raise until the caller ends
local_noted <- function(frame = parent.frame()) {
  heard$raised <- list()
  for (name in c("abort", "warn", "inform")) {
    local_replaced(name, noting(
      get(name, asNamespace("sgmoe")), function(site, condition) {
        heard$raised[[site]] <- c(heard$raised[[site]], list(condition))
      }
    ), frame)
  }
}

# Does a condition say what another says? Some are passed on inside others,
# indented.
says_too <- function(condition, other) {
  if (identical(condition[c("message", "body")], other[c("message", "body")])) {
    return(TRUE)
  }
  if (!inherits(condition, "sgmoe_error_source")) {
    return(FALSE)
  }
  squeezed <- function(condition) {
    gsub("\\s+", " ", conditionMessage(condition))
  }
  grepl(squeezed(other), squeezed(condition), fixed = TRUE)
}

#' Say what a user would read: the class of each condition of the package that
#' `expression` raises, and its message
#'
#' A site counts as shown if its condition came through: what the package
#' catches itself is read by nobody.
said <- function(expression) {
  heard$raised <- list()
  said_nothing <- TRUE
  show <- function(condition) {
    said_nothing <<- FALSE
    came <- vapply(heard$raised, function(raised) {
      any(vapply(raised, says_too, NA, condition = condition))
    }, NA)
    heard$shown <- union(heard$shown, names(heard$raised)[came])
    cat("<", class(condition)[[1L]], ">\n", sep = "")
    cat(describe_condition(condition), sep = "\n")
  }
  tryCatch(
    withCallingHandlers(
      suppressed_output(expression),
      sgmoe_warning = function(warning) {
        show(warning)
        invokeRestart("muffleWarning")
      },
      sgmoe_message = function(message) {
        show(message)
        invokeRestart("muffleMessage")
      }
    ),
    sgmoe_error = show
  )
  if (said_nothing) {
    stop("No condition was raised.")
  }
  invisible()
}

# Plots go nowhere.
suppressed_output <- function(expression) {
  file <- tempfile(fileext = ".pdf")
  grDevices::pdf(file)
  on.exit({
    grDevices::dev.off()
    unlink(file)
  })
  force(expression)
}

# As R shows it, with the call.
describe_condition <- function(condition) {
  if (inherits(condition, "message")) {
    return(sub("\n$", "", conditionMessage(condition)))
  }
  rlang::cnd_message(condition, prefix = TRUE)
}

# A function that raises conditions as `raise` does, and notes its call and the
# condition. What it is given is evaluated where it was written.
noting <- function(raise, note) {
  wrapper <- function() {
    site <- deparse1(sys.call())
    withCallingHandlers(
      CALL,
      condition = function(condition) note(site, condition)
    )
  }
  arguments <- lapply(names(formals(raise)), as.name)
  formals(wrapper) <- formals(raise)
  body(wrapper) <- do.call(substitute, list(body(wrapper), list(
    CALL = as.call(c(quote(raise), arguments))
  )))
  forced <- intersect(names(formals(raise)), c("call", ".envir"))
  body(wrapper) <- as.call(append(
    as.list(body(wrapper)), lapply(forced, as.name), 1L
  ))
  environment(wrapper) <- environment()
  wrapper
}

#' Evaluate while a function of the package is another
#'
#' For conditions that no data bring about for certain: interrupts, and numbers
#' that are not finite.
with_replaced <- function(name, value, expression) {
  local_replaced(name, value)
  force(expression)
}

#' The core's function of this name, its answer with other fields
answering <- function(name, ...) {
  own <- get(name, asNamespace("sgmoe"))
  fields <- list(...)
  function(...) utils::modifyList(own(...), fields)
}

#' The same where the answer is a list of such lists
answering_each <- function(name, ...) {
  own <- get(name, asNamespace("sgmoe"))
  fields <- list(...)
  function(...) lapply(own(...), utils::modifyList, fields)
}
