# Stored objects: what bootstraps, calibrations, effects and summaries give. Their
# methods read tables and numbers, and no more is looked at.

#' Of a data frame's columns, those named are numbers, NA where nothing is known
#'
#' @param known Names of columns without NA.
#' @noRd
ensure_columns <- function(table, names, known = names) {
  ensure(
    is.data.frame(table) && all(names %in% names(table)), "columns are missing"
  )
  for (name in names) {
    own <- unclass(table)[[name]]
    ensure(
      is.numeric(own) && is.null(dim(own)) && length(own) == nrow(table) &&
        !any(is.nan(own)) &&
        (!name %in% known || all(is.finite(own))), name
    )
  }
}

#' @noRd
check_stored_bootstrap <- function(own) {
  size <- length(own$t0)
  ensure(is_whole(own$nsim, 1), "nsim")
  ensure(
    are_doubles(own$t0) && are_words(names(own$t0), size) &&
      !any(is.nan(own$t0) | is.infinite(own$t0)), "t0"
  )
  ensure(
    are_doubles(own$t) && identical(dim(own$t), as.integer(c(own$nsim, size))) &&
      identical(colnames(own$t), names(own$t0)) &&
      !any(is.nan(own$t) | is.infinite(own$t)), "t"
  )
  ensure(
    are_doubles(own$log_likelihood) && length(own$log_likelihood) == own$nsim &&
      !any(is.nan(own$log_likelihood) | is.infinite(own$log_likelihood)),
    "log_likelihood"
  )
  failed <- is.na(own$log_likelihood)
  ensure(
    is.table(own$failures) && is.integer(own$failures) &&
      sum(own$failures) == sum(failed) &&
      all(is.na(own$t[failed, !is.na(own$t0)])) &&
      !anyNA(own$t[!failed, !is.na(own$t0)]), "failures"
  )
  ensure(are_words(own$type, 1L), "type")
  ensure(
    is.list(own$parts) && all(vapply(own$parts, is.numeric, NA)) &&
      setequal(unlist(own$parts), seq_len(size)), "parts"
  )
}

#' @noRd
check_stored_conformal <- function(own) {
  rows <- length(own$folds)
  ensure(is.atomic(own$folds) && rows > 0L && !anyNA(own$folds), "folds")
  ensure(
    is.matrix(own$scores) && is_matrix_of(own$scores, rows, ncol(own$scores)) &&
      ncol(own$scores) > 0L && are_words(colnames(own$scores)) &&
      all(own$scores >= 0 & own$scores <= 1 + 1e-6), "scores"
  )
  ensure(
    is.list(own$parameters) && all(vapply(own$parameters, function(part) {
      is.matrix(part) && is_matrix_of(part, nrow(part), ncol(part))
    }, NA)), "parameters"
  )
}

#' @noRd
check_stored_reliability <- function(own) {
  ensure_columns(own, c(
    "lower", "upper", "n", "predicted", "observed", "low", "high"
  ))
  shares <- unclass(own)[c("lower", "upper", "predicted", "observed")]
  ensure(
    all(unlist(shares) >= 0 & unlist(shares) <= 1 + 1e-6) && all(own$n > 0),
    "shares of classes"
  )
  target <- attr(own, "target")
  ensure(
    are_numbers(attr(own, "calibration_error")) && is_whole(attr(own, "dropped")) &&
      are_words(attr(own, "classes")) && (is.null(target) ||
      are_words(target, 1L) && target %in% attr(own, "classes")), "its attributes"
  )
}

#' @noRd
check_stored_effects <- function(own) {
  kind <- attr(own, "kind")
  titles <- attr(own, "titles")
  ensure(
    are_words(kind, 1L) && kind %in% c("average", "dependence") &&
      are_words(attr(own, "of"), 1L) && is_whole(attr(own, "k"), 1) &&
      are_words(titles) && are_words(names(titles)), "its attributes"
  )
  limits <- c("estimate", "std.error", "conf.low", "conf.high")
  ensure_columns(own, limits, known = character())
  columns <- unclass(own)
  experts <- columns$expert
  ensure(
    length(experts) == nrow(own) && is.null(dim(experts)) && (all(is.na(experts)) || is.numeric(experts) &&
      all(experts %in% seq_len(attr(own, "k")))), "expert"
  )
  label <- if (kind == "average") "contrast" else "value"
  for (name in c("covariate", "response", label)) {
    ensure(
      is.atomic(columns[[name]]) && length(columns[[name]]) == nrow(own) &&
        is.null(dim(columns[[name]])) && !anyDuplicated(levels(columns[[name]])) &&
        (name != label || !anyNA(columns[[name]])), name
    )
  }
  of_mean <- identical(attr(own, "of"), "mean")
  ensure(
    are_words(columns$covariate) && (identical(attr(own, "of"), "gate") ||
      all(columns$response %in% names(titles))), "covariate or response"
  )
  ensure(nrow(own) == 0L || of_mean || !anyNA(experts), "expert")
  ensure(nrow(own) == 0L || !all(is.na(columns$estimate)), "estimate")
}

#' @noRd
check_stored_summary <- function(own) {
  spec <- own$spec
  check_stored_spec(spec)
  for (name in c("k", "family", "responses", "covariance", "shared")) {
    ensure(identical(own[[name]], spec[[name]]), paste(name, "has changed"))
  }
  labels <- spec_labels(spec)
  check_stored_tests(own$coefficients, c(labels$expert, labels$gate), 4L)
  check_stored_tests(own$scales, labels$scale, 2L)
  ensure(
    is.data.frame(own$experts) && nrow(own$experts) == own$k &&
      all(vapply(own$experts, is.numeric, NA)), "experts"
  )
  for (name in c("logLik", "AIC", "BIC", "df", "nobs")) {
    ensure(are_numbers(as.vector(own[[name]])), name)
  }
  for (name in c("ICL", "rate", "gap", "gain", "hits")) {
    ensure(is.numeric(own[[name]]) || identical(own[[name]], NA), name)
    ensure(length(own[[name]]) == 1L, name)
  }
  ensure(is_whole(own$dropped) && is_whole(own$passes), "passes or dropped")
  ensure(are_words(own$reason, 1L), "reason")
  ensure(is.null(own$ridge) || are_words(own$ridge, 1L), "ridge")
  for (name in c("starved", "floored")) {
    ensure(are_flags(own[[name]], own$k), name)
  }
  ensure(is.null(own$point_mass) || are_flags(own$point_mass, own$k), "point_mass")
  ensure(
    is.null(own$problems) || is.list(own$problems) &&
      all(names(own$problems) %in% names(covariance_problems)) &&
      all(vapply(own$problems, are_words, NA)), "problems"
  )
  ensure(are_words(own$aliased), "aliased")
  ensure(is.null(own$scores) || are_doubles(own$scores) && all(c(
    "accuracy", "log_loss", "brier", "calibration_error"
  ) %in% names(own$scores)), "scores")
  check_stored_starts(own$starts)
  check_stored_calibration(own$calibration, spec)
}

#' A table of coefficients; NULL is one without rows
#' @noRd
check_stored_tests <- function(table, labels, columns) {
  ensure(
    is.numeric(table) && is.matrix(table) && ncol(table) == columns &&
      setequal(rownames(table), labels) && nrow(table) == length(labels),
    "coefficients"
  )
  ensure(!any(is.nan(table[, 1:2]) | is.infinite(table[, 1:2])), "coefficients")
  if (columns == 4L) {
    p <- table[, 4L]
    ratio <- table[, 1L] / table[, 2L]
    ensure(
      all(p >= 0 & p <= 1 | is.na(p)) && identical(is.nan(p), is.nan(ratio)) &&
        identical(is.nan(table[, 3L]), is.nan(ratio)) &&
        isTRUE(all.equal(table[, 3L], ratio)), "tests"
    )
  }
}

#' @noRd
check_stored_stream_summary <- function(own) {
  ensure(inherits(own$fit, "sgmoe"), "its fit")
  check_stored_fit(own$fit)
  ensure_columns(own$rows, c("pilot", "learnt", "waiting", "dropped", "extreme"))
  ensure(nrow(own$rows) == 1L, "rows")
  ensure(
    are_numbers(own$step_size) && are_numbers(own$window),
    "step_size or window"
  )
  ensure(
    are_doubles(own$score) && all(c("all", "recent") %in% names(own$score)), "score"
  )
  check_stored_control(own$control, stream_control)
  ensure(are_words(own$reported, 1L), "reported")
}

#' What tune_experts() can score by; here, since its own table knows how
#' @noRd
tuning_score_names <- c("log", "rmse", "accuracy", "brier", "crps")

#' @noRd
check_stored_tuning <- function(own) {
  check_stored_fit(plain_fit(own))
  ensure(
    are_words(own$score, 1L) && own$score %in% tuning_score_names, "score"
  )
  for (table in own[c("table", "best")]) {
    ensure_columns(
      table, c("k", "value", "score", "se", "failed"),
      known = c("k", "failed")
    )
    ensure(
      nrow(table) > 0L && are_words(table$ridge, nrow(table)) &&
        all(table$failed >= 0) && !any(table$score == Inf, na.rm = TRUE), "table"
    )
  }
  best <- own$best
  ensure(
    nrow(best) == 1L && best$k == own$spec$k &&
      any(own$table$k == best$k & own$table$ridge == best$ridge), "best"
  )
  ensure(
    is_whole(own$folds, 2) && is_whole(own$repeats, 1) && are_flags(own$one_se),
    "folds, repeats or one_se"
  )
}
