# What a fit is, in words.

#' One line that names the model
#' @noRd
describe_model <- function(x) {
  family <- family_of(x)
  paste0(
    "Mixture of ", x$k, " ", family$title, " expert", if (x$k > 1) "s",
    family$describe(x$spec)
  )
}

#' @noRd
describe_reference <- function(x) {
  reference <- family_of(x)$reference(x$spec)
  if (!is.null(reference)) paste0(", ", reference)
}

#' The ridge of a fit and where it came from, in words, or NULL, also where it
#' has nothing to act on
#' @noRd
describe_ridge <- function(fit) {
  tuned <- is_tuned(fit)
  if (is.null(fit$evidence)) {
    ridge <- fit$spec$ridge
    return(if (ridge > 0 || tuned) {
      paste0("ridge ", format(ridge), if (tuned) " (by cross-validation)")
    })
  }
  if (all(unlist(fit$spec$columns) == "(Intercept)")) {
    return(NULL)
  }
  ridge <- format(signif(fit$ridge, 3L), trim = TRUE)
  paste0(
    "ridge ", if (length(unique(ridge)) == 1L) {
      ridge[[1L]]
    } else {
      paste0(ridge[[1L]], " for the gate, ", ridge[[2L]], " for the experts")
    },
    " (by evidence", if (tuned) ", as cross-validation chose",
    if (fit$ridge[[1L]] %in% evidence_settings$range) {
      ", at its limit"
    } else if (!fit$evidence$settled) {
      ", not settled"
    }, ")"
  )
}

#' Was the ridge of a fit chosen by cross-validation?
#' @noRd
is_tuned <- function(fit) {
  inherits(fit, "sgmoe_tuning") || !is.null(fit$tuning)
}

#' How the fit ended, in a sentence
#' @noRd
describe_end <- function(x) {
  passes <- paste(x$passes, if (x$passes == 1) "pass" else "passes")
  switch(x$reason,
    converged = paste0("Converged after ", passes, "."),
    pass_limit = paste0(
      "Not converged: stopped at the limit of ", passes, "."
    ),
    interrupted = paste0("Interrupted after ", passes, "."),
    non_finite = paste0(
      "Stopped after ", passes, ": the likelihood is not finite."
    ),
    separated = paste0(
      "Separation (", passes, "): some coefficients have no finite estimate."
    ),
    epochs = paste0("Learnt incrementally in ", passes, "."),
    streamed = "Learnt from a stream; the log-likelihood is prequential."
  )
}
