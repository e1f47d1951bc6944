# Stored objects: what a fit, stream, tree or selection must be like before a
# method relies on it. They come back from files, other hands and other versions
# of the package. Who changes a format changes its check here, the fixtures of
# tests/testthat/fixtures, and says how old ones are read.

#' Refuse an object that is not whole
#'
#' @param object A fit, stream, tree or selection.
#' @noRd
check_stored <- function(object, call = rlang::caller_env()) {
  kind <- stored_kinds[[intersect(class(object), names(stored_kinds))[[1L]]]]
  finding <- find_damage({
    ensure(is.list(object), "it is no list")
    kind$check(object)
  })
  if (!is.null(finding)) {
    refuse_damaged(kind$name, finding, kind$remedy, call)
  }
  invisible(object)
}

#' What a check finds, in words; NULL if all is well
#'
#' What lies inside may be of any type: an error on the way is a finding, too.
#' @noRd
find_damage <- function(check) {
  tryCatch(
    {
      check
      NULL
    },
    sgmoe_finding = function(finding) finding$what,
    error = function(error) "its parts are not of the types they had"
  )
}

#' @param finding What is wrong, in words.
#' @param remedy What to do, a sentence.
#' @noRd
refuse_damaged <- function(name, finding, remedy,
                           call = rlang::caller_env()) {
  abort("damaged", c(
    "This {name} is damaged: {finding}.",
    "i" = "Its fields are not meant to be changed. {remedy}"
  ), call)
}

#' @noRd
not_whole <- function(what) {
  stop(structure(
    class = c("sgmoe_finding", "error", "condition"),
    list(message = what, what = what, call = NULL)
  ))
}

#' Go on only if all of `fine` are true
#' @noRd
ensure <- function(fine, what) {
  if (!isTRUE(all(fine))) {
    not_whole(what)
  }
}

# Parts ------------------------------------------------------------------------

#' @noRd
check_stored_spec <- function(spec) {
  ensure(is.list(spec), "it has no field spec")
  ensure(are_words(spec$family, 1L) && spec$family %in% names(families), "family")
  ensure(is_whole(spec$k, 1, 1e6), "the number of experts")
  ensure(
    are_words(spec$responses) && length(spec$responses) > 0L &&
      !anyDuplicated(spec$responses), "the names of responses"
  )
  ensure(
    is.null(spec$covariance) || are_words(spec$covariance, 1L) &&
      spec$covariance %in% covariance_structures, "covariance"
  )
  ensure(are_flags(spec$shared) && are_flags(spec$same), "shared or same")
  ensure(
    are_numbers(spec$ridge, 1L, 0) &&
      are_numbers(spec$variance_floor, 1L, 0, 1), "ridge or variance_floor"
  )
  ensure(
    is.null(spec$prior) || is.list(spec$prior) &&
      are_numbers(spec$prior$ridge, 2L, 0) &&
      identical(names(spec$prior$ridge), ridge_groups) &&
      all(vapply(spec$prior, function(x) {
        is.double(x) && all(is.finite(x))
      }, NA)), "prior"
  )
  for (part in c("gate", "expert")) {
    columns <- spec$columns[[part]]
    ensure(are_words(columns) && length(columns) > 0L, "the names of columns")
    ensure(are_flags(spec$aliased[[part]], length(columns)), "aliased columns")
    check_stored_basis(spec$basis[[part]], n_columns(spec, part))
  }
  check_stored_basis(spec$basis$response, length(spec$responses))
}

#' @noRd
check_stored_basis <- function(part, size) {
  ensure(
    are_numbers(part$centre, size) && are_numbers(part$scale, size) &&
      all(part$scale > 0) && are_flags(part$intercept), "the working basis"
  )
}

#' @noRd
check_stored_parameters <- function(parameters, spec) {
  q <- length(spec$responses)
  ensure(
    is_matrix_of(parameters$gate, n_columns(spec, "gate"), spec$k),
    "the gate's parameters"
  )
  ensure(
    is_matrix_of(parameters$expert, n_columns(spec, "expert"), q * spec$k),
    "the experts' parameters"
  )
  ensure(
    family_of(spec)$stored_scales(parameters, spec),
    "the experts' other parameters"
  )
}

#' @noRd
check_stored_blueprint <- function(blueprint, spec) {
  ensure(inherits(blueprint, "sgmoe_blueprint"), "its blueprint")
  for (name in c("terms", "frame_terms", "expert_terms", "gate_terms")) {
    ensure(inherits(blueprint[[name]], c("terms", "formula"), TRUE) > 0, name)
  }
  ensure(
    identical(blueprint$family, spec$family) &&
      identical(blueprint$response_names, spec$responses) &&
      identical(blueprint$same, spec$same) &&
      identical(blueprint$expert_intercept, spec$basis$expert$intercept) &&
      identical(blueprint$gate_intercept, spec$basis$gate$intercept),
    "its blueprint is of another model"
  )
  ensure(
    are_words(blueprint$response_kind, 1L) &&
      is.list(blueprint$xlevels) && all(vapply(blueprint$xlevels, function(own) {
        are_words(own) && length(own) > 0L && !anyDuplicated(own)
      }, NA)), "the levels of factors"
  )
  check_stored_contrasts(blueprint)
  check_stored_terms(blueprint)
  ensure(
    is.list(blueprint$columns) && all(vapply(blueprint$columns, function(own) {
      are_words(own$kind, 1L) && (is.null(own$levels) || are_words(own$levels))
    }, NA)), "the columns of its data"
  )
  for (name in c("offset", "weights")) {
    own <- blueprint[[name]]
    ensure(is.null(own) || is.list(own) &&
      identical(names(own), c("expression", "environment")) &&
      (is.null(own$expression) ||
        is.language(own$expression) && is.environment(own$environment)), name)
  }
  ensure(
    is.null(blueprint$left_out) || are_words(blueprint$left_out), "left_out"
  )
  ensure(length(lost_columns(blueprint)) == 0L, "the columns of its data")
}

#' @noRd
check_stored_contrasts <- function(blueprint) {
  ensure(is.list(blueprint$contrasts), "contrasts")
  for (part in c("expert", "gate")) {
    all <- blueprint$contrasts[[part]]
    ensure(is.null(all) || is.list(all), "contrasts")
    for (name in names(all)) {
      own <- all[[name]]
      levels <- blueprint$xlevels[[name]]
      ensure(
        are_words(own, 1L) || is.function(own) || is.numeric(own) &&
          is.matrix(own) && (is.null(levels) || nrow(own) == length(levels)),
        "contrasts"
      )
    }
  }
}

#' Terms of gate and experts are of the columns of one frame
#' @noRd
check_stored_terms <- function(blueprint) {
  kinds <- attr(blueprint$frame_terms, "dataClasses")
  for (name in c("expert_terms", "gate_terms")) {
    own <- attr(blueprint[[name]], "dataClasses")
    ensure(is.null(own) || identical(kinds[names(own)], own), name)
  }
  labels <- function(terms) attr(terms, "term.labels")
  ensure(
    !blueprint$same ||
      identical(labels(blueprint$expert_terms), labels(blueprint$gate_terms)),
    "expert_terms"
  )
}

#' Settings are those that their own function accepts
#' @noRd
check_stored_control <- function(control, make) {
  ensure(is.list(control), "its settings")
  given <- unclass(control)
  # Those of the pilot are given beside a stream's own.
  given <- c(given[names(given) != "pilot"], given$pilot)
  again <- tryCatch(
    do.call(make, given),
    error = function(error) NULL
  )
  ensure(identical(again, control), "its settings")
}

# Kinds ------------------------------------------------------------------------

#' @noRd
check_stored_fit <- function(fit) {
  spec <- fit$spec
  check_stored_spec(spec)
  view <- c("k", "family", "covariance", "shared", "responses", "basis")
  for (name in view) {
    ensure(identical(fit[[name]], spec[[name]]), paste(name, "has changed"))
  }
  check_stored_parameters(fit$parameters, spec)
  coefficients <- fit$coefficients
  ensure(
    is.double(coefficients) && identical(
      names(coefficients), unlist(spec_labels(spec), use.names = FALSE)
    ) && !any(is.nan(coefficients) | is.infinite(coefficients)) &&
      (!anyNA(coefficients) || any(unlist(spec$aliased))),
    "its coefficients"
  )
  ensure(
    are_numbers(c(fit$log_likelihood, fit$objective), 2L), "its log-likelihood"
  )
  # Effective parameters are no more than there are, but for rounding.
  ensure(
    if (spec$ridge == 0) {
      identical(fit$df, count_parameters(spec))
    } else {
      are_numbers(fit$df, 1L, 0, 1.000001 * count_parameters(spec))
    }, "df"
  )
  ensure(are_numbers(fit$nobs, 1L, 0) && fit$nobs > 0, "nobs")
  ensure(is_whole(fit$rows, 1), "rows")
  ensure(is_whole(fit$dropped), "dropped")
  ensure(is_whole(fit$passes), "passes")
  ensure(are_flags(fit$converged) && are_words(fit$reason, 1L), "how it ended")
  ensure(are_words(fit$method, 1L) &&
    fit$method %in% c("mm", "em", "incremental"), "method")
  ensure(is.double(fit$trace) && !anyNA(fit$trace), "trace")
  for (name in c("gain", "entropy")) {
    ensure(is.numeric(fit[[name]]) && length(fit[[name]]) == 1L &&
      !is.infinite(fit[[name]]), name)
  }
  ensure(are_numbers(fit$gate_share, spec$k, 0, 1 + 1e-6), "gate_share")
  ensure(are_numbers(fit$posterior_weight, spec$k, 0), "posterior_weight")
  ensure(
    are_flags(fit$starved, spec$k) && are_flags(fit$floored, spec$k),
    "starved or floored"
  )
  # Streams and levels of trees do not look at rows.
  ensure(
    is.null(fit$point_mass) || are_flags(fit$point_mass, spec$k), "point_mass"
  )
  ensure(is.null(fit$diverging) ||
    are_words(fit$diverging) && are_words(names(fit$diverging)), "diverging")
  check_stored_starts(fit$starts)
  check_stored_ridge(fit)
  check_stored_calibration(fit$calibration, spec)
  check_stored_blueprint(fit$blueprint, spec)
  check_stored_control(fit$control, sgmoe_control)
  ensure(is.null(fit$call) || is.call(fit$call), "call")
  check_stored_model(fit)
}

#' @noRd
check_stored_starts <- function(starts) {
  numbers <- c("start", "logLik", "objective", "passes")
  ensure(
    is.data.frame(starts) && nrow(starts) > 0L &&
      all(c("type", "reason", "logLik", "passes") %in% names(starts)) &&
      all(vapply(
        starts[intersect(numbers, names(starts))], is.numeric, NA
      )) && are_words(starts$type) && are_words(starts$reason) &&
      (is.null(starts$chosen) || are_flags(starts$chosen, nrow(starts))),
    "the table of starts"
  )
}

#' What print() says of the ridge, and how it was found
#' @noRd
check_stored_ridge <- function(fit) {
  found <- fit$evidence
  ensure(
    is.null(found) || is.list(found) && are_flags(found$settled) &&
      are_numbers(found$ridge, 2L, 0) &&
      (is.null(found$updates) || is.numeric(found$updates)), # none yet
    "how its ridge was found"
  )
  # Fits of earlier formats do not have it.
  ensure(
    is.null(fit$ridge) || are_numbers(fit$ridge, length(fit$ridge), 0) &&
      length(fit$ridge) == if (is.null(found)) 1L else 2L, "ridge"
  )
  own <- fit$tuning
  ensure(
    is.null(own) || is.list(own) && is.data.frame(own$table) &&
      is.data.frame(own$best) && are_words(own$score, 1L), "tuning"
  )
}

#' @param own What recalibrate() added to the fit, or NULL.
#' @noRd
check_stored_calibration <- function(own, spec) {
  if (is.null(own)) {
    return()
  }
  ensure(is.list(own) && are_words(own$method, 1L), "calibration")
  ensure(switch(own$method,
    temperature = are_numbers(own$temperature, 1L, 1e-6),
    isotonic = is.list(own$maps) && are_numbers(own$share, 1L, 0, 1) &&
      identical(names(own$maps), spec$responses) &&
      all(vapply(own$maps, function(map) {
        size <- length(map$at)
        size > 1L && are_numbers(map$at, size) &&
          are_numbers(map$value, size, 0, 1) && !is.unsorted(map$value)
      }, NA))
  ), "calibration")
  ensure(are_numbers(own$log_loss, 2L) && are_numbers(own$nobs), "calibration")
}

#' @noRd
check_stored_model <- function(fit) {
  ensure(
    is.null(fit$na.action) || is.integer(fit$na.action) &&
      inherits(fit$na.action, c("omit", "exclude")), "na.action"
  )
  if (is.null(fit$model)) {
    return()
  }
  ensure(is.data.frame(fit$model) && nrow(fit$model) == fit$rows, "model")
  kinds <- attr(fit$blueprint$frame_terms, "dataClasses")
  ensure(all(names(kinds) %in% names(fit$model)), "model")
  now <- vapply(fit$model[names(kinds)], stats::.MFclass, "")
  # Strings were made factors.
  kinds[kinds == "character"] <- now[now == "character"] <- "factor"
  ensure(all(now == kinds), "model")
  weights <- stats::model.weights(fit$model)
  ensure(
    is.null(weights) || are_numbers(weights, fit$rows, 0), "weights in its model"
  )
  ensure(isTRUE(all.equal(
    fit$nobs, total_weight(weights, fit$rows)
  )), "nobs")
}

#' A stream; what the core reads of its state, the core checks
#' @noRd
check_stored_stream <- function(stream) {
  if (!is.null(stream$waiting)) {
    ensure(
      is.data.frame(stream$waiting) && is.list(stream$request) &&
        length(stream$needed) == 1L &&
        (is.na(stream$needed) || is_whole(stream$needed)),
      "what it collects for its pilot"
    )
    return()
  }
  spec <- stream$spec
  check_stored_spec(spec)
  for (name in c("k", "family", "responses")) {
    ensure(identical(stream[[name]], spec[[name]]), paste(name, "has changed"))
  }
  check_stored_blueprint(stream$blueprint, spec)
  for (part in c("gate", "expert")) {
    ensure(are_flags(
      stream$undetermined[[part]], length(stream$undetermined[[part]])
    ) && length(stream$undetermined[[part]]) %in%
      c(n_columns(spec, part), length(spec$columns[[part]])), "undetermined")
  }
  check_stored_control(stream$control, stream_control)
  ensure(
    identical(stream$core_control, core_stream_control(stream$control)),
    "core_control has changed"
  )
  pilot <- stream$pilot
  ensure(
    is_whole(pilot$rows, 1) && are_numbers(pilot$weight, 1L, 0) &&
      pilot$weight > 0 && are_numbers(pilot$ridge, 1L, 0) &&
      are_numbers(pilot$log_likelihood) && is.data.frame(pilot$starts),
    "what it knows of its pilot"
  )
  ensure(is_whole(stream$dropped), "dropped")
  ensure(is.null(stream$call) || is.call(stream$call), "call")
  check_stored_template(stream$template, spec)
}

#' @noRd
check_stored_template <- function(template, spec) {
  columns <- list(gate = spec$basis$gate)
  if (!spec$same) columns$expert <- spec$basis$expert
  # The core looks for each of them, if only to find it NULL.
  ensure(
    all(c("gate", "expert", "response", "weights", "offset") %in% names(template)) &&
      is.null(template$expert) == spec$same, "template"
  )
  for (part in names(columns)) {
    own <- template[[part]]
    ensure(
      is_matrix_of(own$values, 0L, length(columns[[part]]$scale)) &&
        identical(own$centre, columns[[part]]$centre) &&
        identical(own$scale, columns[[part]]$scale), "template"
    )
  }
  own <- template$response
  used <- seq_along(own$scale)
  ensure(
    length(used) > 0L && is_matrix_of(own$values, 0L, length(used)) &&
      identical(own$centre, spec$basis$response$centre[used]) &&
      identical(own$scale, spec$basis$response$scale[used]), "template"
  )
  ensure(is.double(template$weights) && length(template$weights) == 0L, "template")
  ensure(is.null(template$offset) || is.double(template$offset) &&
    is.matrix(template$offset) && nrow(template$offset) == 0L, "template")
}

#' @noRd
check_stored_tree <- function(tree) {
  k <- tree$k
  ensure(is_whole(k, 1, 1e6), "the number of experts")
  merge <- tree$merge
  # Every leaf and every merge but the last is merged once, after it was made.
  members <- if (k > 1) as.integer(setdiff(seq(-k, k - 2), 0))
  ensure(is.integer(merge) && identical(dim(merge), c(as.integer(k) - 1L, 2L)) &&
    setequal(merge, members) && !anyDuplicated(c(merge)) &&
    all(merge < row(merge)), "merge")
  ensure(
    is.double(tree$height) && length(tree$height) == k - 1 &&
      all(is.finite(tree$height)), "height"
  )
  ensure(
    is.numeric(tree$order) && identical(sort(tree$order), seq_len(k)) &&
      identical(tree$order, merge_order(merge)), "order"
  )
  ensure(are_words(tree$labels, k), "labels")
  ensure(are_numbers(tree$weight, k, 0), "weight")
  ensure(
    are_words(tree$dissimilarity, 1L) &&
      tree$dissimilarity %in% c("voronoi", "likelihood") &&
      are_words(tree$atom_weight, 1L) &&
      tree$atom_weight %in% c("intercept", "average") &&
      are_flags(tree$refine) && are_flags(tree$standardise), "its rule"
  )
  ensure(is.null(tree$selected) || is_whole(tree$selected, 1, k), "selected")
  ensure(is.null(tree$regimes) || is_whole(tree$regimes, 1, k), "regimes")
  check_stored_spec(tree$spec)
  ensure(is.list(tree$levels) && length(tree$levels) == k, "levels")
  for (i in seq_len(k)) {
    level <- tree$levels[[i]]
    ensure(
      is_whole(level$k, 1) && level$k == k + 1 - i &&
        length(level$log_likelihood) == 1L && is.numeric(level$log_likelihood) &&
        !is.nan(level$log_likelihood) && !is.infinite(level$log_likelihood),
      "levels"
    )
    ensure(is.list(level$members) && length(level$members) == level$k &&
      identical(sort(unlist(level$members)), seq_len(k)), "members")
    ensure(is.null(level$gate_share) ||
      are_numbers(level$gate_share, level$k, 0), "levels")
    check_stored_parameters(
      level$parameters, with_experts(tree$spec, level$k)
    )
  }
}

#' @noRd
check_stored_selection <- function(selection) {
  check_stored_tree(selection$dendrogram)
  check_stored_path(selection)
  check_stored_fit(plain_fit(selection))
}

#' @noRd
check_stored_stream_selection <- function(selection) {
  check_once(selection$dendrogram, check_stored_tree)
  check_stored_path(selection)
  levels <- selection$levels
  ensure(
    is.list(levels) && length(levels) == selection$dendrogram$k, "levels"
  )
  for (k in seq_along(levels)) {
    ensure(
      inherits(levels[[k]], "sgmoe_stream") && levels[[k]]$k == k, "levels"
    )
    check_once(steady_parts(levels[[k]]), check_stored_stream)
  }
  own <- levels[[selection$k]]
  same <- setdiff(names(own), "call")
  ensure(
    identical(unclass(selection)[same], unclass(own)[same]),
    "its stream is not that of the chosen level"
  )
  ensure(
    are_flags(selection$prequential) && is.data.frame(selection$start$path) &&
      are_numbers(selection$start$weight, 1L, 0), "start"
  )
}

#' @noRd
check_stored_path <- function(selection) {
  path <- selection$path
  ensure(
    is.data.frame(path) && identical(
      as.double(path$k), as.double(seq_len(selection$dendrogram$k))
    ) && all(c("height", "logLik", "df", "spurious") %in% names(path)) &&
      all(vapply(path[names(path) != "spurious"], is.numeric, NA)) &&
      are_flags(path$spurious, nrow(path)), "path"
  )
  ensure(
    are_words(selection$criterion, 1L) &&
      selection$criterion %in% c(names(path), "prequential"), "criterion"
  )
  ensure(is_whole(selection$k, 1, selection$dendrogram$k), "k")
  ensure(
    is.null(selection$regimes) || identical(selection$regimes, NA_integer_) ||
      is_whole(selection$regimes, 1, selection$dendrogram$k), "regimes"
  )
  own <- selection$background
  ensure(
    is.null(own) || is.list(own) && are_numbers(own$share, 1L, 0, 1) &&
      are_numbers(own$value), "background"
  )
}

#' What is checked of which class, and what to do about damage
#' @noRd
stored_kinds <- list(
  sgmoe = list(
    name = "fit", check = function(x) check_stored_fit(x),
    remedy = "Fit again, or load it anew."
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
  )
)

# Streams ----------------------------------------------------------------------

#' Parts that no row changes, as they were when last checked: of streams that take
#' turns, and of a selection's levels
#' @noRd
checked <- new.env()

#' Check what has not been checked: one-row updates must not pay for it again
#'
#' @param check Refuses `parts` that are not sound.
#' @noRd
check_once <- function(parts, check) {
  if (!is_known(checked, parts)) {
    check(parts)
    # Not what is large and will be another with the next rows.
    if (is.null(parts$waiting) && is.null(parts$prequential)) {
      remember(checked, parts, 32L)
    }
  }
}

#' @noRd
check_stored_parts <- function(stream, call = rlang::caller_env()) {
  check_once(steady_parts(stream), function(parts) check_stored(stream, call))
}

#' @noRd
steady_parts <- function(stream) {
  parts <- unclass(stream)
  if (is.list(parts)) {
    parts["state"] <- NULL
  }
  parts
}

#' What the core cannot read of a stream's state
#' @noRd
refuse_stream <- function(text, call = rlang::caller_env()) {
  refuse_damaged("stream", text, stored_kinds$sgmoe_stream$remedy, call)
}
