# Memory that is not enough.

#' Evaluate, and say how much was asked for where R cannot allocate it
#' @noRd
in_memory <- function(expression, call = rlang::caller_env()) {
  # Not a calling handler, which would need the memory that there is not.
  tryCatch(expression, simpleError = function(error) {
    if (!is_allocation_failure(conditionMessage(error))) {
      stop(error)
    }
    refuse_memory(conditionMessage(error), call)
  })
}

#' Refuse what would fill the memory before it is asked for
#'
#' @param asked Which arguments ask for it, and how many numbers it is, in words,
#'   a bullet for cli.
#' @param numbers How many numbers it is.
#' @noRd
check_size <- function(numbers, asked, call = rlang::caller_env(),
                       most = free_numbers()) {
  if (numbers > most) {
    asked <- cli::format_inline(asked)
    count <- format_large(numbers, digits = 3)
    size <- format_large(signif(8 * numbers / 2^30, 2))
    abort("memory", c(
      "{asked} {count} numbers, {size} GiB, more than there is memory for.",
      "i" = "Ask for fewer, or for parts one after another."
    ), call)
  }
  invisible()
}

#' How many numbers fit into the memory that is free, where the system says so,
#' and no more than a billion
#' @noRd
free_numbers <- function() {
  lines <- tryCatch(
    suppressWarnings(readLines("/proc/meminfo", 50L)),
    error = function(error) character()
  )
  free <- grep("^MemAvailable:", lines, value = TRUE)
  size <- suppressWarnings(as.numeric(gsub("[^0-9]", "", free)) * 1024 / 8)
  min(1e9, size, na.rm = TRUE)
}

#' R's own message, in whatever language it speaks
#' @noRd
is_allocation_failure <- function(text) {
  known <- c(
    "cannot allocate vector of size %0.1f Kb", "cannot allocate memory block",
    "memory exhausted (limit reached?)", "vector memory exhausted"
  )
  known <- c(known, gettext(known, domain = "R"))
  any(startsWith(text, sub("%.*", "", known)))
}

#' @param asked What was asked for, in words; NULL where C++ did not say.
#' @param data What it was asked for: rows as the core takes them.
#' @noRd
refuse_memory <- function(asked = NULL, call = NULL, data = NULL) {
  if (is.null(asked)) {
    size <- format(utils::object.size(data), units = "auto")
    asked <- paste0("It was asked for beside ", size, " of design matrices.")
  }
  # Without cli, which would need more of it.
  stop(structure(
    class = c("sgmoe_error_memory", "sgmoe_error", "error", "condition"),
    list(message = paste0(
      "The memory is not enough for this computation.\nx ", asked,
      "\ni Fewer rows, columns or experts need less; `sgmoe_stream()` learns ",
      "any number of rows in constant memory."
    ), call = if (is.environment(call)) rlang::frame_call(call) else call)
  ))
}
