# From where the ridge is sought, and which maxima get ridges of their own.
#
# Quick searches come from a strong ridge, where the objective has few maxima,
# and from a weak one, each fit starting from the one before. Then there is a
# search on all starts: on large data at the better of the ridges found, else
# with half the starts at each. A ridge draws a search to maxima of its own, and
# updates have a fixed point for each of them: so the best few maxima get ridges
# of their own, and the greatest evidence decides.

#' Fit with the ridge that the evidence chooses; what fit_starts() gives, with
#' the problem that was fitted in the end and what is said of its ridge
#'
#' A start that was given is not left: the search begins with a weak ridge there,
#' or with that of `given`, whose `run` has the variances there, if they are
#' known.
#' @noRd
fit_evidence <- function(problem, given, control, report = NULL,
                         call = rlang::caller_env()) {
  if (!is.null(given)) {
    ridge <- given$ridge %||% evidence_settings$weak
    problem <- move_ridge(problem, control, ridge, given$run, call)
    runs <- fit_starts(problem, given, control, report, call)
    found <- settle_evidence(problem, runs$best, control, report)
    return(with_evidence(runs$table, found))
  }
  problem <- move_ridge(problem, control, evidence_settings$start, NULL, call)
  sample <- start_sample(problem)
  coarse <- search_ridges(sample$problem, control, report, call)
  searches <- if (sample$whole) min(length(coarse), control$starts) else 1L
  found <- list()
  table <- NULL
  stopped <- coarse[[1L]]$run$reason == "interrupted"
  for (i in seq_len(searches)) {
    one <- if (!stopped) {
      search_again(
        problem, coarse[[i]], control, 1 / searches, sample$whole, report, call
      )
    }
    if (is.null(one)) {
      stopped <- TRUE
      break
    }
    stopped <- one$stopped
    found <- c(found, lapply(one$found, function(maximum) {
      maximum$search <- i
      maximum$row <- maximum$row + NROW(table)
      maximum
    }))
    table <- rbind(table, cbind(one$table, search = i))
  }
  if (!length(found)) {
    best <- coarse[[1L]]
    best$problem <- move_ridge(
      problem, control, ridge_of(best$problem), best$run, call
    )
    best$run <- evaluated_run(best$problem, best$run, control, sample$whole)
    return(with_evidence(best$table, best))
  }
  best <- found[[rank_evidence(found)[[1L]]]]
  if (stopped) {
    best$run$reason <- "interrupted"
  }
  best$updates <- rbind(coarse[[best$search]]$updates, best$updates)
  with_evidence(table_of_searches(table, best), best)
}

#' Quick searches that begin with a strong and with a weak ridge; what
#' settle_evidence() gives of each, with its table of starts, `type` and `evidence`,
#' the greater first; one that was interrupted alone
#'
#' A strong ridge has few maxima, and its best is found easily; but coming down
#' from it a fit stays where gates and slopes were small. Few rows are fitted so
#' nevertheless: their evidence is not to be trusted.
#' @param problem Its prior is that of all rows.
#' @noRd
search_ridges <- function(problem, control, report, call) {
  found <- list()
  types <- c("annealed", if (has_rows_for_evidence(problem)) "weak")
  for (type in types) {
    ridge <- evidence_settings[[if (type == "weak") "weak" else "start"]]
    own <- set_ridge(problem, problem$spec$prior, ridge)
    runs <- unless_interrupted(fit_starts(
      own, NULL, few_starts(control), report, call,
      most = 8, share = evidence_settings$share
    ), length(found) > 0L)
    if (is.null(runs)) {
      found[[1L]]$run$reason <- "interrupted"
      return(found[1L])
    }
    one <- settle_evidence(own, runs$best, control, report)
    one$table <- runs$table
    one$type <- type
    if (one$run$reason == "interrupted") {
      return(list(one))
    }
    one$evidence <- laplace_evidence(one$problem, one$run, control)
    found <- c(found, list(one))
  }
  found[rank_evidence(found)]
}

#' The search at a ridge that a quick one found, and the ridges of its maxima
#'
#' @param coarse What search_ridges() gives of one: its end is one more start.
#' @param share Of the usual starts, and of their arithmetic.
#' @param whole Are maxima compared?
#' @return list(found: what settle_evidence() gives of each maximum, with its
#'   `row` in the table and its `evidence`; table; stopped: by the user), or NULL
#'   if it was interrupted before it had found anything.
#' @noRd
search_again <- function(problem, coarse, control, share, whole, report, call) {
  ridge <- ridge_of(coarse$problem)
  problem <- move_ridge(problem, control, ridge, coarse$run, call)
  runs <- unless_interrupted(fit_starts(
    problem, NULL,
    replace(control, "starts", ceiling(share * control$starts)),
    report, call, share = share
  ), TRUE)
  if (is.null(runs)) {
    return(NULL)
  }
  stopped <- runs$best$reason == "interrupted"
  if (!stopped) {
    runs <- add_start(
      runs, coarse$run, coarse$type, problem, control, report
    )
    stopped <- runs$best$reason == "interrupted"
  }
  rows <- if (whole && !stopped && has_rows_for_evidence(problem)) {
    best_maxima(runs$each, problem)
  } else {
    which(runs$table$chosen)
  }
  found <- list()
  if (whole && !stopped) {
    # The end of the quick search has a ridge of its own already.
    coarse$row <- length(runs$each)
    coarse$updates <- NULL
    found <- list(coarse)
    rows <- rows[!is_maximum_of(runs$each[rows], runs$each[[coarse$row]], problem)]
  }
  for (row in rows) {
    one <- settle_evidence(problem, runs$each[[row]], control, report)
    stopped <- stopped || one$run$reason == "interrupted"
    if (stopped && length(found)) {
      break
    }
    one$row <- row
    one$evidence <- if (whole && !stopped) {
      laplace_evidence(one$problem, one$run, control)
    } else {
      -Inf
    }
    found <- c(found, list(one))
  }
  list(found = found, table = runs$table, stopped = stopped)
}

#' The best few maxima among runs that are not far behind: their numbers
#'
#' @param runs With one objective.
#' @noRd
best_maxima <- function(runs, problem) {
  order <- rank_runs(runs, problem)
  objective <- vapply(runs[order], start_objective, 0)
  near <- seq_along(order) == 1L |
    objective > objective[[1L]] - evidence_settings$behind &
      !vapply(runs[order], is_spurious, NA, problem = problem)
  best <- integer()
  for (row in order[near]) {
    if (!any(is_maximum_of(runs[best], runs[[row]], problem))) {
      best <- c(best, row)
    }
  }
  utils::head(best, evidence_settings$maxima)
}

#' Which runs ended in the maximum of another one? Their objectives agree, and
#' what penalties and likelihood have of them
#'
#' @param runs,other With one objective.
#' @noRd
is_maximum_of <- function(runs, other, problem) {
  same <- function(value) {
    gap <- abs(vapply(runs, value, 0) - value(other))
    !is.nan(gap) & gap <= same_maximum * problem$weight
  }
  same(start_objective) & same(function(run) run$log_likelihood)
}

#' A search, or NULL if the user interrupted it before it had found anything, but
#' an earlier one had
#' @noRd
unless_interrupted <- function(search, earlier) {
  if (!earlier) {
    return(search)
  }
  tryCatch(search, sgmoe_error_interrupted = function(error) NULL)
}

#' The table of all starts: those of other ridges than the chosen one have no
#' objective that could be compared
#'
#' @param table Of the searches on all starts, with the number of the `search`.
#' @param best What was chosen, as search_again() gives it.
#' @noRd
table_of_searches <- function(table, best) {
  search <- table$search
  table$search <- NULL
  table$start <- seq_len(nrow(table))
  table$chosen <- FALSE
  table$objective[search != best$search] <- NA_real_
  table$chosen[[best$row]] <- TRUE
  table
}

#' @param table Of starts.
#' @param found What settle_evidence() gives.
#' @noRd
with_evidence <- function(table, found) {
  list(
    best = found$run, table = table, problem = found$problem,
    evidence = list(
      ridge = ridge_of(found$problem), updates = found$updates,
      settled = found$settled
    )
  )
}
