# Damaged objects: one field anywhere inside is not what it was.

# A random path into nested lists; deep parts of terms and calls are R's own.
draw_path <- function(object) {
  path <- list()
  repeat {
    if (!is.list(object) || length(object) == 0L ||
      inherits(object, "data.frame") && chance(0.7) && length(path) ||
      length(path) && chance(0.1)) {
      return(path)
    }
    at <- sample.int(length(object), 1L)
    path <- c(path, if (is.null(names(object))) at else names(object)[[at]])
    object <- unclass(object)[[at]]
  }
}

# list(value, how); `how` ends in "!" where the change must be noticed.
change <- function(value, foreign) {
  how <- sample(c(
    "NULL", "NA", "NaN", "Inf", "type", "short", "long", "empty", "list",
    "zero", "minus", "huge", "flat", "foreign", "junk"
  ), 1L)
  filled <- is.numeric(value) && length(value) > 0L
  some <- if (filled) sample.int(length(value), 1L)
  result <- switch(how,
    "NULL" = NULL,
    "NA" = if (is.atomic(value)) replace(value, seq_along(value), NA),
    "NaN" = if (filled) replace(value, some, NaN) else NaN,
    "Inf" = if (filled) replace(value, some, Inf) else Inf,
    type = if (is.atomic(value)) as.character(value) else "text",
    short = if (is.vector(value) || is.factor(value)) value[-1L],
    long = c(value, value),
    empty = if (is.vector(value) || is.factor(value)) value[0L],
    list = list(value),
    zero = if (filled) value * 0 else 0,
    minus = if (filled) -value else -1,
    huge = if (filled) replace(value, some, 1e9) else 1e9,
    flat = if (is.atomic(value)) as.vector(value) else unlist(value),
    foreign = foreign,
    junk = junk()
  )
  loud <- c("NaN", "type", "short", "empty", "NULL", "Inf")
  list(value = result, how = paste0(how, if (how %in% loud) "!"))
}

put <- function(object, path, value) {
  if (length(path) == 0L) {
    return(value)
  }
  kept <- oldClass(object)
  object <- unclass(object)
  at <- path[[1L]]
  inner <- put(object[[at]], path[-1L], value)
  if (is.null(inner) && length(path) == 1L && chance(0.5)) {
    object[[at]] <- NULL
  } else {
    object[at] <- list(inner)
  }
  oldClass(object) <- kept
  object
}

fetch_part <- function(object, path) {
  for (at in path) object <- unclass(object)[[at]]
  object
}

# Values of sound objects do not change: computed when they are first needed.
sound_values <- new.env()

# Damage in a file: bytes that are others, too few or too many.
change_bytes <- function(bytes) {
  size <- length(bytes)
  how <- sample(c("bits", "cut", "zeros", "longer", "empty", "moved"), 1L)
  at <- sample.int(size, 1L)
  raw <- as.vector(unclass(bytes))
  raw <- switch(how,
    bits = replace(raw, at, xor(raw[[at]], as.raw(2^sample(0:7, 1L)))),
    cut = raw[seq_len(at - 1L)],
    zeros = replace(raw, at:min(size, at + 15L), as.raw(0)),
    longer = c(raw, raw[seq_len(at)]),
    empty = raw(),
    moved = raw[-at]
  )
  list(value = structure(raw, class = class(bytes)), how = paste0(how, "!"))
}

sound_value <- function(stored, name, own) {
  key <- paste(name, own)
  if (is.null(sound_values[[key]])) {
    object <- stored$objects[[name]]
    call <- damage_calls_for(object)[[own]]
    set.seed(1)
    sound_values[[key]] <- outcome(key, quiet(call(object, stored$data, stored$sound)))
  }
  sound_values[[key]]
}

damage_calls_for <- function(object) {
  damage_calls[[intersect(class(object), names(damage_calls))[[1L]]]]
}

# A fit need not keep its data or its curvature, nor be recalibrated, and settings that are not there have
# their defaults: such objects answer otherwise. A call is code, which may be another.
is_allowed <- function(path, value, name) {
  identical(path, list("call")) && is.call(value) || is.null(value) && (
    identical(path, list("model")) || identical(path, list("curvature")) ||
      identical(path, list("variables")) ||
      identical(path, list("calibration")) ||
      name %in% c("control", "stream_settings")
  )
}

# An order that would be carried out, for hours.
is_order <- function(path, value) {
  path[[length(path)]] %in% c("starts", "epochs") && is.numeric(value) &&
    any(value > 100, na.rm = TRUE)
}

# list(value, how, path) of an object with damage.
draw_damage <- function(stored, name) {
  object <- stored$objects[[name]]
  if (inherits(object, "stored_file")) {
    return(c(change_bytes(object), list(path = list("bytes"))))
  }
  other <- stored$objects[[sample(names(stored$objects), 1L)]]
  path <- draw_path(object)
  if (length(path) == 0L) {
    return(NULL)
  }
  changed <- change(fetch_part(object, path), tryCatch(
    fetch_part(other, path),
    error = function(error) NULL
  ))
  if (is_order(path, changed$value)) {
    return(NULL)
  }
  list(
    value = put(object, path, changed$value), how = changed$how, path = path,
    part = changed$value
  )
}

# Methods whose values are compared in no case: they show, or draw.
only_shown <- c(
  "print", "summary", "plot", "plot_covariate", "criteria", "autoplot", "tidiers"
)

run_damage <- function(stored) {
  mood$words <- chance(0.02) || isTRUE(mood$always)
  name <- sample(names(stored$objects), 1L)
  damage <- draw_damage(stored, name)
  if (is.null(damage)) {
    return(list())
  }
  calls <- damage_calls_for(stored$objects[[name]])
  # Two methods of one damaged object, which takes longer to make than to refuse.
  lapply(sample(names(calls), min(2L, length(calls))), function(own) {
    damaged_outcome(stored, name, damage, own, calls[[own]])
  })
}

damaged_outcome <- function(stored, name, damage, own, call) {
  label <- paste0(
    name, "$", paste(unlist(damage$path), collapse = "$"), " ", damage$how, " ", own
  )
  # What draws, such as starts, draws the same of the sound object.
  set.seed(1)
  result <- outcome(label, quiet(call(damage$value, stored$data, stored$sound)))
  result$kind <- paste(name, own)
  allowed <- is_allowed(damage$path, damage$part, name)
  if (result$status == "value" && endsWith(damage$how, "!") &&
    !own %in% only_shown && !allowed) {
    sound <- sound_value(stored, name, own)
    if (!isTRUE(all.equal(sound$value, result$value, check.attributes = FALSE))) {
      result$complaints <- c(result$complaints, "a value that is another")
    }
  }
  # A fit whose frame is gone is one that kept none, and is told of as such.
  # Settings are arguments, and checked as such.
  if (result$status == "classed" && !is_about_damage(result$message) && !allowed &&
    !name %in% c("control", "stream_settings")) {
    # Refused, but do the words send the user elsewhere?
    # (Refits that fail because a value of the data is huge are about the data.)
    # So is what no more gives the frame; and what to do with missing values is a
    # setting.
    about_data <- identical(damage$path[[1L]], "model") &&
      startsWith(result$message, "sgmoe_error_bootstrap") ||
      identical(damage$path[[1L]], "variables") &&
        startsWith(result$message, "sgmoe_error_no_data") ||
      identical(damage$path[[1L]], "na.action") &&
        startsWith(result$message, "sgmoe_error_na_action")
    if (!about_data && sound_value(stored, name, own)$status == "value") {
      result$complaints <- c(result$complaints, paste("misleading", result$message))
    }
  }
  result[names(result) != "value"]
}

# consume() names the chunk, and has the error about damage as parent.
is_about_damage <- function(message) {
  grepl(
    "^sgmoe_error_(damaged|version|skip|source|checkpoint|spill|calibration)", message
  )
}
