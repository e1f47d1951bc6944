# A selection is a fit or a stream, and how it was chosen.

#' A selection: the fit, and how it was chosen
#'
#' `sgmoe_call` is the call of the fit itself, `sgmoe_ridge` what was asked for as
#' ridge: a fit of one expert does not say.
#'
#' @param dendrogram The tree, an expert_dendrogram.
#' @param regimes How many experts are separate, or NA.
#' @param ridge The setting of that name.
#' @noRd
new_selection <- function(fit, path, dendrogram, criterion, regimes, background,
                          ridge, call) {
  own <- list(
    path = path, dendrogram = dendrogram, criterion = criterion,
    regimes = regimes, background = background, sgmoe_call = fit$call,
    sgmoe_ridge = ridge
  )
  fit$call <- call
  structure(c(unclass(fit), own), class = c("sgmoe_selection", "sgmoe"))
}

# What selecting and tuning add to a fit.
fields_beside_fit <- list(
  sgmoe_selection = c(
    "path", "dendrogram", "criterion", "regimes", "background"
  ),
  sgmoe_tuning = c("table", "best", "score", "folds", "repeats", "one_se")
)

#' A fit without what selecting or tuning adds to it
#' @noRd
plain_fit <- function(fit) {
  if (!inherits(fit, names(fields_beside_fit))) {
    return(fit)
  }
  own <- fields_beside_fit[[class(fit)[[1L]]]]
  fit <- unclass(fit)
  fit$call <- fit$sgmoe_call
  fit[c(own, "sgmoe_call", "sgmoe_ridge")] <- NULL
  structure(fit, class = "sgmoe")
}

#' A stream without what a selection adds to it
#' @noRd
plain_stream <- function(stream) {
  if (!inherits(stream, "sgmoe_stream_selection")) {
    return(stream)
  }
  stream$levels[[stream$k]]
}
