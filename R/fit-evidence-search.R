# From where the ridge is sought, and which maxima get ridges of their own.
#
# Quick searches come from a strong ridge, where the objective has few maxima,
# and from a weak one, each fit starting from the one before. Then there is a
# search on all starts: on large data at the better of the ridges found, else at
# both, each with fewer starts and with some that are no best of several
# candidates. A ridge draws a search to maxima of its own, and updates have a fixed
# point for each of them: so the best few maxima get ridges of their own, the quick
# search's end has one, and the greatest evidence decides. With too few
# rows for it the best maximum and the quick search's end are left, and the stronger
# ridge of the two decides.
#
# What is found is noted at once (an environment with `coarse`, `maxima` and the
# `table` of starts), so that an interrupt, wherever it comes, loses none of it.

#' Fit with the ridge that the evidence chooses; what fit_starts() gives, with
#' the problem that was fitted in the end and what is said of its ridge
#'
#' A start that was given is not left: the search begins with a weak ridge there,
#' or with that of `given`, whose `run` has the variances there, if they are
#' known.
#' @noRd
fit_evidence <- function(problem, given, control, report = NULL,
                         call = rlang::caller_env()) {
  found <- new.env()
  stopped <- function(condition) {
    interrupted_evidence(problem, control, found, call)
  }
  tryCatch(
    {
      if (is.null(given)) {
        search_evidence(problem, control, report, found, call)
      } else {
        ridge <- given$ridge %||% evidence_settings$weak
        own <- move_ridge(problem, control, ridge, given$run, call)
        runs <- fit_starts(own, given, control, report, call)
        add_maxima(found, runs, 1L, own, NULL, FALSE, control, report)
      }
      chosen_evidence(found$maxima, found)
    },
    interrupt = stopped,
    sgmoe_error_interrupted = stopped
  )
}

#' @param found An environment for what is found.
#' @noRd
search_evidence <- function(problem, control, report, found, call) {
  problem <- move_ridge(problem, control, evidence_settings$start, NULL, call)
  sample <- start_sample(problem)
  found$whole <- sample$whole
  # (The sample of all rows lacks those of weight zero.)
  own <- if (sample$whole) read_problem(problem) else sample$problem
  search_ridges(own, control, report, found, call)
  coarse <- found$coarse[rank_evidence(found$coarse)]
  searches <- if (sample$whole) min(length(coarse), control$starts) else 1L
  share <- if (searches > 1L) evidence_settings$twice else 1
  for (one in coarse[seq_len(searches)]) {
    search_again(
      problem, one, control, share, sample$whole, report, found, call
    )
  }
}

#' A maximum with its own ridge, and with its evidence where evidences are compared
#'
#' It is noted before, between and after: an interrupt can come at any time.
#' @param found An environment for what is found.
#' @param where "coarse" or "maxima".
#' @param one list(run, problem, updates, ...).
#' @param compare Are evidences compared?
#' @noRd
settle_noted <- function(found, where, one, compare, control, report) {
  last <- length(found[[where]]) + 1L
  note <- function(one) {
    found[[where]][[last]] <- one
    follow_interrupt(one$run)
  }
  one$settled <- FALSE
  one$evidence <- -Inf
  note(one)
  after <- settle_evidence(one$problem, one$run, control, report)
  after$updates <- rbind(one$updates, after$updates)
  one[names(after)] <- after
  note(one)
  if (compare) {
    one$evidence <- laplace_evidence(one$problem, one$run, control)
    note(one)
  }
}

#' Quick searches that begin with a strong and with a weak ridge: what
#' settle_evidence() gives of each becomes `found$coarse`, with its `type` and
#' `evidence`
#'
#' A strong ridge has few maxima, and its best is found easily; but coming down
#' from it a fit stays where gates and slopes were small. Few rows are fitted so
#' nevertheless: their evidence is not to be trusted.
#' @param problem Its prior is that of all rows.
#' @noRd
search_ridges <- function(problem, control, report, found, call) {
  types <- c("annealed", if (has_rows_for_evidence(problem)) "weak")
  for (type in types) {
    ridge <- evidence_settings[[if (type == "weak") "weak" else "start"]]
    own <- set_ridge(problem, problem$spec$prior, ridge)
    runs <- fit_starts(
      own, NULL, few_starts(control), report, call,
      search_budget(most = 8, share = evidence_settings$share)
    )
    settle_noted(
      found, "coarse", list(run = runs$best, problem = own, type = type),
      length(types) > 1L, control, report
    )
  }
}

#' The search at a ridge that a quick one found, and the ridges of its maxima
#'
#' @param coarse One of `found$coarse`: its end is one more start.
#' @param share Of the usual starts, and of their arithmetic.
#' @param whole Are there no more rows than those of the quick search?
#' @noRd
search_again <- function(problem, coarse, control, share, whole, report, found,
                         call) {
  problem <- move_ridge(
    problem, control, ridge_of(coarse$problem), coarse$run, call
  )
  compare <- whole && has_rows_for_evidence(problem)
  runs <- fit_starts(
    problem, NULL,
    replace(control, "starts", ceiling(share * control$starts)),
    report, call,
    search_budget(
      share = share,
      plain = if (compare) plain_starts(problem, control$starts, share) else 0
    )
  )
  if (runs$best$reason != "interrupted") {
    runs <- add_start(
      runs, coarse$run, coarse$type, problem, control, report
    )
  }
  rows <- which(runs$table$chosen)
  if (compare && runs$best$reason != "interrupted") {
    rows <- best_maxima(runs$each, problem, control)
  }
  add_maxima(
    found, runs, rows, problem, if (whole) coarse, compare, control, report,
    coarse$updates
  )
}

#' Note the maxima of a search, with ridges of their own
#'
#' @param found An environment for what is found.
#' @param runs What fit_starts() gives.
#' @param compare Are evidences compared?
#' @param rows Numbers of the runs that get ridges of their own.
#' @param coarse The quick search that the last run is the end of, if it has its
#'   ridge; or NULL.
#' @param updates Those of the ridge before the search.
#' @noRd
add_maxima <- function(found, runs, rows, problem, coarse, compare, control,
                       report, updates = NULL) {
  before <- NROW(found$table)
  search <- max(0L, found$table$search) + 1L
  found$table <- rbind(found$table, cbind(runs$table, search = search))
  stopped <- runs$best$reason == "interrupted"
  place <- function(one, row) {
    one$updates <- updates
    one$row <- before + row
    one$search <- search
    one
  }
  if (!is.null(coarse) && !stopped) {
    last <- length(runs$each)
    found$maxima <- c(found$maxima, list(place(coarse, last)))
    rows <- rows[!is_maximum_of(runs$each[rows], runs$each[[last]], problem)]
  }
  for (row in rows) {
    run <- if (stopped) runs$best else runs$each[[row]]
    settle_noted(
      found, "maxima", place(list(run = run, problem = problem), row),
      compare, control, report
    )
  }
}

#' What fit_evidence() gives: the maximum of greatest evidence
#'
#' @param maxima Some of `found$maxima` and `found$coarse`.
#' @param found Has the table of starts.
#' @noRd
chosen_evidence <- function(maxima, found) {
  best <- maxima[[rank_evidence(maxima)[[1L]]]]
  table <- if (is.null(best$row)) {
    start_row(1L, best$type, best$run, best$problem)
  } else {
    table_of_searches(found$table, best)
  }
  list(
    best = best$run, table = table, problem = best$problem,
    evidence = list(
      ridge = ridge_of(best$problem), updates = best$updates,
      settled = best$settled,
      log_evidence = if (best$evidence > -Inf) {
        best$evidence + scale_constant(best$problem$spec, best$problem$weight)
      } else {
        NA_real_
      }
    )
  )
}

#' What fit_evidence() gives of an interrupted search
#'
#' @param found An environment with what was found.
#' @noRd
interrupted_evidence <- function(problem, control, found, call) {
  maxima <- c(found$maxima, if (isTRUE(found$whole)) found$coarse)
  if (!length(maxima) && length(found$coarse)) {
    best <- found$coarse[[rank_evidence(found$coarse)[[1L]]]]
    best$problem <- move_ridge(
      problem, control, ridge_of(best$problem), best$run, call
    )
    best$run <- evaluated_run(best$problem, best$run, control, FALSE)
    maxima <- list(best)
  }
  if (!length(maxima)) {
    refuse_interrupted(call)
  }
  result <- chosen_evidence(maxima, found)
  result$best$reason <- "interrupted"
  result
}

#' How many starts are no best of several candidates: somewhat more than the others,
#' if they cost little; none where one start is asked for
#'
#' @param share Of the starts and of the arithmetic.
#' @noRd
plain_starts <- function(problem, starts, share) {
  affordable <- share * evidence_settings$plain / (60 * pass_cost(problem))
  min(floor(2 * share * (starts - 1)), floor(affordable))
}

#' The best few maxima among runs that are not far behind: their numbers
#'
#' Where there are many, those of the greatest evidence at this ridge.
#' @param runs With one objective.
#' @noRd
best_maxima <- function(runs, problem, control) {
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
  if (length(best) > evidence_settings$maxima) {
    best <- utils::head(best, 3L * evidence_settings$maxima)
    evidence <- vapply(runs[best], function(run) {
      laplace_evidence(problem, run, control)
    }, 0)
    best <- best[order(-evidence)]
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

#' The table of all starts: those of other ridges than the chosen one have no
#' objective that could be compared
#'
#' @param table Of the searches on all starts, with the number of the `search`.
#' @param best What was chosen, one of `found$maxima`.
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
