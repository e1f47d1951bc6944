# The device: its parameters while a picture is drawn, and what it refuses.

#' The parameters of all pictures, changed by those that the user gave
#' @noRd
panel_settings <- function(given = list()) {
  changed <- list(mgp = c(2, 0.5, 0), tcl = -0.25, las = 1)
  changed[names(given)] <- given
  changed
}

#' A picture of one panel
#'
#' @param dots What the method got beyond its own arguments.
#' @param draw A function of the labels that the user gave.
#' @noRd
draw_alone <- function(dots, draw, call = rlang::caller_env(), ...) {
  settings <- graphical_settings(dots, call, ...)
  on_device(settings$par, function(divided) draw(settings$labels), call)
}

#' Draw; the device is then as it was
#'
#' What base graphics complain of, a setting or too little room, is said as this
#' package says it.
#' @param given Parameters for par().
#' @param draw A function; it is told whether the device was divided.
#' @param divide A function that divides the device, and says whether it did.
#' @noRd
on_device <- function(given, draw, call, divide = function() FALSE) {
  tryCatch(draw_and_restore(given, draw, divide), simpleError = function(condition) {
    if (!is_of_graphics(condition)) {
      stop(condition)
    }
    abort("graphics", c(
      "The picture cannot be drawn.",
      "x" = "Base graphics say: {conditionMessage(condition)}.",
      "i" = "Look at the labels, limits and settings of {.fn par} that were given,
             and at the size of the device."
    ), call)
  })
}

#' @param given,draw,divide As in on_device().
#' @noRd
draw_and_restore <- function(given, draw, divide) {
  changed <- panel_settings(given)
  old <- graphics::par(unique(c("mfrow", "mar", "cex", names(changed))))
  divided <- FALSE
  # (Who sets the rows of figures begins a new page.)
  on.exit(graphics::par(if (divided) old else old[names(old) != "mfrow"]))
  divided <- divide()
  graphics::par(changed)
  draw(divided)
}

#' Was an error raised by a function of base graphics?
#' @noRd
is_of_graphics <- function(condition) {
  name <- conditionCall(condition)[[1L]]
  if (is.call(name)) {
    name <- name[[3L]] # of graphics::par
  }
  is.name(name) && any(vapply(c("graphics", "grDevices"), function(package) {
    exists(as.character(name), asNamespace(package), inherits = FALSE)
  }, NA))
}

#' What came through dots, apart: labels and limits, and parameters for par()
#'
#' @param labels Which labels and limits the picture looks at.
#' @noRd
graphical_settings <- function(dots, call = rlang::caller_env(),
                               labels = c(
                                 "main", "xlab", "ylab", "xlim", "ylim"
                               )) {
  parameters <- names(graphics::par(no.readonly = TRUE))
  known <- c(labels, parameters)
  unknown <- setdiff(names(dots), known)
  if (length(dots) && (is.null(names(dots)) || length(unknown))) {
    abort("argument", c(
      if (length(unknown) && all(nzchar(unknown))) {
        "{.fn plot} has no argument {.or {.arg {unknown}}} here."
      } else {
        "{.fn plot} takes no further arguments without a name here."
      },
      "i" = if (length(labels)) {
        "Beside its own it takes {.arg {some_of(labels, ', ')}} and the settings of
         {.fn par}."
      } else {
        "Beside its own it takes the settings of {.fn par}."
      }
    ), call)
  }
  for (name in intersect(c("xlim", "ylim"), names(dots))) {
    check_limits(dots[[name]], name, call)
  }
  list(
    labels = dots[names(dots) %in% labels],
    par = dots[names(dots) %in% parameters]
  )
}

#' @noRd
check_limits <- function(limits, name, call = rlang::caller_env()) {
  plain <- if (is.atomic(limits)) as.vector(unclass(limits))
  if (!is.null(limits) && !(is.numeric(plain) && length(plain) == 2L &&
    all(is.finite(plain)) && is.finite(diff(plain)) && diff(plain) != 0)) {
    abort("argument", c(
      "{.arg {name}} must be two different numbers whose difference is a number, too.",
      "x" = "It is {describe_value(limits)}."
    ), call)
  }
}
