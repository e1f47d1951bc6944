# Fits of training rows over a path of ridges, scored on the rows held out.
#
# The path goes from the strong ridge to the weak one, as the search for the
# evidence does (R/fit-evidence.R): where the ridge is strong the objective has
# few maxima, and each fit starts from the one before. That alone may keep a fit
# where experts are alike; so each ridge has two starts of its own, too, and the
# better run counts. Numbers of experts do not start from each other: fits of
# each can then run side by side, and small k are not held back by large ones.

# Ridges that are tried by default. (The evidence's is one of them.)
default_ridges <- list("auto", 0.01, 0.1, 0.3, 1, 3, 10)

# Candidates of a start.
tuning_candidates <- 8

#' Scores of all k and ridges on all folds
#'
#' @param wanted list(k, covariance, shared), see settle_model().
#' @param asked list(k, ridge, score): numbers of experts, ridges ("auto" or
#'   numbers) and one of tuning_scores.
#' @param folds What settle_folds() gives.
#' @return A data frame, a row for each k and ridge: k, ridge, value, score, se,
#'   failed.
#' @noRd
cross_validate <- function(design, wanted, asked, folds, control, method,
                           call = rlang::caller_env()) {
  tasks <- expand.grid(
    fold = seq_len(max(folds$fold)), repeat_ = seq_len(ncol(folds$fold)),
    k = rev(asked$k) # the longest first
  )
  found <- map_parallel(seq_len(nrow(tasks)), function(i) {
    task <- tasks[i, ]
    test <- which(folds$fold[, task$repeat_] == task$fold)
    wanted$k <- task$k
    score_path(design, test, wanted, asked, control, method, call)
  })
  count <- held_out_counts(design)
  tables <- lapply(asked$k, function(k) {
    own <- which(tasks$k == k)
    rows <- lapply(seq_along(asked$ridge), function(j) {
      values <- matrix(NA_real_, nrow(design$y), ncol(folds$fold))
      for (i in own) {
        test <- which(folds$fold[, tasks$repeat_[[i]]] == tasks$fold[[i]])
        values[test, tasks$repeat_[[i]]] <- found[[i]]$values[, j]
      }
      used <- vapply(found[own], function(one) one$ridge[[j]], 0)
      data.frame(
        k = as.integer(k), ridge = as.character(asked$ridge[[j]]),
        value = typical_ridge(used[!is.na(used)]),
        t(average_score(values, count, folds$group, asked$score)),
        failed = sum(is.na(used))
      )
    })
    do.call(rbind, rows)
  })
  do.call(rbind, tables)
}

#' Case weights times observations in each row
#' @noRd
held_out_counts <- function(design) {
  counts <- family_of(design$blueprint)$row_counts(design$y)
  if (is.null(design$weights)) counts else counts * design$weights
}

#' The geometric mean of ridges; that of some that are zero is zero
#' @noRd
typical_ridge <- function(used) {
  if (length(used)) exp(mean(log(used))) else NA_real_
}

#' One fold and k: list(values: rows held out x ridges, ridge: that of each fit)
#'
#' @param test The rows held out.
#' @noRd
score_path <- function(design, test, wanted, asked, control, method, call) {
  train <- subset_design(design, -test)
  held <- subset_design(design, test)
  ridges <- asked$ridge
  values <- matrix(NA_real_, length(test), length(ridges))
  used <- rep(NA_real_, length(ridges))
  before <- NULL
  for (j in path_order(ridges)) {
    control$ridge <- ridges[[j]]
    fit <- without_failures(
      fit_candidate(train, wanted, control, method, before, call)
    )
    if (is.null(fit)) {
      next
    }
    if (is.numeric(ridges[[j]])) {
      before <- fit
    }
    values[, j] <- asked$score$rows(fit, held)$value
    used[[j]] <- fit$spec$ridge
  }
  list(values = values, ridge = used)
}

#' Numbers from the strong to the weak, then the others
#' @noRd
path_order <- function(ridges) {
  number <- vapply(ridges, function(ridge) {
    if (is.numeric(ridge)) ridge else -1
  }, 0)
  order(-number)
}

#' The value of a fit of some rows; NULL where these rows do not allow it
#'
#' What is said of single folds is of no use. An interrupt or a lack of memory
#' is no matter of the fold.
#' @noRd
without_failures <- function(expression) {
  tryCatch(
    suppressWarnings(
      suppressMessages(expression, "sgmoe_message"), "sgmoe_warning"
    ),
    sgmoe_error = function(error) {
      if (inherits(
        error, c("sgmoe_error_interrupted", "sgmoe_error_memory", "sgmoe_error_core")
      )) {
        stop(error)
      }
      NULL
    }
  )
}

#' A fit of training rows, as much of it as predictions and the next ridge need:
#' list(spec, parameters, control, run)
#'
#' @param before The fit with the next stronger ridge, or NULL.
#' @noRd
fit_candidate <- function(design, wanted, control, method, before = NULL,
                          call = rlang::caller_env()) {
  control <- settle_ridge(control, wanted$k)
  few <- few_starts(control)
  problem <- new_problem(design, wanted, control, method, call)
  if (is_auto(control)) {
    runs <- fit_evidence(problem, NULL, few, call = call)
    return(scored_fit(runs$problem, runs$best, control, call))
  }
  warm <- wanted$k > 1 && !is.null(before) &&
    identical(before$spec$aliased, problem$spec$aliased)
  runs <- fit_fixed(
    problem, NULL, few,
    call = call, budget = search_budget(most = tuning_candidates),
    before = if (warm) before$run
  )
  scored_fit(runs$problem, runs$best, control, call)
}

#' @noRd
scored_fit <- function(problem, run, control, call = rlang::caller_env()) {
  if (run$reason == "interrupted") {
    abort("interrupted", c(
      "Interrupted before all folds were fitted.",
      "i" = "Fewer {.arg folds}, {.arg ridge} values or numbers of experts are
             faster."
    ), call)
  }
  list(
    spec = problem$spec, parameters = run$parameters, control = control,
    run = run[c("parameters", "expert_weight")]
  )
}
