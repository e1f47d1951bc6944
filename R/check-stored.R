# Stored objects: what a fit, stream, tree or selection must be like before a
# method relies on it. They come back from files, other hands and other versions
# of the package. Who changes a format changes its check (check-stored-*.R), the
# fixtures of tests/testthat/fixtures, and says how old ones are read.

#' Refuse an object that is not whole
#'
#' @param object A fit, stream, tree or selection.
#' @noRd
check_stored <- function(object, call = rlang::caller_env()) {
  kind <- stored_kind(object)
  finding <- find_damage({
    ensure(is.list(object), "it is no list")
    kind$check(object)
  })
  if (!is.null(finding)) {
    refuse_damaged(kind$name, finding, kind$remedy, call)
  }
  invisible(object)
}

#' What is checked of which class, and what to do about damage
#' @noRd
stored_kinds <- list(
  sgmoe = list(
    name = "fit", check = function(x) check_stored_fit(x),
    remedy = fit_remedy
  ),
  sgmoe_stream = list(
    name = "stream", check = function(x) check_stored_stream(x),
    remedy = "Load it anew, or begin again."
  ),
  expert_dendrogram = list(
    name = "dendrogram", check = function(x) check_stored_tree(x),
    remedy = "Make it again, or load it anew."
  ),
  sgmoe_selection = list(
    name = "selection", check = function(x) check_stored_selection(x),
    remedy = "Select again, or load it anew."
  ),
  sgmoe_stream_selection = list(
    name = "selection", check = function(x) check_stored_stream_selection(x),
    remedy = "Select again, or load it anew."
  ),
  sgmoe_tuning = list(
    name = "tuned fit", check = function(x) check_stored_tuning(x),
    remedy = "Tune again, or load it anew."
  ),
  sgmoe_bootstrap = list(
    name = "bootstrap", check = function(x) check_stored_bootstrap(x),
    remedy = "Make it again, or load it anew."
  ),
  sgmoe_conformal = list(
    name = "set of scores", check = function(x) check_stored_conformal(x),
    remedy = "Compute them again, or load it anew."
  ),
  sgmoe_calibration = list(
    name = "calibration", check = function(x) check_stored_reliability(x),
    remedy = "Compute it again, or load it anew."
  ),
  sgmoe_effects = list(
    name = "table of effects", check = function(x) check_stored_effects(x),
    remedy = "Compute it again, or load it anew."
  ),
  summary.sgmoe = list(
    name = "summary", check = function(x) check_stored_summary(x),
    remedy = "Make it again by summary()."
  ),
  summary.sgmoe_stream = list(
    name = "summary", check = function(x) check_stored_stream_summary(x),
    remedy = "Make it again by summary()."
  )
)

#' Which of the stored kinds is an object?
#' @noRd
stored_kind <- function(object) {
  stored_kinds[[intersect(class(object), names(stored_kinds))[[1L]]]]
}

#' The call that an object was made by, refused where it is gone
#'
#' @param object A fit or a selection that check_stored() has passed.
#' @noRd
stored_call <- function(object, call = rlang::caller_env()) {
  if (is.null(object$call)) {
    kind <- stored_kind(object)
    refuse_damaged(kind$name, "its call", kind$remedy, call)
  }
  object$call
}

#' Refuse a stream whose steady parts are not whole
#' @noRd
check_stored_parts <- function(stream, call = rlang::caller_env()) {
  check_once(steady_parts(stream), function(parts) check_stored(stream, call))
}

#' What the core cannot read of a stream's state
#' @noRd
refuse_stream <- function(text, call = rlang::caller_env()) {
  refuse_damaged("stream", text, stored_kinds$sgmoe_stream$remedy, call)
}
