# How many experts for a stream: the levels of a dendrogram as streams of their
# own, side by side, scored by how well each predicts rows before it learns
# them.

#' Choose the number of experts of a stream
#'
#' Merges the experts of a stream ([expert_dendrogram()]) step by step on some
#' thousand rows, and makes each merged model a stream of its own. [update()] and
#' [consume()] then teach all of them the next rows, one after the other, in
#' constant memory; their prequential log-likelihoods (every minibatch scored
#' before it is learnt) say how many experts predict best. No rows are kept.
#'
#' The criteria are those of [select_experts()] with the prequential
#' log-likelihood in the place of the maximum. It does not rise with every
#' expert, because parameters that are not needed cost predictions (Dawid 1984):
#' `"prequential"` adds no penalty and takes the fewest experts that predict
#' within three nats, in all, of the best. Streams differ by more than that
#' where experts overlap and learn slowly, which is why `"HQ"` is the default.
#' Until as many rows are learnt as `data` has, the choice rests on `data`.
#'
#' @param object A stream from [sgmoe_stream()], with more experts than seem
#'   necessary.
#' @param data Some thousand rows with all variables, on which the models of
#'   all levels are refined: the pilot, or the last rows.
#' @param criterion `"HQ"` (the default), `"BIC"`, `"AIC"`, `"DSC"` or
#'   `"prequential"`. There is no `"ICL"`: a stream does not keep the entropy of
#'   its posteriors.
#' @param dissimilarity,refine,standardise,atom_weight As in
#'   [expert_dendrogram()].
#' @param control,... Settings of the merging, as in [select_experts()]; the
#'   streams keep their own.
#' @return A stream: an object of class
#'   `c("sgmoe_stream_selection", "sgmoe_stream")`, the stream with the selected
#'   number of experts. All methods of streams work on it; `print()` and `plot()`
#'   show the choice, and `as_sgmoe()` gives the fit with any number of experts. Beside
#'   the fields of a stream it has
#' \describe{
#'   \item{`path`}{a row for each number of experts, as in [select_experts()];
#'     `logLik` is prequential once as many rows are learnt as `data` has.}
#'   \item{`prequential`}{are they?}
#'   \item{`dendrogram`, `criterion`}{as in [select_experts()].}
#'   \item{`levels`}{the streams, from one expert to all.}
#' }
#' @section Errors: Those of [expert_dendrogram()] and [update.sgmoe_stream()].
#'   A chunk that is refused is learnt by none of the streams.
#' @references Dawid, A. P. (1984) Present position and potential developments:
#'   some personal views: statistical theory: the prequential approach. *Journal
#'   of the Royal Statistical Society A*, 147, 278–292.
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' data <- simulate_moe(4000, k = 2, p = 1, gate_scale = 3)
#' stream <- sgmoe_stream(y ~ x1, data[1:1000, ], k = 4, starts = 1)
#' selection <- select_experts(stream, data[1:1000, ])
#' selection <- update(selection, data[1001:4000, ])
#' selection
#' predict(selection, data[1:3, ])
#' @export
select_experts.sgmoe_stream <- function(object, data,
                                        criterion = c(
                                          "HQ", "BIC", "AIC", "DSC",
                                          "prequential"
                                        ),
                                        dissimilarity = c(
                                          "likelihood", "voronoi"
                                        ),
                                        refine = TRUE, standardise = TRUE,
                                        atom_weight = c("intercept", "average"),
                                        control = NULL, ...) {
  call <- rlang::current_env()
  require_pilot(object, call)
  stream <- plain_stream(object)
  criterion <- check_choice(
    criterion, "criterion", c("HQ", "BIC", "AIC", "DSC", "prequential"), call,
    "argument"
  )
  rule <- check_merge_rule(
    check_choice(
      dissimilarity, "dissimilarity", c("likelihood", "voronoi"), call,
      "argument"
    ),
    refine, standardise, atom_weight, call
  )
  if (missing(data) || !is.data.frame(data)) {
    abort("no_data", c(
      "A stream keeps no data: {.arg data} must be a data frame.",
      "i" = "A few thousand rows are enough, such as the pilot or the last ones."
    ), call)
  }
  fit <- stream_fit(stream)
  problem <- tree_problem(fit, data, rule, call)
  control <- walk_settings(fit, control, list(...), call)
  problem$spec$variance_floor <- control$variance_floor
  # All levels are judged alike: as they are after some passes over these rows.
  top <- NULL
  path <- with_progress(control$progress, function(report) {
    top <<- refine_level(
      walk_problem(problem), fit$parameters, rule, control, report
    )$parameters
    merge_path(problem, top, rule, control, report)
  })
  settle_selection(list(
    levels = lapply(rev(path$levels), level_stream,
      stream = stream, problem = problem
    ),
    dendrogram = new_dendrogram(path, problem, rule, top),
    criterion = criterion,
    start = list(
      path = path_table(path, problem, rule$standardise),
      weight = problem$weight
    ),
    selection_call = kept_call(match.call(), "select_experts", parent.frame())
  ))
}

# Beside those of a stream; `path` and `prequential` follow from the others.
selection_fields <- c(
  "levels", "dendrogram", "criterion", "start", "selection_call"
)

#' A level as a stream, its statistic from the rows of `problem`
#'
#' The stream may have columns that were undetermined as yet, and that its fit
#' and so the level leaves out: their coefficients are zero to begin with.
#' @noRd
level_stream <- function(level, stream, problem) {
  problem <- with_experts(problem, level$k)
  stream <- with_experts(stream, level$k)
  if (level$k == 1 && is_auto(stream$control)) {
    stream$spec <- keep_prior(stream$spec, list(ridge = 0))
  }
  stream$k <- stream$spec$k
  stream$pilot$rows <- problem$rows
  stream$pilot$weight <- problem$weight
  stream$pilot$log_likelihood <- level$log_likelihood +
    scale_constant(problem$spec, problem$weight)
  stream$pilot$starts <- start_row(
    1L, "merged", c(level, list(
      objective = NA_real_, spent = NA_real_, reason = "merged"
    )), problem
  )
  parameters <- level$parameters
  for (part in c("gate", "expert")) {
    left_out <- problem$spec$aliased[[part]][!stream$spec$aliased[[part]]]
    parameters[[part]] <- widen_rows(parameters[[part]], left_out)
  }
  start_state(
    stream, design_problem(stream$spec, problem$design), parameters
  )
}

#' A matrix with rows of zeros where rows were left out
#' @noRd
widen_rows <- function(values, left_out) {
  result <- matrix(0, length(left_out), ncol(values))
  result[!left_out, ] <- values
  result
}

#' The selection, from what the streams of all levels have learnt: that of the
#' chosen level, with `own`, the other fields of a selection
#' @noRd
settle_selection <- function(own) {
  learnt <- own$levels[[1L]]$state$weight
  prequential <- learnt >= own$start$weight
  path <- if (prequential) prequential_path(own, learnt) else own$start$path
  k <- if (own$criterion != "prequential") {
    choose_level(path, own$criterion)
  } else if (prequential) {
    fewest_of_good(path)
  } else {
    choose_level(path, "HQ")
  }
  stream <- own$levels[[k]]
  own$dendrogram$selected <- stream$k
  stream$call <- own$selection_call
  structure(
    c(unclass(stream), list(path = path, prequential = prequential), own),
    class = c("sgmoe_stream_selection", "sgmoe_stream")
  )
}

#' The path with the log-likelihoods of rows before they were learnt
#' @noRd
prequential_path <- function(own, learnt) {
  streams <- own$levels
  tree <- own$dendrogram
  levels <- lapply(rev(streams), function(stream) {
    state <- stream$state
    list(
      k = stream$k, log_likelihood = state$log_likelihood,
      entropy = NA_real_, starved = state$starved > 0,
      floored = state$floored > 0, expert_weight = state$expert_weight
    )
  })
  merges <- lapply(tree$height, function(height) list(height = height))
  path_table(
    list(levels = levels, merges = merges),
    list(spec = stream_fit(streams[[1L]])$spec, weight = learnt),
    tree$standardise
  )
}

#' The fewest experts within three nats of the best: odds of 20 to 1 are no
#' evidence for more
#' @noRd
fewest_of_good <- function(path) {
  value <- ifelse(path$spurious, -Inf, path$logLik)
  if (all(value == -Inf)) {
    value <- path$logLik
  }
  path$k[[which(value >= max(value) - log(20))[[1L]]]]
}

#' All levels learn a chunk, or none
#' @noRd
learn_chunk.sgmoe_stream_selection <- function(stream, chunk, weights = NULL,
                                               call = rlang::caller_env()) {
  check_stored(stream, call)
  learn <- function(level) learn_chunk(level, chunk, weights, call)
  learn_levels(stream, learn, call)
}

#' @noRd
learn_rows.sgmoe_stream_selection <- function(stream, data,
                                              call = rlang::caller_env(),
                                              names = NULL) {
  learn <- function(level) learn_rows(level, data, call, names)
  learn_levels(stream, learn, call)
}

#' All levels learn a chunk, or none; `learn` makes of a stream one that has
#' learnt it
#' @noRd
learn_levels <- function(selection, learn, call = rlang::caller_env()) {
  interrupted <- FALSE
  streams <- withCallingHandlers(
    lapply(selection$levels, function(stream) {
      if (interrupted) stream else learn(stream)
    }),
    sgmoe_warning_interrupted = function(condition) {
      interrupted <<- TRUE
      tryInvokeRestart("muffleWarning")
    },
    # Superfluous experts may starve: that is what the selection is for.
    sgmoe_warning_starved = function(condition) {
      tryInvokeRestart("muffleWarning")
    }
  )
  if (interrupted) {
    warn("interrupted", c(
      "Interrupted: this chunk is not learnt.",
      "i" = "Give it again to {.fn update}."
    ), call)
    return(selection)
  }
  own <- unclass(selection)[selection_fields]
  own$levels <- streams
  settle_selection(own)
}
