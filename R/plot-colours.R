# Colours of experts.

#' One colour for each expert
#' @noRd
expert_colours <- function(k, col = NULL, call = rlang::caller_env()) {
  if (!is.null(col)) {
    # (Of numbers col2rgb() takes more than a device does.)
    valid <- length(col) == k && (!is.numeric(col) || all(col %in% 0:1e6)) &&
      !inherits(try(grDevices::col2rgb(col), silent = TRUE), "try-error")
    if (!valid) {
      abort("argument", c(
        "{.arg col} must hold {k} colour{?s}, one for each expert.",
        "x" = "It is {describe_value(col)}{if (length(col) == k) ', of which not all are
               colours'}."
      ), call)
    }
    return(col)
  }
  # Without the black of the mean; the palest come last.
  okabe_ito <- grDevices::palette.colors(palette = "Okabe-Ito")
  okabe_ito <- unname(okabe_ito[c(6, 7, 4, 2, 8, 3, 9, 5)])
  if (k <= length(okabe_ito)) {
    return(okabe_ito[seq_len(k)])
  }
  grDevices::hcl.colors(k, "Dark 3")
}

#' Mixtures of colours: `share` of `colour`, the rest of `other`
#' @noRd
mix_colours <- function(colour, other, share, alpha = 1) {
  if (length(colour) == 0L) {
    return(character())
  }
  colour <- grDevices::col2rgb(colour) / 255
  other <- as.vector(grDevices::col2rgb(other)) / 255
  share <- rep(share, each = 3L)
  mixed <- matrix(colour * share + other * (1 - share), 3L)
  grDevices::rgb(mixed[1L, ], mixed[2L, ], mixed[3L, ], alpha)
}
