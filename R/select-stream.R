# How many experts for a stream: the levels of a dendrogram as streams of their
# own, side by side, scored by how well each predicts rows before it learns
# them.

#' Choose the number of experts of a stream
#'
#' Walks down from the experts of a stream ([expert_dendrogram()]) on some
#' thousand rows, and makes each level a stream of its own. [update()] and
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
#' @param formula A stream from [sgmoe_stream()], with more experts than seem
#'   necessary.
#' @param data Some thousand rows with all variables, on which the levels are
#'   refined: the pilot, or the last rows.
#' @param criterion `"HQ"` (the default), `"BIC"`, `"AIC"`, `"DSC"` or
#'   `"prequential"`. There is no `"ICL"`: a stream does not keep the entropy of
#'   its posteriors.
#' @param dissimilarity,refine,standardise,atom_weight As in
#'   [expert_dendrogram()].
#' @param object A selection, for [update()].
#' @param stream A selection, for [consume()].
#' @param source,chunk As in [update.sgmoe_stream()] and [consume()].
#' @param ... For `consume()`, its other arguments; else not used.
#' @return An object of class `sgmoe_stream_selection`, which has the fields and
#'   methods of what [select_experts()] gives for data, and
#' \describe{
#'   \item{`streams`}{the streams, from one expert to all.}
#'   \item{`stream`}{that with the selected number; `fit` is the fit that it
#'     reports, see [as_sgmoe()].}
#'   \item{`path`}{a row for each number of experts; `logLik` is prequential
#'     once as many rows are learnt as `data` has.}
#' }
#' @section Errors: Those of [expert_dendrogram()] and [update.sgmoe_stream()].
#'   A chunk that is refused is learnt by none of the streams.
#' @references Dawid, A. P. (1984) Present position and potential developments:
#'   some personal views: statistical theory: the prequential approach. *Journal
#'   of the Royal Statistical Society A*, 147, 278–292.
#' @examples
#' set.seed(1)
#' data <- simulate_moe(4000, k = 2, p = 1, gate_scale = 3)
#' stream <- sgmoe_stream(y ~ x1, data[1:1000, ], k = 4, starts = 1)
#' selection <- select_experts(stream, data[1:1000, ])
#' selection <- update(selection, data[1001:4000, ])
#' selection
#' predict(selection$stream, data[1:3, ])
#' @export
select_experts.sgmoe_stream <- function(formula, data,
                                        criterion = c(
                                          "HQ", "BIC", "AIC", "DSC",
                                          "prequential"
                                        ),
                                        dissimilarity = c(
                                          "likelihood", "voronoi"
                                        ),
                                        refine = TRUE, standardise = TRUE,
                                        atom_weight = c("intercept", "average"),
                                        ...) {
  call <- rlang::current_env()
  refuse_dots(list(...), "select_experts", call)
  stream <- formula
  require_pilot(stream, call)
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
      "i" = "Give some thousand rows, such as the pilot or the last ones."
    ), call)
  }
  fit <- stream_fit(stream)
  problem <- merge_problem(fit, data, rule, call)
  control <- fit$control
  path <- with_progress(control$progress, function(report) {
    merge_path(problem, fit$parameters, rule, control, report)
  })
  streams <- lapply(rev(path$levels), level_stream,
    stream = stream, problem = problem
  )
  selection <- structure(list(
    k = NULL, path = NULL, fit = NULL, # see settle_selection()
    dendrogram = new_dendrogram(path, problem, rule, fit$parameters),
    criterion = criterion, background = NULL, stream = NULL, streams = streams,
    start = list(
      path = path_table(path, problem, rule$standardise), weight = problem$weight
    ),
    call = kept_call(match.call(), "select_experts", parent.frame())
  ), class = c("sgmoe_stream_selection", "sgmoe_selection"))
  settle_selection(selection)
}

#' A level as a stream, its statistic from the rows of `problem`
#' @noRd
level_stream <- function(level, stream, problem) {
  problem <- with_experts(problem, level$k)
  stream$undetermined <- lapply(problem$spec$aliased, function(aliased) {
    logical(sum(!aliased))
  })
  stream$spec <- problem$spec
  stream$k <- problem$spec$k
  stream$pilot$rows <- problem$rows
  stream$pilot$weight <- problem$weight
  stream$pilot$log_likelihood <- level$log_likelihood +
    scale_constant(problem$spec, problem$weight)
  stream$pilot$starts <- start_row(
    1L, "merged", c(level, list(spent = NA_real_, reason = "merged")), problem
  )
  start_state(stream, problem, level$parameters)
}

#' The path and the choice, from what the streams have learnt
#' @noRd
settle_selection <- function(selection) {
  streams <- selection$streams
  tree <- selection$dendrogram
  learnt <- streams[[1L]]$state$weight
  selection$prequential <- learnt >= selection$start$weight
  if (selection$prequential) {
    levels <- lapply(rev(streams), function(stream) {
      state <- stream$state
      list(
        k = stream$k, log_likelihood = state$log_likelihood,
        entropy = NA_real_, starved = state$starved > 0,
        floored = state$floored > 0, expert_weight = state$expert_weight
      )
    })
    merges <- lapply(tree$height, function(height) list(height = height))
    selection$path <- path_table(
      list(levels = levels, merges = merges),
      list(spec = streams[[1L]]$spec, weight = learnt), tree$standardise
    )
  } else {
    selection$path <- selection$start$path
  }
  selection$k <- if (selection$criterion != "prequential") {
    choose_level(selection$path, selection$criterion)
  } else if (selection$prequential) {
    fewest_of_good(selection$path)
  } else {
    choose_level(selection$path, "HQ")
  }
  selection$stream <- streams[[selection$k]]
  selection$fit <- stream_fit(selection$stream)
  selection$k <- selection$fit$k
  selection$dendrogram$selected <- selection$k
  selection
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

#' @rdname select_experts.sgmoe_stream
#' @export
update.sgmoe_stream_selection <- function(object, chunk, ...) {
  call <- rlang::current_env()
  if (...length() > 0L || missing(chunk) || !is.data.frame(chunk)) {
    abort("chunk", c(
      "{.fn update} of a selection takes one data frame, a {.arg chunk} with the
       next rows of the stream."
    ), call)
  }
  learn_chunk(object, chunk, call = call)
}

#' @rdname select_experts.sgmoe_stream
#' @export
consume.sgmoe_stream_selection <- function(stream, source, ...) {
  consume.sgmoe_stream(stream, source, ...)
}

#' All levels learn a chunk, or none
#' @noRd
learn_chunk.sgmoe_stream_selection <- function(stream, chunk, weights = NULL,
                                               call = rlang::caller_env()) {
  selection <- stream
  interrupted <- FALSE
  streams <- withCallingHandlers(
    lapply(selection$streams, function(stream) {
      if (interrupted) stream else learn_chunk(stream, chunk, call = call)
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
  selection$streams <- streams
  settle_selection(selection)
}
